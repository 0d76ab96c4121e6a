"""Calibration of confidences: expected calibration error.

Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015;
Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

#: Required accuracy of readings that are accepted without review.
WANTED_ACCURACY = 0.99


@dataclass(frozen=True)
class CalibrationResult:
    """Calibration over a set.

    Attributes:
        error: expected calibration error in [0, 1]: mean gap of confidence and accuracy over bins.
        worst: the largest gap of any bin.
        count: number of predictions.
        acceptable: largest share of the predictions, by confidence, that can be accepted without review: their accuracy
            is at least `WANTED_ACCURACY`.
        threshold: least confidence of these; above 1 if no prediction can be accepted.
    """

    error: float
    worst: float
    count: int
    acceptable: float = 0.0
    threshold: float = 1.01

    def to_dict(self) -> dict[str, float]:
        """Plain values for JSON."""
        return {
            "ece": self.error,
            "worst": self.worst,
            "count": self.count,
            "acceptable": self.acceptable,
            "threshold": self.threshold,
        }


@dataclass
class Calibration:
    """Expected calibration error over bins of equal width.

    Args:
        bins: number of bins over [0, 1].
    """

    bins: int = 15
    _confidences: list[float] = field(default_factory=list, repr=False)
    _correct: list[bool] = field(default_factory=list, repr=False)

    def add(self, confidence: float, correct: bool) -> None:
        """Count one prediction.

        Raises:
            ValueError: the confidence lies outside [0, 1].
        """
        if not 0.0 <= confidence <= 1.0:
            raise ValueError(f"A confidence lies in [0, 1]; got {confidence}.")
        self._confidences.append(confidence)
        self._correct.append(correct)

    def result(self) -> CalibrationResult:
        """Figures over all predictions so far; 0 without any."""
        if not self._confidences:
            return CalibrationResult(0.0, 0.0, 0)
        acceptable, threshold = self._acceptable()
        confidences = np.array(self._confidences)
        places = np.minimum((confidences * self.bins).astype(np.int64), self.bins - 1)
        sizes = np.bincount(places, minlength=self.bins)
        gaps = np.abs(
            np.bincount(places, confidences, self.bins)
            - np.bincount(places, np.array(self._correct), self.bins)
        )
        filled = sizes > 0
        return CalibrationResult(
            float(gaps.sum() / sizes.sum()),
            float((gaps[filled] / sizes[filled]).max()),
            int(sizes.sum()),
            acceptable,
            threshold,
        )

    def _acceptable(self) -> tuple[float, float]:
        confidences, correct = np.array(self._confidences), np.array(self._correct, np.float64)
        order = np.argsort(-confidences, kind="stable")
        sorted_confidences = confidences[order]
        good = np.cumsum(correct[order]) >= WANTED_ACCURACY * np.arange(1, len(order) + 1)
        # Predictions of equal confidence are accepted together or not at all.
        good &= np.append(np.diff(sorted_confidences) < 0, True)
        places = np.flatnonzero(good)
        if not len(places):
            return 0.0, 1.01
        return float((places[-1] + 1) / len(order)), float(sorted_confidences[places[-1]])
