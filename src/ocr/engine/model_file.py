"""A model file: one ONNX file whose metadata entry ``ocr.model`` describes its use.

With PyTorch installed, a checkpoint of a training run can be used in place of its export.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import weakref
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ocr.engine import onnx_file, registry
from ocr.errors import BadConfiguration, MissingExtra, ModelInvalid
from ocr.runtime.option_kinds import Kind
from ocr.runtime.options import checked

T = TypeVar("T")

#: Name and number of the metadata layout.
SCHEMA = "ocr.model/1"
#: Key of the metadata entry.
METADATA_KEY = "ocr.model"
#: Key of the entry with a recogniser's language model, kept apart because of its length.
LANGUAGE_MODEL_KEY = "ocr.language_model"
#: The same key in files of version 0.1.
OLD_LANGUAGE_MODEL_KEY = "ocr.prior"
TASKS = ("detection", "recognition")
#: What a catalogue keeps a default for: the tasks, and recognition in each further script.
SCRIPTS = ("korean", "japanese", "cyrillic-greek")
SLOTS = (*TASKS, *(f"recognition-{script}" for script in SCRIPTS))
#: Choice and origin of the model of this package.
SHIPPED = "shipped"
#: Formats of a model file: an exported model, or a checkpoint of `ocr train`.
ONNX, CHECKPOINT = "onnx", "checkpoint"
#: PyTorch files are ZIP files with such an entry; no ONNX file begins like one.
_ZIP, _PYTORCH = b"PK\x03\x04", "/data.pkl"


_LOCK = threading.Lock()


@dataclass(frozen=True)
class ModelFile:
    """The bytes of a model with its checked metadata.

    Attributes:
        data: the whole file.
        sha256: hash of ``data``, hexadecimal.
        task: ``detection`` or ``recognition``.
        name: name of the model.
        preprocess: how pixels are prepared.
        postprocess: defaults for decoding the output.
        charset: characters of classes 1..N of a recognition model; empty for detection.
        language_model: a recogniser's packed n-gram language model; empty if it has none.
        info: the whole metadata record, provenance and figures included.
        format: ``onnx`` or ``checkpoint``.
        origin: absolute path of the file, `SHIPPED` for a model of this package, ``None`` if bytes were given.
    """

    data: bytes = field(repr=False)
    sha256: str
    task: str
    name: str
    preprocess: Mapping[str, Any]
    postprocess: Mapping[str, Any]
    charset: str = field(default="", repr=False)
    language_model: str = field(default="", repr=False)
    info: Mapping[str, Any] = field(default_factory=dict, repr=False)
    format: str = ONNX
    origin: str | None = field(default=None, compare=False, repr=False)

    def __copy__(self) -> ModelFile:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> ModelFile:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path and hash if it came from a file, else the bytes."""
        if self.origin == SHIPPED or (self.origin is not None and Path(self.origin).is_file()):
            return _restored, (self.origin, self.slot, self.sha256)
        return _restored, (self.data, self.slot, self.sha256)

    @property
    def slot(self) -> str:
        """What it is a candidate for, one of `SLOTS`: its task, with its script if it is for a further one."""
        script = self.info.get("script")
        return f"{self.task}-{script}" if script in SCRIPTS else self.task

    def shared(self) -> ModelFile:
        """The object in use with the same bytes and task; this one if there is no other."""
        with _LOCK:
            return _IN_USE.setdefault((self.sha256, self.slot), self)

    @classmethod
    def load(
        cls, source: str | os.PathLike[str] | bytes, *, task: str | None, sha256: str | None = None
    ) -> ModelFile:
        """Read and check a model file.

        Args:
            source: a path, or the bytes themselves: ONNX, or a checkpoint of `ocr train`.
            task: expected task, or slot (`SLOTS`); ``None`` for any.
            sha256: expected hash, if it is known.

        Raises:
            ModelInvalid: the file is missing, has another hash, is no ONNX file, refers to external data, or its
                metadata is absent or incomplete.
            MissingExtra: it is a checkpoint and PyTorch is not installed.
        """
        data = source if isinstance(source, bytes) else _read(source)
        subject = "the model" if isinstance(source, bytes) else f"the model {os.fspath(source)}"
        name = "checkpoint" if isinstance(source, bytes) else Path(source).stem
        try:
            model = cls._parse(data, task, sha256, name)
        except ModelInvalid as error:
            raise ModelInvalid(f"{subject} cannot be used: {error}") from error
        return model if isinstance(source, bytes) else replace(model, origin=os.path.abspath(source))  # noqa: PTH100

    @classmethod
    def shipped(cls, task: str) -> ModelFile:
        """The model of this package for a task, or a slot (`SLOTS`).

        Raises:
            ModelInvalid: it is missing from the installation, or damaged.
        """
        place = resources.files("ocr") / "weights" / f"{task}.onnx"
        try:
            data = place.read_bytes()
        except OSError as error:
            raise ModelInvalid(
                f"the shipped {task} model is not in this installation ({place}); "
                f"install the package again or give a model file of your own"
            ) from error
        return replace(cls.load(data, task=task), origin=SHIPPED)

    @classmethod
    def _parse(cls, data: bytes, task: str | None, sha256: str | None, name: str) -> ModelFile:
        digest = hashlib.sha256(data).hexdigest()
        if sha256 is not None and digest != sha256.lower():
            raise ModelInvalid(f"its SHA-256 is {digest}; expected {sha256}")
        if not data:
            raise ModelInvalid("the file is empty")
        kind = CHECKPOINT if _is_checkpoint(data) else ONNX
        entries = onnx_file.read_metadata(data) if kind == ONNX else {}
        info = _exported(entries) if kind == ONNX else _trained(data, name)
        if not isinstance(info, dict) or info.get("schema") != SCHEMA:
            got = info.get("schema") if isinstance(info, dict) else type(info).__name__
            raise ModelInvalid(f"its metadata has the schema {got!r}; expected {SCHEMA!r}")
        script = None
        if task in SLOTS and task not in TASKS:
            task, _, script = str(task).partition("-")
        if task is None and info.get("task") in TASKS:
            task = str(info["task"])
        if task is None or info.get("task") != task:
            expected = repr(task) if task else " or ".join(map(repr, TASKS))
            raise ModelInvalid(f"it is for the task {info.get('task')!r}; expected one for {expected}")
        if script is not None and info.get("script") != script:
            raise ModelInvalid(
                f"it is for the script {info.get('script') or 'latin'!r}; expected one for {script!r}"
            )
        for key in ("preprocess", "postprocess"):
            if not isinstance(info.get(key, {}), dict):
                raise ModelInvalid(f"its metadata entry {key!r} is no mapping")
        charset = info.get("charset", "")
        if task == "recognition" and (not isinstance(charset, str) or not charset):
            raise ModelInvalid("its metadata has no charset")
        return cls(
            data,
            digest,
            task,
            str(info.get("name", "")),
            MappingProxyType(info.get("preprocess", {})),
            MappingProxyType(info.get("postprocess", {})),
            charset if task == "recognition" else "",
            entries.get(LANGUAGE_MODEL_KEY) or entries.get(OLD_LANGUAGE_MODEL_KEY, ""),
            MappingProxyType(info),
            kind,
        )

    @property
    def language_model_settings(self) -> Any:
        """Settings of the language model from the metadata, unchecked; see `ocr.recognition.beam.Beam.of`."""
        return self.info.get("language_model", self.info.get("prior", {}))

    def setting(self, key: str, default: T, kind: Kind[T]) -> T:
        """A value from ``preprocess``.

        Args:
            key: its name.
            default: the value if the metadata has none.
            kind: its type and range.

        Raises:
            ModelInvalid: it is of another type or out of range.
        """
        try:
            return checked(f"preprocess.{key} of the model", self.preprocess.get(key, default), kind)
        except BadConfiguration as error:
            raise ModelInvalid(str(error)) from error


