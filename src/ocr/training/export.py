"""From a checkpoint to one ONNX file that carries all that inference needs, and the proof that both agree."""

from __future__ import annotations

import contextlib
import copy
import importlib
import json
import math
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ocr import polygons
from ocr.detection.decode import DecodeOptions, decode
from ocr.detection.sizing import SizePolicy
from ocr.engine.model_file import METADATA_KEY, SCHEMA, ModelFile
from ocr.engine.runtime import Session
from ocr.errors import BadConfiguration, OcrError
from ocr.files import write_whole
from ocr.recognition.charset import Charset
from ocr.recognition.decode import ctc_greedy
from ocr.training import tasks
from ocr.training.recognition_data import MARGIN, PAD

#: Greatest difference between PyTorch and ONNX Runtime in a probability or in a logit relative to the largest.
OUTPUT_TOLERANCE = 2e-3
#: Least share of a box that both have in common.
BOX_TOLERANCE = 0.99


class ExportMismatch(OcrError):
    """PyTorch and ONNX Runtime read the same pictures differently."""

    code = "export_mismatch"


@dataclass(frozen=True)
class Trained:
    """A checkpoint, loaded.

    Attributes:
        task: ``detection`` or ``recognition``.
        network: with the averaged weights, in evaluation mode.
        settings: the whole configuration of the run.
        step: optimiser steps taken.
    """

    task: str
    network: nn.Module
    settings: dict[str, Any]
    step: int


def load_checkpoint(path: Path) -> Trained:
    """Rebuild the network of a training checkpoint; nothing in the file is executed.

    Raises:
        BadConfiguration: the file is no checkpoint of `ocr train`.
    """
    from omegaconf import OmegaConf

    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        settings = saved["hyper_parameters"]["settings"]
        for part in ("encoder", "decoder", "head", "recognizer"):
            _check_part(settings.get(part, {}))
        cfg = OmegaConf.create(settings)
        network = tasks.build_network(cfg)
    except (OSError, EOFError, KeyError, TypeError, RuntimeError, ValueError, UnpicklingError) as fault:
        raise BadConfiguration(f"{path} is no checkpoint of `ocr train`: {fault}") from fault
    tasks.load_weights(network, path)
    return Trained(settings["task"], network.eval(), settings, int(saved["global_step"]))


def _check_part(settings: dict[str, Any]) -> None:
    """Hold what a checkpoint wants built against the networks of this package: it could name any function."""
    target = str(settings.get("_target_", ""))
    if not target:
        return
    module, _, name = target.rpartition(".")
    part = None
    if module.startswith("ocr.models."):
        with contextlib.suppress(ImportError):
            part = getattr(importlib.import_module(module), name, None)
    own = isinstance(part, type) and issubclass(part, nn.Module) and part.__module__.startswith("ocr.models.")
    if not own or any(isinstance(value, dict) for value in settings.values()):
        raise ValueError(f"{target!r} is no part of a network of this package")
    if "pretrained" in settings:
        # The weights come from the checkpoint: nothing is to be fetched for them.
        settings["pretrained"] = False


def export(
    checkpoint: Path,
    output: Path,
    name: str,
    pictures: Sequence[npt.NDArray[np.uint8]],
    decoding: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    figures: Mapping[str, Any] | None = None,
    notes: str = "",
) -> ModelFile:
    """Write a checkpoint as ``output`` (ONNX) and its card beside it (``.md``).

    Args:
        checkpoint: of `ocr train`.
        output: path of the ONNX file.
        name: of the model.
        pictures: grey pages (H, W), or for recognition grey lines (32, W), on which both must agree.
        decoding: detection thresholds that differ from those of training.
        policy: entries of the size policy that differ from those of training.
        figures: measured figures for the metadata and the card.
        notes: attribution and other text for the card.

    Raises:
        BadConfiguration: no checkpoint, or an unknown decode option.
        ExportMismatch: PyTorch and ONNX Runtime disagree beyond the tolerances; nothing is written.
    """
    trained = load_checkpoint(checkpoint)
    network = fuse(trained.network)
    metadata = _metadata(trained, name, decoding or {}, policy or {}, figures or {})
    data = to_onnx(network, trained.task, metadata)
    model = ModelFile.load(data, task=trained.task)
    worst = compare(trained.network, model, pictures)
    write_whole(output, data)
    write_whole(output.with_suffix(".md"), _card(model, worst, len(pictures), notes).encode())
    return model


