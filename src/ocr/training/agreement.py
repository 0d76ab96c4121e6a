"""The proof that PyTorch and ONNX Runtime read the same."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode
from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session
from ocr.errors import OcrError
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy

#: Greatest difference between PyTorch and ONNX Runtime in a probability or in a logit relative to the largest.
OUTPUT_TOLERANCE = 2e-3
#: Least share of a box that both have in common.
BOX_TOLERANCE = 0.99


class ExportMismatch(OcrError):
    """PyTorch and ONNX Runtime read the same pictures differently."""

    code = "export_mismatch"


def compare(network: nn.Module, model: ModelFile, pictures: Sequence[npt.NDArray[np.uint8]]) -> float:
    """Read pictures by PyTorch and by ONNX Runtime and hold outputs, boxes and texts against each other.

    Returns:
        The greatest difference of an output, relative to the greatest value where that is above 1.

    Raises:
        ExportMismatch: a difference beyond the tolerances, with what and where.
    """
    session = Session(model, 1)
    worst = 0.0
    for number, picture in enumerate(pictures):
        batch = _padded(picture, model)
        with torch.inference_mode():
            expected = network(torch.from_numpy(batch)).float().numpy()
        got = session.run(batch)
        difference = float(np.abs(expected - got).max() / max(1.0, float(np.abs(expected).max())))
        worst = max(worst, difference)
        if difference > OUTPUT_TOLERANCE:
            raise ExportMismatch(
                f"outputs of picture {number} differ by {difference:.2g}; at most {OUTPUT_TOLERANCE}"
            )
        if model.task == "detection":
            _compare_boxes(
                expected[0, 0], got[0, 0], DecodeOptions.from_mapping(dict(model.postprocess)), number
            )
        else:
            charset = Charset(model.charset)
            length = [math.ceil(picture.shape[1] / int(model.preprocess["stride"]))]
            texts = [ctc_greedy(logits, length, charset)[0][0] for logits in (expected, got)]
            if texts[0] != texts[1]:
                raise ExportMismatch(
                    f"line {number} reads {texts[0]!r} in PyTorch, {texts[1]!r} in ONNX Runtime"
                )
    return worst


def _compare_boxes(expected: np.ndarray, got: np.ndarray, options: DecodeOptions, number: int) -> None:
    first, second = decode(expected, options).regions, decode(got, options).regions
    if len(first) != len(second):
        raise ExportMismatch(
            f"picture {number} has {len(first)} regions in PyTorch, {len(second)} in ONNX Runtime"
        )
    for region in first:
        best = max((polygons.iou(region.polygon, other.polygon) for other in second), default=0.0)
        if best < BOX_TOLERANCE:
            raise ExportMismatch(
                f"a region of picture {number} agrees to {best:.3f} only; at least {BOX_TOLERANCE}"
            )


def _padded(picture: npt.NDArray[np.uint8], model: ModelFile) -> npt.NDArray[np.uint8]:
    height, width = picture.shape
    tall = wide = int(model.preprocess.get("multiple", 0)) or int(model.preprocess.get("width_multiple", 1))
    if model.task == "recognition":
        tall = height
    padded = np.full(
        (math.ceil(height / tall) * tall, math.ceil(width / wide) * wide),
        int(model.preprocess["pad"]),
        np.uint8,
    )
    padded[:height, :width] = picture
    return padded[None, None]
