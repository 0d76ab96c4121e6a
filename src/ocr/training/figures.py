"""Figures of `ocr eval` as a model's card shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ocr.errors import BadConfiguration

_SHOWN = {
    "detection": {
        "CLEval detection H": ("cleval_detection", "hmean"),
        "CLEval detection recall": ("cleval_detection", "recall"),
        "CLEval detection precision": ("cleval_detection", "precision"),
        "IoU 0.5 H": ("iou", "hmean"),
        "IoU 0.5 recall": ("iou", "recall"),
        "IoU 0.5 precision": ("iou", "precision"),
    },
    "recognition": {
        "CLEval end-to-end H": ("cleval_end_to_end", "hmean"),
        "CER of matched lines": ("lines", "cer"),
        "line accuracy of matched lines": ("lines", "line_accuracy"),
        "token F1": ("tokens", "f1"),
    },
}
#: Figures that the card shows for parts of the set, where `ocr eval --by-trait` measured them.
_BY_TRAIT = {"detection": ("IoU 0.5 H",), "recognition": ("CLEval end-to-end H", "token F1")}


def read_figures(path: Path, task: str) -> dict[str, Any]:
    """The figures of a task from the JSON that ``ocr eval --json`` wrote.

    Raises:
        BadConfiguration: the file is missing or holds no such figures.
    """
    try:
        report = json.loads(path.read_text("utf-8"))
        figures: dict[str, Any] = {
            label: float(report[section][key]) for label, (section, key) in _SHOWN[task].items()
        }
        figures["images"] = int(report["images"])
        # Of a path of this machine only the last two parts mean something elsewhere.
        figures["dataset"] = "/".join(Path(report["dataset"]).parts[-2:])
        for part in report.get("by_trait", []):
            label = f"{part['trait']} {part['low']:.3g} to {part['high']:.3g}"
            for name in _BY_TRAIT[task]:
                figures[f"{name}, {label}"] = float(part["figures"][name])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise BadConfiguration(f"{path} is no result of `ocr eval --json`: {error!r}") from error
    return figures
