"""`ocr models` and `ocr doctor` as people call them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import ocr
from ocr.bench.doctor import extra_requirements
from ocr.cli import main
from ocr.engine import catalogue_index
from ocr.engine.catalogue import shipped_slots
from tests.models_for_tests import ROWS, detection_model, receipt_like, recognition_model
from tests.pictures import encoded

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("OCR_HOME", str(folder))
    return folder


@pytest.fixture
def call(home: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ending:
            main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return int(ending.value.code or 0), out, err

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "rows.onnx", tmp_path / "letters.onnx"
    paths[0].write_bytes(detection_model(figures={"IoU 0.5 H": 0.25, "images": 7, "dataset": "val"}))
    paths[1].write_bytes(recognition_model(name="odd \x1b[31mname"))
    paths[0].with_suffix(".md").write_text("# Rows\n\nFinds \x1b[2Jrows.\n", "utf-8")
    return paths


def test_a_catalogue_that_another_process_changes_ends_with_75(
    call: Call, home: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue_index, "_LOCK_TIMEOUT", 0.05)
    with catalogue_index.locked(home / "models"):
        status, out, err = call("models", "add", files[0])
    assert (status, out) == (75, "")
    assert err.startswith("ocr: error: overloaded: ")
    assert call("models", "add", files[0])[0] == 0


def test_from_adding_to_rolling_back(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    status, out, err = call("models", "add", files[0])
    assert (status, err) == (0, "")
    assert out.startswith("added rows (detection, SHA-256 ")
    assert call("models", "add", files[1], "--name", "own-letters", "--promote")[0] == 0
    assert call("models", "promote", "rows")[1].endswith("default for detection)\n")
    status, out, _ = call("models", "list")
    lines = {line[2:].split()[0]: line for line in out.splitlines()}
    assert list(lines) == [*(f"shipped-{slot}" for slot in shipped_slots()), "rows", "own-letters"]
    starred = [name for name, line in lines.items() if line.startswith("*")]
    assert starred == [*(f"shipped-{slot}" for slot in shipped_slots()[2:]), "rows", "own-letters"]
    page = tmp_path / "page.png"
    page.write_bytes(encoded(receipt_like(), "PNG"))
    assert call("read", page)[1] == "\n".join(ROWS) + "\n"
    named = ("--detection", "rows", "--recognition", "own-letters")
    assert call("read", page, *named)[1] == "\n".join(ROWS) + "\n"
    assert call("detect", page, "--detection", "rows")[0] == 0
    files[0].write_bytes(detection_model(name="next"))
    assert call("models", "add", files[0], "--name", "next", "--promote")[0] == 0
    status, out, _ = call("models", "rollback", "detection")
    assert (status, out.split(" (")[0]) == (0, "rolled back rows")
    assert call("models", "remove", "rows")[0] == 2
    assert call("models", "remove", "next") == (0, "removed next\n", "")


def test_json_of_list_and_show(call: Call, files: tuple[Path, Path], home: Path) -> None:
    call("models", "add", files[0], "--promote")
    status, out, _ = call("models", "list", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["schema"] == "ocr.models/1"
    assert found["folder"] == str(home / "models")
    defaults = {slot: f"shipped-{slot}" for slot in shipped_slots()}
    assert found["defaults"] == {**defaults, "detection": "rows"}
    assert found["rollback_targets"] == {
        **{slot: [] for slot in defaults},
        "detection": ["shipped-detection"],
    }
    assert [event["action"] for event in found["history"]] == ["added", "promoted"]
    rows = next(model for model in found["models"] if model["name"] == "rows")
    assert (rows["task"], rows["shipped"], rows["default"], rows["error"]) == ("detection", False, True, None)
    status, out, _ = call("models", "show", "rows", "--json")
    shown = json.loads(out)
    assert shown["sha256"] == rows["sha256"]
    assert shown["figures"] == {"IoU 0.5 H": 0.25, "images": 7, "dataset": "val"}
    assert shown["preprocess"]["short_side"] == 240
    assert shown["card"].startswith("# Rows")
    assert [event["action"] for event in shown["history"]] == ["added", "promoted"]


def test_what_a_model_says_of_itself_is_shown_as_plain_text(call: Call, files: tuple[Path, Path]) -> None:
    for path in files:
        call("models", "add", path)
    shown = call("models", "show", "rows")[1]
    assert "Finds \\x1b[2Jrows." in shown
    assert "IoU 0.5 H: 0.25" in shown
    assert "\x1b" not in shown + call("models", "show", "letters")[1] + call("models", "list")[1]


def test_what_cannot_be_used_ends_with_5(
    call: Call, files: tuple[Path, Path], home: Path, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.onnx"
    foreign.write_bytes(b"something else")
    status, out, err = call("models", "add", foreign)
    assert (status, out) == (5, "")
    assert err.startswith("ocr: error: model_invalid: ")
    assert "no ONNX model" in err
    assert call("models", "add", tmp_path / "absent.onnx")[0] == 5
    assert not home.exists()
    call("models", "add", files[0], "--promote")
    (stored,) = (home / "models").glob("*.onnx")
    stored.write_bytes(stored.read_bytes()[:-5] + b"xxxxx")
    status, out, err = call("models", "verify")
    assert status == 5
    assert "ok rows" not in out
    assert "rows: the model" in err
    assert "SHA-256" in err
    assert call("models", "show", "rows")[0] == 5
    assert call("models", "promote", "rows")[0] == 5
    status, out, _ = call("models", "list")
    assert (status, "SHA-256" in out) == (0, True)


def test_wrong_names_are_told_with_the_nearest(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    call("models", "add", files[0])
    status, _, err = call("models", "show", "row")
    assert status == 2
    assert "did you mean 'rows'?" in err
    status, _, err = call("models", "rollback", "layout")
    assert status == 2
    assert "detection, recognition" in err
    assert call("read", tmp_path / "page.png", "--detection", "roows")[0] == 5


@pytest.mark.parametrize(
    "arguments", [["models"], ["models", "--help"], ["models", "add", "--help"], ["doctor", "-h"]]
)
def test_help_loads_no_network(arguments: list[str]) -> None:
    code = f"import contextlib, sys, ocr.cli\nwith contextlib.suppress(SystemExit): ocr.cli.main({arguments!r})\n"
    code += "print({'numpy', 'cv2', 'onnxruntime', 'ocr.engine'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: ocr ")
    assert done.stdout.endswith("set()\n")


def test_the_doctor_reads_a_page(call: Call, files: tuple[Path, Path], home: Path) -> None:
    for path in files:
        call("models", "add", path, "--promote")
    before = sorted(path.name for path in home.rglob("*"))
    status, out, err = call("doctor", "--format", "json")
    found = json.loads(out)
    assert err == ""
    assert found["schema"] == "ocr.bench.doctor/1"
    checks = {check["name"]: check for check in found["checks"]}
    assert (status, found["ok"]) == (0, True), [c for c in found["checks"] if c["status"] == "fail"]
    assert checks["packages"]["facts"]["missing"] == []
    assert checks["machine"]["facts"]["usable_cores"] >= 1
    assert checks["model rows"]["message"] == "verified, default for detection"
    test = checks["self-test"]["facts"]
    assert len(test["lines"]) >= 1
    assert test["models"]["detection"]["name"] == "bars"
    assert sorted(path.name for path in home.rglob("*")) == before
    assert call("doctor")[1].startswith("ok    python: ocr ")


def test_the_doctor_finds_a_damaged_default(call: Call, files: tuple[Path, Path], home: Path) -> None:
    call("models", "add", files[0], "--promote")
    (stored,) = (home / "models").glob("*.onnx")
    stored.write_bytes(b"")
    status, out, _ = call("doctor")
    assert status == 1
    assert "fail  model rows: " in out
    assert "fail  self-test: " in out


def test_the_doctor_tells_a_missing_package(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.bench.doctor._CORE", {"no_such_module": "no-such-package"})
    status, out, _ = call("doctor")
    assert status == 1
    assert "fail  packages: missing: no-such-package" in out


def test_extras_are_those_of_the_distribution() -> None:
    extras = extra_requirements()
    if not extras:
        pytest.skip("receipt-ocr is not installed, only on the path")
    assert "torch" in extras["train"]
    # An extra that includes another one counts its packages too.
    assert set(extras["synth"]) <= set(extras["train"])


def test_a_worse_model_is_promoted_only_when_told(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ocr.bench import promotion
    from ocr.engine.catalogue import Catalogue

    path = tmp_path / "rows.onnx"
    path.write_bytes(detection_model(name="rows"))
    assert call("models", "add", path)[0] == 0
    values = {"rows": 0.90}
    monkeypatch.setattr(
        promotion,
        "figure",
        lambda model, samples: promotion.Figure("IoU 0.5 H", values.get(model.name, 0.95)),
    )
    monkeypatch.setattr("ocr.datasets.open_dataset", lambda path: [1, 2, 3])
    status, _, err = call("models", "promote", "rows", "--on", "data")
    assert status == 5
    assert all(part in err for part in ("model_worse", "0.9000", "0.9500", "--even-if-worse"))
    assert Catalogue().default("detection").shipped
    assert call("models", "promote", "rows", "--on", "data", "--even-if-worse")[0] == 0
    assert Catalogue().default("detection").name == "rows"
    assert call("models", "rollback", "detection")[0] == 0
    # As good but for rounding.
    values["rows"] = 0.9497
    assert call("models", "promote", "rows", "--on", "data")[0] == 0
    assert call("models", "promote", "rows", "--even-if-worse")[0] == 2


def test_what_a_model_is_judged_by_is_measured(tmp_path: Path) -> None:
    from ocr.bench import promotion
    from ocr.datasets.sample import LineAnnotation, Sample
    from ocr.engine.model_file import ModelFile
    from ocr.errors import ModelInvalid

    page = receipt_like()
    model = ModelFile.load(detection_model(name="rows"), task="detection")
    regions = ocr.Reader.for_regions(model, threads=1).detect(page).lines
    truth = tuple(LineAnnotation(line.polygon, "x") for line in regions)
    assert promotion.figure(model, [Sample(None, truth, image=page)]) == ("IoU 0.5 H", 1.0)
    half = promotion.figure(model, [Sample(None, truth[: len(truth) // 2], image=page)])
    assert half.value < 1.0
    with pytest.raises(ModelInvalid, match="no sample of the set"):
        promotion.figure(model, [Sample(tmp_path / "none.png", truth, name="none")])
