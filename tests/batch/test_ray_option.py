"""``--ray``: with an address, without one, and without Ray."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ocr.batch.ray_run import load_ray
from ocr.batch.settings import BatchSettings
from ocr.cli import main
from ocr.cli.batch import _with_ray
from ocr.errors import BadConfiguration, MissingExtra


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["in", "out"], ["in", "out"]),
        (["in", "out", "--ray"], ["in", "out", "--ray=any"]),
        (["--ray", "in", "out"], ["--ray=any", "in", "out"]),
        (["in", "out", "--ray", "--workers", "4"], ["in", "out", "--ray=any", "--workers", "4"]),
        (["in", "out", "--ray", "auto"], ["in", "out", "--ray", "auto"]),
        (["--ray", "local", "in", "out"], ["--ray", "local", "in", "out"]),
        (["--ray", "head:6379", "in", "out"], ["--ray", "head:6379", "in", "out"]),
        (["--ray", "ray://head:10001", "in", "out"], ["--ray", "ray://head:10001", "in", "out"]),
        # A bucket or a drive is no address.
        (["--ray", "s3://in", "out"], ["--ray=any", "s3://in", "out"]),
        (["--ray", "C:\\in", "out"], ["--ray=any", "C:\\in", "out"]),
        (["in", "out", "--ray=anything"], ["in", "out", "--ray=anything"]),
    ],
)
def test_an_address_may_follow(arguments: list[str], expected: list[str]) -> None:
    assert _with_ray(arguments) == expected


def test_without_ray_it_says_what_to_install_and_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"receipt-ocr\[ray\]"):
        load_ray()
    (tmp_path / "in").mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["batch", str(tmp_path / "in"), str(tmp_path / "out"), "--ray"])
    assert ended.value.code == 2
    assert "pip install 'receipt-ocr[ray]'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_address_is_a_text() -> None:
    with pytest.raises(BadConfiguration, match="ray"):
        BatchSettings(ray=6379)  # type: ignore[arg-type]
