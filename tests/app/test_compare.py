"""The page Compare without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.conftest import holding
from tests.waiting import PATIENCE

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def _finished(test: Any, name: str) -> Any:
    test.session_state[name][1].wait(PATIENCE)
    test.run()
    assert not test.exception, [found.value for found in test.exception]
    return test


def test_two_setups_are_held_against_each_other_and_the_truth(screen: Callable[..., Any]) -> None:
    test = screen("compare", **holding("scan.jpg"))
    test.slider(key="compare-B-confidence").set_value(0.95).run()
    test.button(key="compare-start").click().run()
    table = _finished(test, "compare").dataframe[0].value
    assert list(table["setup"]) == ["A", "B"]
    assert list(table["differs by"]) == ["nothing", "least confidence 0.95"]
    assert table["lines"][0] > table["lines"][1]
    assert table["token F1"][0] > table["token F1"][1]
    assert (table["median seconds"] > 0).all()
    assert "differ" in test.caption[0].value
    # Nothing that is compared is stale.
    test.slider(key="compare-B-confidence").set_value(0.9).run()
    assert test.button(key="compare-start")


def test_a_sweep_moves_one_parameter(screen: Callable[..., Any]) -> None:
    test = screen("compare", **holding("scan.jpg"))
    test.button(key="compare-start").click().run()
    _finished(test, "compare")
    test.number_input(key="sweep-steps").set_value(3).run()
    test.button(key="sweep-start").click().run()
    table = _finished(test, "sweep").dataframe[-1].value
    assert list(table["box_threshold"]) == [0.0, 0.5, 1.0]
    # Regions that just miss the score are kept where they read surely, so that many stay.
    assert table["lines"][2] < 0.9 * table["lines"][1]
    assert table["IoU 0.5"][1] > 0.8


def test_a_sweep_without_known_text_charts_lines_and_praises_nothing(screen: Callable[..., Any]) -> None:
    from ocr.app.pictures import Picture
    from tests.app.conftest import example

    # The same receipt with other bytes is not the example whose text is known.
    unknown = Picture.of("unknown.jpg", example("scan.jpg").data + b"\0")
    state = {"pictures": {unknown.sha256: unknown}, "current": unknown.sha256}
    assert _charted(screen, state) == {"lines"}
    known = _charted(screen, holding("scan.jpg"))
    assert "token F1" in known
    assert "mean confidence" not in known


def _charted(screen: Callable[..., Any], state: dict[str, Any]) -> set[str]:
    """The figures that the chart of a sweep shows."""
    test = screen("compare", **state)
    test.button(key="compare-start").click().run()
    _finished(test, "compare")
    test.number_input(key="sweep-steps").set_value(2).run()
    test.button(key="sweep-start").click().run()
    _finished(test, "sweep")
    told = any("not known" in found.value for found in test.caption)
    series = _series(test)
    assert told == (series == {"lines"})
    return series


def _series(test: Any) -> set[str]:
    import io

    import pyarrow

    (chart,) = test.get("vega_lite_chart")
    return set(pyarrow.ipc.open_stream(io.BytesIO(chart.proto.data.data)).read_all().to_pydict()["series"])


def test_setups_come_and_go(screen: Callable[..., Any]) -> None:
    test = screen("compare", **holding("scan.jpg"))
    test.button(key="compare-more").click().run()
    assert test.slider(key="compare-C-box")
    test.button(key="compare-fewer").click().run()
    assert "compare-C-box" not in {found.key for found in test.slider}


def test_without_a_picture_an_example_is_offered(screen: Callable[..., Any]) -> None:
    test = screen("compare")
    test.button(key="compare-example-scan").click().run()
    assert not test.exception
    assert test.button(key="compare-start")


def test_nothing_here_imports_torch() -> None:
    import subprocess
    import sys

    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "from tests.app.conftest import _script, holding\n"
        "for name in ('receipts', 'prepare', 'compare'):\n"
        "    test = AppTest.from_function(_script, args=(name,), default_timeout=240)\n"
        "    for key, value in holding('scan.jpg').items():\n"
        "        test.session_state[key] = value\n"
        "    test.run()\n"
        "    assert not test.exception, test.exception\n"
        "print(sorted({'torch', 'lightning', 'hydra'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == "[]"
