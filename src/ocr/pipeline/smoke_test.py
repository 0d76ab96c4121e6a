"""The smoke test of a model before the catalogue takes it: its metadata, and a run on noise."""

from __future__ import annotations

import numpy as np

from ocr.detection.detector import Detector
from ocr.engine.backends import network
from ocr.engine.model_file import ModelFile
from ocr.errors import ModelInvalid, ModelOutputInvalid
from ocr.recognition.recognizer import Recognizer

#: A probability may miss its range by rounding.
_ROUNDING = 1e-3


def smoke_test(model: ModelFile) -> None:
    """Prepare a model as a reader does and run it on noise of two sizes.

    Raises:
        ModelInvalid: metadata, network and task do not fit, or the answer is not finite or outside its range.
    """
    rng = np.random.default_rng(0)
    # Made first: it checks the metadata that the shapes come from.
    used = Detector(model, 1) if model.task == "detection" else Recognizer(model, 1)
    run = network(model, 1).run
    for count, wide in ((1, 2), (2, 12)):
        if isinstance(used, Detector):
            multiple = used.policy.multiple
            shape = (1, 1, 2 * multiple, wide * multiple)
        else:
            shape = (count, 1, used.height, wide * used.multiple)
        try:
            answer = run(rng.integers(0, 256, shape, np.uint8))
        except ModelOutputInvalid as error:
            raise ModelInvalid(f"the model cannot be used: {error}") from error
        used.check_answer(answer.shape, shape)
        if isinstance(used, Detector) and not (answer.min() >= -_ROUNDING and answer.max() <= 1 + _ROUNDING):
            raise ModelInvalid(
                f"the detection model answers {answer.min():.3g} to {answer.max():.3g}; expected "
                f"probabilities from 0 to 1"
            )
