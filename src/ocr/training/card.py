"""The card that goes beside a model."""

from __future__ import annotations

import json

from ocr.engine.model_file import ModelFile
from ocr.training.export_parity import BOX_TOLERANCE, OUTPUT_TOLERANCE


def card(model: ModelFile, worst: float, pictures: int, notes: str) -> str:
    """The card as Markdown.

    Args:
        model: the exported model.
        worst: greatest difference of an output between PyTorch and ONNX Runtime.
        pictures: how many pictures both were compared on.
        notes: attribution and other text.
    """
    info = model.info
    origin = info["provenance"]
    lines = [
        f"# {model.name}",
        "",
        f"Task: {model.task}. Licence: Apache-2.0. SHA-256 of the ONNX file: `{model.sha256}`.",
        f"{origin['parameters'] / 1e6:.2f} million parameters, {len(model.data) / 1e6:.1f} MB, "
        f"{origin['steps']} steps of training, exported at commit `{origin['commit']}`.",
        "",
    ]
    if notes:
        lines += [notes.strip(), ""]
    if info["figures"]:
        lines += ["## Figures", "", "| figure | value |", "|---|---|"]
        lines += [
            f"| {key} | {value:.4g} |" if isinstance(value, float) else f"| {key} | {value} |"
            for key, value in info["figures"].items()
        ]
        lines.append("")
    lines += [
        "## Export parity of PyTorch and ONNX Runtime",
        "",
        f"On {pictures} pictures the outputs differ by at most {worst:.1e} (allowed: {OUTPUT_TOLERANCE:.0e}); "
        f"all {'boxes agree to ' + str(BOX_TOLERANCE) if model.task == 'detection' else 'texts are equal'}.",
        "",
        *_rounding(model),
        "## Settings of the training",
        "",
        "```json",
        json.dumps(origin["settings"], indent=1, ensure_ascii=False, sort_keys=True),
        "```",
        "",
    ]
    return "\n".join(lines)


def _rounding(model: ModelFile) -> list[str]:
    quantization = model.info.get("quantization")
    if not quantization:
        return []
    what = "boxes" if model.task == "detection" else "texts"
    return [
        "These figures are those of the network in floating point. In the file its convolutions work on 8-bit "
        f"integers, with ranges measured on {quantization['pictures']} pictures: outputs differ by "
        f"{quantization['difference']:.2g} on average, and {quantization[f'same_{what}']:.1%} of the {what} are the "
        "same.",
        "",
    ]
