"""The catalogue of models: adding, choosing, the way back, and what is refused with which reason."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path

import pytest

from ocr.engine import catalogue_changes as changes
from ocr.engine import catalogue_index, loading
from ocr.engine.catalogue import INDEX, Catalogue, shipped_slots
from ocr.engine.choice import resolve
from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration, ModelInvalid
from ocr.pipeline.reader import Reader
from ocr.pipeline.reader_cache import shared_reader
from ocr.pipeline.smoke_test import smoke_test
from tests.models_for_tests import ROWS, detection_model, receipt_like, recognition_model
from tests.waiting import PATIENCE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("OCR_HOME", str(folder))
    return folder


@pytest.fixture
def catalogue(home: Path) -> Catalogue:
    return Catalogue()


def _file(folder: Path, name: str, data: bytes, card: str = "") -> Path:
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    if card:
        path.with_suffix(".md").write_text(card, "utf-8")
    return path


def _add(catalogue: Catalogue, folder: Path, name: str, data: bytes | None = None) -> str:
    data = detection_model(name=name) if data is None else data
    entry = changes.add(catalogue, _file(folder, name, data), check=smoke_test)
    assert entry.sha256 is not None
    return entry.sha256


def test_a_model_lies_under_its_hash_with_its_card(catalogue: Catalogue, tmp_path: Path) -> None:
    data = detection_model()
    entry = changes.add(catalogue, _file(tmp_path, "bars", data, "# Bars\nRead bars."), check=smoke_test)
    assert entry.sha256 == hashlib.sha256(data).hexdigest()
    assert entry.path == catalogue.folder / f"{entry.sha256}.onnx"
    assert entry.path.read_bytes() == data
    assert (entry.task, entry.shipped, entry.default) == ("detection", False, False)
    assert catalogue.get("bars") == entry
    assert entry.card() == "# Bars\nRead bars."
    assert entry.load().data == data
    assert [(e.action, e.name, e.sha256) for e in catalogue.history()] == [("added", "bars", entry.sha256)]
    # Nothing temporary is left behind.
    names = {path.name for path in catalogue.folder.iterdir()}
    assert names == {INDEX, ".lock", f"{entry.sha256}.onnx", f"{entry.sha256}.md"}


def test_looking_writes_nothing(catalogue: Catalogue, home: Path, models: tuple[Path, Path]) -> None:
    assert [e.name for e in catalogue.entries()] == [f"shipped-{slot}" for slot in shipped_slots()]
    assert all(entry.default and entry.shipped for entry in catalogue.entries())
    assert catalogue.history() == catalogue.rollback_targets("detection") == ()
    assert catalogue.default("recognition").name == "shipped-recognition"
    list(catalogue.verify())
    Reader(*models, threads=1).read(receipt_like())
    for refused in (
        lambda: catalogue.get("absent"),
        lambda: changes.remove(catalogue, "absent"),
        lambda: changes.remove(catalogue, "shipped-detection"),
        lambda: changes.promote(catalogue, "absent", check=smoke_test),
        lambda: changes.rollback(catalogue, "detection", check=smoke_test),
        lambda: changes.rollback(catalogue, "reading", check=smoke_test),
    ):
        with pytest.raises(BadConfiguration):
            refused()
    assert not home.exists()


def test_promoted_models_are_what_readers_take(catalogue: Catalogue, tmp_path: Path) -> None:
    _add(catalogue, tmp_path, "rows")
    _add(catalogue, tmp_path, "letters", recognition_model())
    assert changes.promote(catalogue, "rows", check=smoke_test).default
    changes.promote(catalogue, "letters", check=smoke_test)
    document = Reader(threads=1).read(receipt_like())
    assert document.text == "\n".join(ROWS)
    assert shared_reader(threads=1).read(receipt_like()) == document
    assert Reader("rows", "letters", threads=1).read(receipt_like()) == document
    with pytest.raises(ModelInvalid, match="no recognition model of that name; did you mean 'letters'"):
        Reader("rows", "leters")
    # A name for another task is none.
    with pytest.raises(ModelInvalid, match="no recognition model of that name"):
        resolve("rows", "recognition")


def test_a_promotion_is_noticed_by_those_who_run_already(catalogue: Catalogue, tmp_path: Path) -> None:
    first, second = (_add(catalogue, tmp_path, name) for name in ("first", "second"))
    for name, sha256 in (("first", first), ("second", second)):
        changes.promote(catalogue, name, check=smoke_test)
        assert shared_reader(threads=1, regions_only=True).models[0].sha256 == sha256


def test_rolling_back_goes_one_step_at_a_time(catalogue: Catalogue, tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        _add(catalogue, tmp_path, name)
        changes.promote(catalogue, name, check=smoke_test)
    # Promoting what is the default already is no step.
    changes.promote(catalogue, "three", check=smoke_test)
    assert catalogue.rollback_targets("detection") == ("two", "one", "shipped-detection")
    assert catalogue.rollback_targets("recognition") == ()
    back = changes.rollback(catalogue, "detection", check=smoke_test)
    assert (back.name, back.default, catalogue.default("detection")) == ("two", True, back)
    assert changes.rollback(catalogue, "detection", check=smoke_test).name == "one"
    told = [(event.action, event.name, event.before) for event in catalogue.history()][-2:]
    assert told == [("rolled back", "two", "three"), ("rolled back", "one", "two")]
    assert [e.action for e in catalogue.history("three")] == ["added", "promoted"]


def test_back_to_the_shipped_model_or_told_that_it_is_missing(catalogue: Catalogue, tmp_path: Path) -> None:
    _add(catalogue, tmp_path, "own")
    changes.promote(catalogue, "own", check=smoke_test)
    if next(e for e in catalogue.entries() if e.name == "shipped-detection").path.is_file():
        assert changes.rollback(catalogue, "detection", check=smoke_test).shipped
        assert catalogue.rollback_targets("detection") == ()
    else:
        with pytest.raises(ModelInvalid, match="not in this installation"):
            changes.rollback(catalogue, "detection", check=smoke_test)
        assert catalogue.default("detection").name == "own"


def test_removing_spares_defaults_and_passes_over_on_rolling_back(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    hashes = {name: _add(catalogue, tmp_path, name) for name in ("one", "two", "three")}
    for name in ("one", "two", "one", "three"):
        changes.promote(catalogue, name, check=smoke_test)
    with pytest.raises(BadConfiguration, match="'three' is the default for detection"):
        changes.remove(catalogue, "three")
    assert changes.remove(catalogue, "two") == ("detection",)
    assert not (catalogue.folder / f"{hashes['two']}.onnx").exists()
    # Without "two" both steps to "one" are one.
    assert catalogue.rollback_targets("detection") == ("one", "shipped-detection")
    assert changes.remove(catalogue, "one") == ("detection",)
    assert catalogue.rollback_targets("detection") == ("shipped-detection",)
    assert [event.action for event in catalogue.history("two")] == ["added", "promoted", "removed"]


def test_names_and_contents_are_unique(catalogue: Catalogue, tmp_path: Path) -> None:
    sha256 = _add(catalogue, tmp_path, "one")
    with pytest.raises(BadConfiguration, match="already, as 'one'"):
        changes.add(catalogue, tmp_path / "one.onnx", "other", check=smoke_test)
    _file(tmp_path, "two", detection_model(name="two"))
    with pytest.raises(BadConfiguration, match="'one' is taken"):
        changes.add(catalogue, tmp_path / "two.onnx", "one", check=smoke_test)
    # The same again repairs a damaged copy.
    (catalogue.folder / f"{sha256}.onnx").write_bytes(b"damaged")
    changes.add(catalogue, tmp_path / "one.onnx", check=smoke_test)
    assert catalogue.get("one").load().sha256 == sha256
    assert len(catalogue.history()) == 1


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a/b", "a\\b", "model.onnx", "shipped-detection", "x" * 65, "é", "-x"]
)
def test_names_that_could_be_something_else_are_refused(
    catalogue: Catalogue, tmp_path: Path, name: str
) -> None:
    path = _file(tmp_path, "model", detection_model())
    with pytest.raises(BadConfiguration, match="no name for a model"):
        changes.add(catalogue, path, name, check=smoke_test)
    assert not catalogue.folder.exists()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a checkpoint", "no ONNX model"),
        (detection_model()[:-40], "no ONNX model"),
        (detection_model(task="layout"), "'layout'; expected one for 'detection' or 'recognition'"),
        (detection_model(task="recognition", charset="im"), "answers|failed|takes|expected"),
        (detection_model(poison=True), "not finite"),
        (recognition_model(poison=True), "not finite"),
        (recognition_model(charset="imx"), r"answers \(1, 4, 3\).*expected \(1, 4, 4\)"),
        (detection_model(postprocess={"threshold": "low"}), "postprocess"),
        (detection_model(preprocess={"short_side": -1}), "short_side"),
    ],
    ids=[
        "empty", "foreign", "cut", "task", "lies about its task", "nan", "nan letters", "classes", "postprocess",
        "preprocess",
    ],
)  # fmt: skip
def test_what_does_not_work_is_refused_with_the_reason(
    catalogue: Catalogue, tmp_path: Path, data: bytes, match: str
) -> None:
    path = _file(tmp_path, "model", data)
    with pytest.raises(ModelInvalid, match=match) as refusal:
        changes.add(catalogue, path, check=smoke_test)
    assert refusal.value.exit_status == 5
    assert not catalogue.folder.exists()


def test_damage_is_found_and_never_used(catalogue: Catalogue, tmp_path: Path) -> None:
    good, bad = _add(catalogue, tmp_path, "good"), _add(catalogue, tmp_path, "bad")
    changes.promote(catalogue, "bad", check=smoke_test)
    path = catalogue.folder / f"{bad}.onnx"
    path.write_bytes(detection_model(name="not what was added"))
    (catalogue.folder / "stray.onnx").write_bytes(b"?")
    found = {name: fault for name, fault in catalogue.verify() if not name.startswith("shipped-")}
    assert found["good"] is None
    assert "SHA-256" in str(found["bad"])
    assert "belongs to no model" in str(found["stray.onnx"])
    for use in (
        lambda: Reader.for_regions(),
        lambda: Reader.for_regions("bad"),
        lambda: shared_reader(regions_only=True),
        lambda: changes.promote(catalogue, "bad", check=smoke_test),
    ):
        with pytest.raises(ModelInvalid, match="SHA-256"):
            use()
    path.unlink()
    with pytest.raises(ModelInvalid, match="cannot be read"):
        Reader.for_regions()
    changes.promote(catalogue, "good", check=smoke_test)
    assert Reader.for_regions().models[0].sha256 == good
    # The way back leads to the damaged one: refused, and nothing changes.
    with pytest.raises(ModelInvalid):
        changes.rollback(catalogue, "detection", check=smoke_test)
    assert catalogue.default("detection").name == "good"


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(schema="ocr.catalogue/2"),
        lambda content: content.pop("models"),
        lambda content: content.update(promoted={"detection": ["absent"]}),
        lambda content: content.update(promoted={"layout": []}),
        lambda content: content["models"][0].update(sha256="../../etc/passwd"),
        lambda content: content["models"][0].update(task="layout"),
        lambda content: content["models"].append(content["models"][0]),
        lambda content: content["models"].append(7),
    ],
)
def test_a_damaged_catalogue_is_told_and_not_written_over(
    catalogue: Catalogue, tmp_path: Path, change: object
) -> None:
    _add(catalogue, tmp_path, "one")
    path = catalogue.folder / INDEX
    content = json.loads(path.read_text("utf-8"))
    change(content)  # type: ignore[operator]
    path.write_text(json.dumps(content), "utf-8")
    damaged = path.read_bytes()
    for use in (catalogue.entries, Reader, lambda: _add(catalogue, tmp_path, "two")):
        with pytest.raises(ModelInvalid, match=r"catalogue\.json cannot be used"):
            use()
    assert path.read_bytes() == damaged


def test_a_failed_write_changes_nothing(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(catalogue, tmp_path, "one")
    before = (catalogue.folder / INDEX).read_bytes()

    def full(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(Exception, match="No space left"):
        changes.promote(catalogue, "one", check=smoke_test)
    assert (catalogue.folder / INDEX).read_bytes() == before
    assert not list(catalogue.folder.glob("*.tmp"))


def test_what_a_killed_writer_left_is_cleared_away(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.folder.mkdir(parents=True)
    left = catalogue.folder / ".catalogue.json.0123456789ab.tmp"
    left.write_bytes(b"half")
    _add(catalogue, tmp_path, "one")
    assert not left.exists()


def test_writers_at_the_same_moment_lose_nothing(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine the last one waits for all others longer than a person would.
    monkeypatch.setattr(catalogue_index, "_LOCK_TIMEOUT", PATIENCE)
    names = [f"model-{k}" for k in range(8)]
    paths = {name: _file(tmp_path, name, detection_model(name=name)) for name in names}

    def work(name: str) -> None:
        changes.add(Catalogue(), paths[name], check=lambda model: None)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e.name for e in catalogue.entries() if not e.shipped) == names
    assert len(catalogue.history()) == len(names)


def test_a_file_of_the_name_of_a_model_needs_a_path(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha256 = _add(catalogue, tmp_path, "bars")
    other = detection_model(name="another")
    monkeypatch.chdir(tmp_path)
    Path("bars").write_bytes(other)
    Path("file-only").write_bytes(other)
    assert resolve("bars", "detection").sha256 == sha256
    assert resolve("./bars", "detection").data == other
    assert resolve(Path("bars"), "detection").data == other
    assert resolve("file-only", "detection").data == other


def test_without_a_home_folder_nothing_is_promoted(
    monkeypatch: pytest.MonkeyPatch, models: tuple[Path, Path]
) -> None:
    for variable in ("OCR_HOME", "XDG_DATA_HOME", "HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.delenv(variable, raising=False)

    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert Reader(*models, threads=1).read(receipt_like()).text == "\n".join(ROWS)
    assert Reader(str(models[0]), str(models[1]), threads=1).models[0].task == "detection"
    with pytest.raises(BadConfiguration, match="set OCR_HOME"):
        Catalogue()


def test_a_default_that_is_removed_while_it_is_loaded_gives_way_to_the_next(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add(catalogue, tmp_path, "one")
    changes.promote(catalogue, "one", check=smoke_test)
    path = catalogue.default("detection").path
    load = loading.load

    def late(source: Path, *arguments: object) -> object:
        if source == path:
            # As another process would, after the index was read.
            changes.rollback(catalogue, "detection", check=lambda model: None)
            changes.remove(catalogue, "one")
        return load(source, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "load", late)
    assert resolve(None, "detection").sha256 == ModelFile.shipped("detection").sha256
    assert not path.exists()
    # A file that somebody else took away is missed all the same.
    monkeypatch.setattr(loading, "load", load)
    _add(catalogue, tmp_path, "two")
    changes.promote(catalogue, "two", check=smoke_test)
    catalogue.default("detection").path.unlink()
    with pytest.raises(ModelInvalid, match="cannot be read"):
        resolve(None, "detection")