#: Model files in use, by hash and task.
_IN_USE: weakref.WeakValueDictionary[tuple[str, str], ModelFile] = weakref.WeakValueDictionary()


def _is_checkpoint(data: bytes) -> bool:
    if not data.startswith(_ZIP):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.endswith(_PYTORCH) for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _exported(entries: Mapping[str, str]) -> Any:
    text = entries.get(METADATA_KEY)
    if text is None:
        raise ModelInvalid(f"it has no metadata entry {METADATA_KEY!r}; export it with `ocr export`")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelInvalid(f"its metadata entry {METADATA_KEY!r} is no JSON: {error}") from error


def _trained(data: bytes, name: str) -> Any:
    try:
        describe = registry.checkpoint_reader()
    except ImportError as error:
        raise MissingExtra(
            f"a checkpoint needs packages that are not installed ({error.name or error}); "
            "pip install 'receipt-ocr[train]'"
        ) from error
    try:
        return describe(data, name)
    except BadConfiguration as error:
        raise ModelInvalid(str(error)) from error


def _restored(source: str | bytes, task: str, sha256: str) -> ModelFile:
    with _LOCK:
        in_use = _IN_USE.get((sha256, task))
    if in_use is not None:
        return in_use
    if source == SHIPPED:
        model = ModelFile.shipped(task)
        if model.sha256 != sha256:
            raise ModelInvalid(
                f"the shipped {task} model differs here: its SHA-256 is {model.sha256}; expected {sha256}"
            )
        return model.shared()
    return ModelFile.load(source, task=task, sha256=sha256).shared()


def _after_fork() -> None:
    global _LOCK
    _LOCK = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ModelInvalid(f"the model {os.fspath(path)} cannot be read: {reason}") from error
