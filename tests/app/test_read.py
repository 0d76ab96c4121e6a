"""The page Read without a browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.app.conftest import example, holding
from tests.pictures import encoded, png_header

pytest.importorskip("streamlit", reason="the extra [app] is not installed")


def _said(test: Any) -> str:
    return " ".join(found.value for found in (*test.markdown, *test.error, *test.caption))


def test_it_welcomes_with_examples(screen: Callable[..., Any]) -> None:
    test = screen("read")
    test.button(key="welcome-scan").click().run()
    assert not test.exception
    assert "lines" in _said(test)


def test_a_threshold_decodes_again_without_the_network(
    screen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.engine.runtime import Session

    test = screen("read", **holding("scan.jpg"))
    runs: list[tuple[int, ...]] = []
    real = Session.run

    def counted(self: Session, batch: np.ndarray) -> np.ndarray:
        if self.model.task == "detection":
            runs.append(batch.shape)
        return real(self, batch)

    monkeypatch.setattr(Session, "run", counted)
    before = _said(test)
    test.slider(key="read-box").set_value(0.99).run()
    assert _said(test) != before
    test.slider(key="read-threshold").set_value(0.5).run()
    test.toggle(key="read-heat").set_value(True).run()
    assert runs == []
    test.slider(key="read-short").set_value(480).run()
    assert len(runs) == 1


def test_a_file_that_is_no_picture_is_told(screen: Callable[..., Any]) -> None:
    test = screen("read")
    test.file_uploader[0].set_value([("notes.png", b"no picture at all", "image/png")]).run()
    assert not test.exception
    assert "unsupported" in _said(test).replace("\\", "")


def test_a_picture_over_the_limits_is_told(
    screen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.app import settings
    from ocr.io.limits import Limits

    small = settings.Settings(max_pictures=1, limits=Limits(max_pixels=1_000_000, max_bytes=20_000))
    monkeypatch.setattr(settings, "_current", small)
    test = screen("read")
    test.file_uploader[0].set_value([("large.png", png_header(2_000, 2_000), "image/png")]).run()
    assert "at most 1 megapixels" in _said(test).replace("\\", "")
    test = screen("read")
    test.file_uploader[0].set_value([("long.png", bytes(30_000), "image/png")]).run()
    assert "0.0 MB; at most" in _said(test).replace("\\", "")
    pages = [encoded(np.full((40, 60 + k, 3), 255, np.uint8), "PNG") for k in range(2)]
    test = screen("read")
    test.file_uploader[0].set_value([(f"{k}.png", page, "image/png") for k, page in enumerate(pages)]).run()
    assert "there are 1 pictures already" in _said(test).replace("\\", "")


def test_a_batch_names_what_failed_and_keeps_the_rest(screen: Callable[..., Any]) -> None:
    from ocr.app.pictures import Picture

    state = holding("scan.jpg", "matrix.jpg")
    broken = Picture.of("broken.jpg", example("scan.jpg").data[:3000])
    state["pictures"][broken.sha256] = broken
    test = screen("read", **state)
    test.button(key="read-all").click().run()
    test.session_state["batch"][1].wait(60)
    test.run()
    assert "2 read, 1 could not be read" in _said(test)
    table = test.dataframe[0].value
    assert list(table["state"]) == ["read", "read", "image_decode_failed"]


def test_corrections_stay_where_a_threshold_moves(screen: Callable[..., Any]) -> None:
    from ocr.app import bench
    from ocr.app.bench import Setup

    picture = example("scan.jpg")
    line = bench.get().read(picture.sha256, picture.data, Setup()).document.lines[0]
    corrections = {picture.sha256: {(0, line.polygon.tobytes()): "By hand"}}
    test = screen("read", corrections=corrections, **holding("scan.jpg"))
    assert "**1** corrected by hand" in _said(test)
    test.slider(key="read-confidence").set_value(0.1).run()
    assert "**1** corrected by hand" in _said(test)


def test_fields_follow_a_corrected_text() -> None:
    from ocr.app import bench
    from ocr.app.bench import Setup
    from ocr.app.corrections import corrected

    picture = example("scan.jpg")
    document = bench.get().read(picture.sha256, picture.data, Setup()).document
    page = document.pages[0]
    line = next(line for line in page.lines if line.text.startswith("BILL DATE"))
    assert corrected(document, {}) is document
    assert corrected(document, {(0, b"elsewhere"): "x"}) is document
    changed = corrected(document, {(0, line.polygon.tobytes()): "BILL DATE: 23-04-2018 3:44:32 PM"})
    assert changed.receipts[0].date is not None
    assert changed.receipts[0].date.value.isoformat() == "2018-04-23"
    assert changed.receipts[0].date.alternatives == ()


def test_every_format_of_the_page_and_the_review_page_are_offered(screen: Callable[..., Any]) -> None:
    test = screen("read", **holding("scan.jpg"))
    labels = [found.proto.label for found in test.get("download_button")]
    assert labels[:5] == ["CSV of items", "CSV of receipts", "XLSX", "JSON", "Searchable PDF"]
    assert "ocr review FOLDER" in _said(test)


def test_two_people_see_only_their_own_pictures(screen: Callable[..., Any]) -> None:
    one, other = screen("read", **holding("scan.jpg")), screen("read")
    assert one.session_state["pictures"]
    assert not other.session_state["pictures"]
