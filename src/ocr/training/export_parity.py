"""The proof that PyTorch and ONNX Runtime read the same, and how far integers do."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ocr import polygons
from ocr.detection.decode import Options, decode, options_from
from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session
from ocr.errors import OcrError
from ocr.recognition.charset import Charset
from ocr.recognition.decode import Decoding

#: Greatest difference between PyTorch and ONNX Runtime in a probability or in a logit relative to the largest.
OUTPUT_TOLERANCE = 2e-3
#: Least share of a box that both have in common.
BOX_TOLERANCE = 0.99
#: In integers: least share of a box in common, and least share of the boxes, or of the texts, that are found again.
ROUNDED_BOX, AGAIN = 0.8, 0.8


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
        batch = padded(picture, model)
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
            _compare_boxes(expected[0], got[0], options_from(model.postprocess), number)
        else:
            texts = [_text(logits, picture, model) for logits in (expected, got)]
            if texts[0] != texts[1]:
                raise ExportMismatch(
                    f"line {number} reads {texts[0]!r} in PyTorch, {texts[1]!r} in ONNX Runtime"
                )
    return worst


def compare_integers(
    plain: ModelFile, rounded: ModelFile, pictures: Sequence[npt.NDArray[np.uint8]]
) -> dict[str, float]:
    """Read pictures by a model in floating point and by the same one in integers.

    Returns:
        ``difference``: mean of the absolute differences of the outputs; ``same_boxes``: share of the boxes of both that
        the other has too (0.8 or more in common); ``same_texts``: share of lines with equal texts.

    Raises:
        ExportMismatch: less than 0.8 of the boxes or of the texts agree.
    """
    sessions = Session(plain, 1), Session(rounded, 1)
    differences, same, count = [], 0, 0
    options = options_from(plain.postprocess) if plain.task == "detection" else None
    for picture in pictures:
        batch = padded(picture, plain)
        first, second = (session.run(batch) for session in sessions)
        differences.append(float(np.abs(first - second).mean()))
        if plain.task == "detection":
            boxes = [[r.polygon for r in decode(output[0], options).regions] for output in (first, second)]
            for ours, others in (boxes, boxes[::-1]):
                count += len(ours)
                same += sum(any(polygons.iou(a, b) >= ROUNDED_BOX for b in others) for a in ours)
        else:
            texts = [_text(output, picture, plain) for output in (first, second)]
            count += 1
            same += texts[0] == texts[1]
    share = same / count if count else 1.0
    what = "boxes" if plain.task == "detection" else "texts"
    if share < AGAIN:
        raise ExportMismatch(
            f"in integers only {share:.0%} of the {what} of {len(pictures)} pictures are as before; at least "
            f"{AGAIN:.0%}. Calibrate on more pictures, or export without"
        )
    return {"difference": float(f"{np.mean(differences):.3g}"), f"same_{what}": round(share, 4)}


def _text(logits: np.ndarray, picture: npt.NDArray[np.uint8], model: ModelFile) -> str:
    length = [math.ceil(picture.shape[1] / int(model.preprocess["stride"]))]
    return Decoding.from_mapping(model.postprocess).read(logits, length, Charset(model.charset))[0].text


def _compare_boxes(expected: np.ndarray, got: np.ndarray, options: Options, number: int) -> None:
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


def padded(picture: npt.NDArray[np.uint8], model: ModelFile) -> npt.NDArray[np.uint8]:
    """A grey picture (H, W) as a batch (1, 1, H', W') of a size that the model takes."""
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
