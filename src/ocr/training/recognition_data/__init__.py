"""Line crops for the recogniser: cut from annotated pages, or rendered."""

from ocr.training.recognition_data.annotated import AnnotatedLines, HeldOutLines
from ocr.training.recognition_data.batches import LineBatches, PoolSampler
from ocr.training.recognition_data.collate import Collate, LineBatch
from ocr.training.recognition_data.line import MARGIN, PAD, Line, LineSource
from ocr.training.recognition_data.rendered import RenderedLines
from ocr.training.recognition_data.textless import TextlessCrops

__all__ = [
    "MARGIN",
    "PAD",
    "AnnotatedLines",
    "Collate",
    "HeldOutLines",
    "Line",
    "LineBatch",
    "LineBatches",
    "LineSource",
    "PoolSampler",
    "RenderedLines",
    "TextlessCrops",
]
