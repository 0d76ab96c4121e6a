"""Reading the metadata of an ONNX file without loading it, and rejecting references to external data.

A runtime resolves external data relative to the working directory, so a model file could read any file of the machine.
Such references are detected here, on the protobuf wire format, before a runtime gets the bytes. The package `onnx` is
not needed for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ocr.errors import ModelInvalid

# Field numbers of onnx.proto that lead to tensors, by message.
_MODEL = {7: "graph", 25: "function"}
_GRAPH = {1: "node", 5: "tensor", 15: "sparse"}
_NODE = {5: "attribute"}
_ATTRIBUTE = {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"}
_CHILDREN = {
    "model": _MODEL,
    "graph": _GRAPH,
    "function": {7: "node", 11: "attribute"},
    "node": _NODE,
    "attribute": _ATTRIBUTE,
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_METADATA = 14
_EXTERNAL_DATA, _DATA_LOCATION, _EXTERNAL = 13, 14, 1
_MAX_DEPTH = 64


def read_metadata(data: bytes) -> dict[str, str]:
    """The metadata entries of a model, after checking that it has no external data.

    Raises:
        ModelInvalid: this is no ONNX file, or it refers to external data.
    """
    metadata: dict[str, str] = {}
    graphs = 0
    try:
        view = memoryview(data)
        for number, value in _fields(view):
            if number == _METADATA and isinstance(value, memoryview):
                entry = {k: bytes(v).decode() for k, v in _fields(value) if isinstance(v, memoryview)}
                metadata[entry.get(1, "")] = entry.get(2, "")
            elif number == 7:
                graphs += 1
        _reject_external(view, "model", 0)
    except (IndexError, ValueError) as error:
        raise ModelInvalid("the file is no ONNX model, or it is truncated") from error
    if graphs != 1:
        raise ModelInvalid("the file is no ONNX model (it holds no graph)")
    return metadata


def _reject_external(view: memoryview, kind: str, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ModelInvalid("the model is nested too deeply")
    children = _CHILDREN[kind]
    for number, value in _fields(view):
        if kind == "tensor" and (
            number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value == _EXTERNAL)
        ):
            raise ModelInvalid("the model keeps weights in another file; expected a single file")
        child = children.get(number)
        if child is not None and isinstance(value, memoryview):
            _reject_external(value, child, depth + 1)


def _fields(view: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, value) of one protobuf message; values of fixed width are skipped."""
    at = 0
    while at < len(view):
        key, at = _varint(view, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("field number 0")
        if wire == 0:
            value, at = _varint(view, at)
            yield number, value
        elif wire == 2:
            size, at = _varint(view, at)
            if at + size > len(view):
                raise IndexError("a field runs past the end")
            yield number, view[at : at + size]
            at += size
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
            if at > len(view):
                raise IndexError("a field runs past the end")
        else:
            raise ValueError(f"wire type {wire}")


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number is too long")
