"""Tiny real ONNX models and the pages that they read, so that the whole path runs without trained weights.

A page holds rows of black bars on white. The detection model finds rows; the recognition model reads a full
bar as ``m`` and a half bar as ``i``, by how dark the halves of the columns are.
"""

from __future__ import annotations

import json
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

#: Bars of the rows of `receipt_like`.
ROWS = ("mmimm", "iim", "mimim")
_BAR, _GAP, _TALL = 12, 12, 32


def receipt_like(rows: tuple[str, ...] = ROWS, width: int = 320, height: int = 240) -> npt.NDArray[np.uint8]:
    """An RGB (H, W, 3) uint8 page; rows start at x 40 and are 60 pixels apart."""
    page = np.full((height, width, 3), 255, np.uint8)
    for k, row in enumerate(rows):
        for j, letter in enumerate(row):
            x, y = 40 + j * (_BAR + _GAP), 40 + 60 * k
            top = y if letter == "m" else y + _TALL // 2
            cv2.rectangle(page, (x, top), (x + _BAR - 1, y + _TALL - 1), (0, 0, 0), -1)
    return page


def detection_model(*, poison: bool = False, **changes: Any) -> bytes:
    """Darkness, smeared sideways, through a sigmoid; ``poison`` makes the answer NaN."""
    constants = {
        "scale": np.array(-1 / 255, np.float32),
        "one": np.array(1.0, np.float32),
        "threshold": np.array(0.12, np.float32),
        "steep": np.array(60.0, np.float32),
        "poison": np.array(np.nan if poison else 0.0, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "one"], ["dark"]),
        helper.make_node(
            "AveragePool",
            ["dark"],
            ["smeared"],
            kernel_shape=[3, 31],
            pads=[1, 15, 1, 15],
            count_include_pad=1,
        ),
        helper.make_node("Sub", ["smeared", "threshold"], ["over"]),
        helper.make_node("Mul", ["over", "steep"], ["sharp"]),
        helper.make_node("Sigmoid", ["sharp"], ["clean"]),
        helper.make_node("Add", ["clean", "poison"], ["probability"]),
    ]
    info = {
        "schema": "ocr.model/1",
        "task": "detection",
        "name": "bars",
        "preprocess": {"color": "grey", "short_side": 240, "max_pixels": 460_800, "multiple": 32, "pad": 255},
        "postprocess": {"threshold": 0.3, "box_threshold": 0.4, "unclip_ratio": 0.1, "min_size": 3},
    }
    return _model(
        nodes, constants, ("image", ["n", 1, "h", "w"]), ("probability", ["n", 1, "h", "w"]), info | changes
    )


def recognition_model(*, poison: bool | str = False, **changes: Any) -> bytes:
    """Darkness of the halves of 4 columns at a time, to the classes blank, ``i`` and ``m``.

    Args:
        poison: makes the answer NaN: ``True`` always, ``"i"`` where there is an ``i``.
        changes: of the metadata.
    """
    constants = {
        "scale": np.array(-1 / 255, np.float32),
        "one": np.array(1.0, np.float32),
        # Blank scores 0; i where the lower half is darker than the upper one, m where the upper half is dark.
        "slopes": np.array([[0, 0], [-60, 60], [60, 0]], np.float32).reshape(3, 1, 2, 1),
        "offsets": np.array([np.nan if poison is True else 0, -21, -18], np.float32),
        "shape": np.array([0, 3, -1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["lines"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "one"], ["dark"]),
        helper.make_node("AveragePool", ["dark"], ["mean"], kernel_shape=[16, 4], strides=[16, 4]),
        helper.make_node("Conv", ["mean", "slopes", "offsets"], ["scores"]),
        helper.make_node("Reshape", ["scores", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["clean" if poison == "i" else "logits"], perm=[0, 2, 1]),
    ]
    if poison == "i":
        constants |= {
            "first": np.array([1]),
            "last": np.array([2]),
            "axis": np.array([2]),
            "zero": np.array(0, np.float32),
            "most": np.array(10, np.float32),
        }
        nodes += [
            helper.make_node("Slice", ["clean", "first", "last", "axis"], ["likely"]),
            helper.make_node("Sub", ["most", "likely"], ["left"]),
            helper.make_node("Sqrt", ["left"], ["root"]),
            helper.make_node("Mul", ["root", "zero"], ["nothing"]),
            helper.make_node("Add", ["clean", "nothing"], ["logits"]),
        ]
    info = {
        "schema": "ocr.model/1",
        "task": "recognition",
        "name": "bars",
        "preprocess": {"color": "grey", "height": 32, "width_multiple": 8, "stride": 4, "pad": 255},
        "postprocess": {},
        "charset": "im",
    }
    return _model(nodes, constants, ("lines", ["n", 1, 32, "w"]), ("logits", ["n", "t", 3]), info | changes)


def _model(
    nodes: list[onnx.NodeProto],
    constants: dict[str, npt.NDArray[Any]],
    taken: tuple[str, list[Any]],
    given: tuple[str, list[Any]],
    info: dict[str, Any],
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "bars",
        [helper.make_tensor_value_info(taken[0], TensorProto.UINT8, taken[1])],
        [helper.make_tensor_value_info(given[0], TensorProto.FLOAT, given[1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"ocr.model": json.dumps(info)})
    onnx.checker.check_model(model)
    return model.SerializeToString()