def fuse(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode with each batch normalisation folded into the convolution before it."""
    fused = copy.deepcopy(network).eval()
    for module in list(fused.modules()):
        if isinstance(module, nn.Sequential):
            for first, second in zip(list(module), list(module)[1:], strict=False):
                if isinstance(first, nn.Conv2d | nn.ConvTranspose2d) and type(second) is nn.BatchNorm2d:
                    at = [key for key, child in module.named_children() if child in (first, second)]
                    transposed = isinstance(first, nn.ConvTranspose2d)
                    setattr(module, at[0], fuse_conv_bn_eval(first, second, transpose=transposed))
                    setattr(module, at[1], nn.Identity())
    return fused


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


def _metadata(
    trained: Trained,
    name: str,
    decoding: Mapping[str, Any],
    policy: Mapping[str, Any],
    figures: Mapping[str, Any],
) -> dict[str, Any]:
    settings = trained.settings
    metadata: dict[str, Any] = {
        "schema": SCHEMA,
        "task": trained.task,
        "name": name,
        "postprocess": {},
        "provenance": {
            "commit": _commit(),
            "steps": trained.step,
            "parameters": sum(p.numel() for p in trained.network.parameters()),
            "settings": _portable(settings),
        },
        "figures": dict(figures),
    }
    if trained.task == "detection":
        metadata["preprocess"] = {
            "color": "grey",
            **SizePolicy(**{**settings["policy"], **policy}).to_dict(),
        }
        options = {
            "shrink_ratio": settings["data"]["train"]["shrink_ratio"],
            **settings["decode"],
            **decoding,
        }
        metadata["postprocess"] = vars(DecodeOptions.from_mapping(options))
    else:
        network: Any = trained.network
        metadata["preprocess"] = {
            "color": "grey",
            "height": network.height,
            "stride": network.stride,
            "width_multiple": network.width_multiple,
            "margin": MARGIN,
            "pad": PAD,
        }
        metadata["charset"] = Charset.load(settings["charset"]).characters
    return metadata


def to_onnx(network: nn.Module, task: str, metadata: Mapping[str, Any]) -> bytes:
    """An ONNX file of a network in evaluation mode, for any batch and any size that the task allows.

    Args:
        network: takes (N, 1, H, W) uint8.
        task: ``detection`` or ``recognition``; names the input and the output.
        metadata: the record of the model file; of a recogniser its ``preprocess`` gives height and width multiple.
    """
    dim = torch.export.Dim
    if task == "detection":
        example = torch.randint(0, 256, (2, 1, 64, 96), dtype=torch.uint8)
        shapes = {
            0: dim("pages"),
            2: 32 * dim("rows", min=1, max=4096),
            3: 32 * dim("columns", min=1, max=4096),
        }
        names = (["image"], ["probability"])
    else:
        height, multiple = metadata["preprocess"]["height"], metadata["preprocess"]["width_multiple"]
        example = torch.randint(0, 256, (2, 1, height, 12 * multiple), dtype=torch.uint8)
        shapes = {0: dim("lines"), 3: multiple * dim("columns", min=1, max=4096)}
        names = (["lines"], ["logits"])
    program = torch.onnx.export(
        network,
        (example,),
        input_names=names[0],
        output_names=names[1],
        dynamic_shapes=(shapes,),
        dynamo=True,
        optimize=True,
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    entry = proto.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, json.dumps(metadata, ensure_ascii=False, sort_keys=True)
    # Names of Python frames on every node, paths of the exporting machine among them, are of no use to a reader.
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def _portable(value: Any) -> Any:
    """Settings without the folders of the machine: of an absolute path the last two parts."""
    if isinstance(value, dict):
        return {key: _portable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_portable(part) for part in value]
    if isinstance(value, str) and Path(value).is_absolute():
        return "/".join(Path(value).parts[-2:])
    return value


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


def _card(model: ModelFile, worst: float, pictures: int, notes: str) -> str:
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
        "## Agreement of PyTorch and ONNX Runtime",
        "",
        f"On {pictures} pictures the outputs differ by at most {worst:.1e} (allowed: {OUTPUT_TOLERANCE:.0e}); "
        f"all {'boxes agree to ' + str(BOX_TOLERANCE) if model.task == 'detection' else 'texts are equal'}.",
        "",
        "## Settings of the training",
        "",
        "```json",
        json.dumps(origin["settings"], indent=1, ensure_ascii=False, sort_keys=True),
        "```",
        "",
    ]
    return "\n".join(lines)
