"""Every encoder with every decoder, and the parts of the recipe one by one, at an equal budget and on the same pages.

    python benchmarks/architectures.py TRAIN VAL --output runs/architectures
    python benchmarks/architectures.py TRAIN VAL --output runs/ablations --rows "receipt + fpn" …

A row is a training run, its export, and figures of the export on VAL, on one thread. Rows that are finished stay in the
output folder, and the same command goes on with those that are missing; the table holds what is there. IoU H and CLEval
H are taken at the best of a few pixel thresholds, one choice a row: after a short training no threshold fits all.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from decode_sweep import remembered

from ocr.datasets import open_dataset
from ocr.detection.decode import changed
from ocr.detection.detector import Detector
from ocr.detection.multiscale import search
from ocr.engine.model_file import ModelFile
from ocr.io.files import write_whole
from ocr.io.images import to_grey
from ocr.metrics import DetectionMetrics, Prediction
from ocr.training import export, pictures, run
from ocr.training.checkpoint import load_checkpoint

ENCODERS = {
    "receipt": ["encoder=receipt"],
    "rep": ["encoder=rep"],
    "mobilenetv3_small_050": ["encoder=timm", "encoder.name=mobilenetv3_small_050"],
    "resnet18": ["encoder=timm", "encoder.name=resnet18"],
}
DECODERS = ("fpn", "pan", "unet", "asf")
#: What is changed about `receipt + fpn`, one thing a row; other seeds show which differences are none.
CHANGES = {
    "seed 1": ["seed=1"],
    "seed 2": ["seed=2"],
    "no blocks more": ["encoder.deeper=[0,0,0,0]"],
    "no context": ["encoder.context=0"],
    "plain pixels": ["data.train.pixel_weights=null"],
    "map 4, threshold 2": ["loss.bce=4.0", "loss.threshold=2.0"],
    "no binary map": ["loss.binary=0.0"],
    "negatives 6 to 1": ["loss.negative_ratio=6.0"],
    "shrink ratio 0.4": ["data.train.shrink_ratio=0.4"],
    "shrink ratio 0.55": ["data.train.shrink_ratio=0.55"],
    "shrink ratio 0.85": ["data.train.shrink_ratio=0.85"],
    "crops of 256 px": ["data.train.size=256"],
    "crops of 512 px": ["data.train.size=512"],
}
#: The options of each kind that a short training leaves open.
THRESHOLDS: dict[str, list[dict[str, float]]] = {
    "db": [{"threshold": t, "box_threshold": t + 0.15} for t in (0.2, 0.3, 0.4, 0.5)],
    "craft": [{"low_text": t, "link_threshold": t, "text_threshold": t + 0.2} for t in (0.2, 0.3, 0.4, 0.5)],
}


def rows() -> dict[str, list[str]]:
    """Hydra overrides of each row by its name."""
    made = {
        f"{encoder} + {decoder}": [*words, f"decoder={decoder}"]
        for decoder in DECODERS
        for encoder, words in ENCODERS.items()
    }
    made["receipt + unet, CRAFT"] = ["experiment=craft"]
    return made | {f"receipt + fpn, {change}": words for change, words in CHANGES.items()}


def overrides(name: str, words: list[str], given: argparse.Namespace) -> list[str]:
    """Hydra overrides of the training of a row; crops of another size come as often as to make as many pixels."""
    output = given.output / name.replace(" + ", "-").replace(", ", "-")
    side = dict(word.split("=", 1) for word in words).get("data.train.size", given.size)
    steps = round(given.steps * (given.size / int(side)) ** 2)
    return [
        f"output={output}",
        f"data.train.sources.real.data.path={given.train}",
        f"steps={steps}",
        f"epoch_steps={steps}",
        f"scheduler.warmup={max(1, steps // 10)}",
        f"data.train.size={given.size}",
        f"data.train.geometry.short_side={given.short_side}",
        f"policy.short_side={given.short_side}",
        "+policy.min_text_height=0",
        f"data.batch_size={given.batch}",
        f"trainer.precision={given.precision}",
        "dataloader.workers=0",
        "ema=0.98",
        "trainer.accelerator=cpu",
        "+trainer.enable_progress_bar=false",
        *given.overrides,
        *words,
    ]


def measure(model: ModelFile, path: Path, limit: int | None) -> dict[str, Any]:
    """Figures of an exported model on one thread."""
    detector = Detector(model, threads=1)
    settings = [changed(detector.options, values) for values in THRESHOLDS[detector.options.kind]]
    totals = [DetectionMetrics() for _ in settings]
    seconds = []
    for sample in open_dataset(path)[:limit]:
        image, checked = sample.load_validated()
        start = time.process_time()
        detector.detect(image)
        seconds.append(time.process_time() - start)
        network = remembered(detector)
        for options, total in zip(settings, totals, strict=True):
            found = search(to_grey(image), network, detector.policy, options)
            total.add(checked.lines, [Prediction(region.polygon) for region in found.regions])
    results = [total.result() for total in totals]
    best = max(range(len(results)), key=lambda k: results[k].iou.hmean)
    return {
        "ms": 1e3 * statistics.median(seconds),
        "iou": results[best].iou.hmean,
        "cleval": results[best].cleval.hmean,
        "options": THRESHOLDS[detector.options.kind][best],
    }


def table(found: dict[str, dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = [
        "| encoder + decoder | parameters, M | ONNX, MB | CPU ms a page | training, CPU s | IoU 0.5 H | CLEval H |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in found.items():
        lines.append(
            f"| {name} | {row['parameters'] / 1e6:.2f} | {row['bytes'] / 1e6:.1f} | {row['ms']:.0f} | "
            f"{row['training']:.0f} | {row['iou']:.3f} | {row['cleval']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("train", type=Path)
    arguments.add_argument("val", type=Path)
    arguments.add_argument("--output", type=Path, default=Path("runs/architectures"))
    arguments.add_argument("--steps", type=int, default=150)
    arguments.add_argument("--size", type=int, default=320, help="side of a crop in pixels")
    arguments.add_argument("--short-side", type=int, default=480, help="pixels of a page's short side")
    arguments.add_argument("--batch", type=int, default=4)
    arguments.add_argument("--precision", default="32-true")
    arguments.add_argument("--limit", type=int, help="measure on the first pages only")
    arguments.add_argument("--rows", nargs="*", help="rows by name; all if not given")
    arguments.add_argument("--overrides", nargs="*", default=[], help="further Hydra overrides for every row")
    return arguments


def main() -> None:
    """Train and measure what is missing, one row after the other, and print the table."""
    given = parser().parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    budget = {
        key: getattr(given, key)
        for key in ("steps", "size", "short_side", "batch", "precision", "limit", "overrides")
    }
    kept = given.output / "rows.json"
    known = json.loads(kept.read_text("utf-8")) if kept.exists() else {"budget": budget, "rows": {}}
    if known["budget"] != budget:
        raise SystemExit(f"{kept} holds rows of another budget, {known['budget']}; choose another --output")
    found = known["rows"]
    for name, words in rows().items():
        if name in found or (given.rows and name not in given.rows):
            continue
        start = time.process_time()
        checkpoint = run.run(run.compose("detection", overrides(name, words, given)))
        training = time.process_time() - start
        onnx = checkpoint.parent.parent / "model.onnx"
        trained = load_checkpoint(checkpoint)
        model = export.export(checkpoint, onnx, name, pictures.for_task(trained, given.val, 2))
        found[name] = {
            "parameters": sum(p.numel() for p in trained.network.parameters()),
            "bytes": len(model.data),
            "training": training,
            **measure(model, given.val, given.limit),
        }
        write_whole(kept, json.dumps(known, indent=1) + "\n")
        print(name, json.dumps(found[name]), flush=True)
    ordered = {name: found[name] for name in rows() if name in found}
    write_whole(given.output / "table.md", table(ordered))
    print(table(ordered))


if __name__ == "__main__":
    main()
