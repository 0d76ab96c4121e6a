"""Tiny pages and configurations, so that whole training runs take a second.

The networks have 16 channels: PyTorch 2.14.1 corrupts the heap of the CPU in 1 × 1 convolutions of stride 2 with 4 to
12 channels, channels last, in batches of 3, 5 or 7.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

TEXTS = ("TOTAL 12.50", "Cash 20.00", "CHANGE 7.50")


def write_pages(folder: Path, count: int = 3) -> Path:
    """Pages of three lines each in the SROIE layout."""
    (folder / "images").mkdir(parents=True)
    (folder / "boxes").mkdir()
    for number in range(count):
        page = np.full((120, 160, 3), 235, np.uint8)
        rows = []
        for k, text in enumerate(TEXTS):
            x, y = 12 + 6 * number, 14 + 34 * k
            cv2.putText(page, text, (x, y + 16), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
            right, bottom = x + 11 * len(text), y + 22
            rows.append(f"{x},{y},{right},{y},{right},{bottom},{x},{bottom},{text}")
        cv2.imwrite(str(folder / "images" / f"page{number}.png"), page)
        (folder / "boxes" / f"page{number}.txt").write_text("\n".join(rows) + "\n", "utf-8")
    return folder


def overrides(task: str, data: Path, output: Path, *more: str) -> list[str]:
    """Hydra overrides of a run of six steps in three epochs with a tiny network on the CPU."""
    common = [
        f"output={output}",
        "steps=6",
        "epoch_steps=2",
        "scheduler.warmup=2",
        "trainer.accelerator=cpu",
        "trainer.log_every_n_steps=1",
        "+trainer.enable_progress_bar=false",
        "dataloader.workers=0",
    ]
    if task == "detection":
        own = [
            f"data.train.sources.real.data.path={data}",
            "encoder.stem=4",
            "encoder.channels=[16,16,16,16]",
            "encoder.blocks=[1,1,1,1]",
            "encoder.context=5",
            "decoder.width=16",
            "data.train.size=64",
            "data.batch_size=2",
            "policy.short_side=64",
        ]
    else:
        own = [
            f"data.train.sources.real.samples.path={data}",
            "~data.train.sources.synthetic",
            "+recognizer.channels=[16,16,16,16]",
            "+recognizer.blocks=[1,1,1,1]",
            "+recognizer.width=8",
            "+recognizer.context=[5]",
            "data.train.batch=2",
            "data.train.pool=2",
        ]
    return [*common, *own, *more]


def train(task: str, data: Path, output: Path, *more: str) -> dict[str, Any]:
    """The last checkpoint of such a run."""
    import torch

    from ocr.training import run

    last = run.run(run.compose(task, overrides(task, data, output, *more)))
    return dict(torch.load(last, weights_only=True))
