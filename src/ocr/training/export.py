"""From a checkpoint to one ONNX file that carries all that inference needs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import helper
from torch import nn

from ocr.datasets.sample import Sample
from ocr.detection.decode import options_from, options_to
from ocr.detection.sizing import SizePolicy
from ocr.engine.model_file import (
    LANGUAGE_MODEL_KEY,
    METADATA_KEY,
    OLD_LANGUAGE_MODEL_KEY,
    SCHEMA,
    SCRIPTS,
    ModelFile,
)
from ocr.errors import BadConfiguration
from ocr.io.files import write_whole
from ocr.recognition.beam import Beam
from ocr.recognition.charset import Charset
from ocr.training.card import card
from ocr.training.checkpoint import Trained
from ocr.training.confidences import LEAST_LINES, fitted, judged_lines, line_scorer
from ocr.training.export_parity import compare, compare_integers, padded
from ocr.training.fusing import fuse, stored
from ocr.training.kinds import decode_settings
from ocr.training.quantize import quantize
from ocr.training.rebuilding import load_trained
from ocr.training.recognition_data import MARGIN, PAD
from ocr.training.space_to_depth import SpaceToDepthDetector

#: What of a recogniser's preparation can differ from its training, with the most that it can be.
_RECOGNITION_POLICY = {"margin": 1, "narrow": 64}


def export(
    checkpoint: Path,
    output: Path,
    name: str,
    pictures: Sequence[npt.NDArray[np.uint8]],
    decoding: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    figures: Mapping[str, Any] | None = None,
    notes: str = "",
    calibration: Sequence[npt.NDArray[np.uint8]] | None = None,
    held_out: Sequence[Sample] = (),
    beam: Beam | None = None,
    compact: bool = False,
    seen: Sequence[Sample] = (),
    on_stage: Callable[[str], None] = lambda what: None,
) -> ModelFile:
    """Write a checkpoint as ``output`` (ONNX) and its card beside it (``.md``).

    Args:
        checkpoint: of `ocr train`, or a model that was exported before (``.onnx``): anew, from the same weights.
        output: path of the ONNX file.
        name: of the model.
        pictures: grey pages (H, W), or for recognition grey lines (32, W), on which both must agree.
        decoding: detection thresholds that differ from those of training.
        policy: what differs from the training in how pixels are prepared: entries of a detector's size policy, or a
            recogniser's ``margin`` around a line, as a share of its height, and ``narrow``, the columns a stroke that
            it widens lines to.
        figures: measured figures for the metadata and the card.
        notes: attribution and other text for the card.
        calibration: pictures as above; with them the convolutions work on 8-bit integers, with ranges measured on
            these pictures. They should be those of training, never those that the figures are measured on.
        held_out: annotated pages that training did not see; a recogniser's confidences become the share of right
            readings among such on these pages.
        beam: language model of a recogniser of the kind ``ctc``, and how much it counts.
        compact: with ``calibration``, whether the weights that further training starts from are rounded to 8 bits too:
            a third less to store, and a start that is a little worse.
        seen: annotated pages of the training, which a scorer of lines learns from beside ``held_out``.
        on_stage: called with what is done next, before each part that takes its time.

    Raises:
        BadConfiguration: no checkpoint, an unknown decode option or policy, no pictures for the calibration,
            held-out pages with too few lines, or a language model for a model that can use none.
        ExportMismatch: PyTorch and ONNX Runtime, or floating point and integers, disagree beyond the tolerances;
            nothing is written.
    """
    trained = load_trained(checkpoint)
    network = fuse(trained.network)
    metadata = describe(trained, name, decoding, policy, figures, commit=_commit())
    data = to_onnx(network, trained.task, metadata)
    model = ModelFile.load(data, task=trained.task)
    on_stage(f"comparing PyTorch and ONNX Runtime on {len(pictures)} pictures")
    worst = compare(trained.network, model, pictures)
    if calibration is not None:
        on_stage(f"measuring ranges for 8-bit integers on {len(calibration)} pictures")
        data = _in_integers(network, model, metadata, calibration, pictures, compact)
        model = ModelFile.load(data, task=trained.task)
    if beam is not None:
        if trained.task != "recognition" or model.postprocess.get("kind") != "ctc":
            raise BadConfiguration("only recognisers of the kind ctc can use a language model")
        numbers = {"lm_weight": beam.lm_weight, "bonus": beam.bonus, "width": beam.width}
        data = with_metadata(data, {**model.info, "language_model": numbers}, beam.language_model.pack())
        model = ModelFile.load(data, task=trained.task)
    if held_out:
        on_stage(f"reading {len(held_out) + len(seen)} pages for the confidences")
        data = with_confidences(model, held_out, seen)
        model = ModelFile.load(data, task=trained.task)
    write_whole(output, data)
    write_whole(output.with_suffix(".md"), card(model, worst, len(pictures), notes).encode())
    return model


def with_confidences(model: ModelFile, held_out: Sequence[Sample], seen: Sequence[Sample] = ()) -> bytes:
    """The ONNX file of a recogniser with confidences that are fitted anew; arguments as `export` takes them.

    Raises:
        BadConfiguration: it is no recogniser, or the pages hold too few lines.
    """
    info = {key: value for key, value in model.info.items() if key not in ("confidence", "line_confidence")}
    plain = ModelFile.load(with_metadata(model.data, info), task=model.task)
    info["confidence"] = fitted(plain, held_out).to_dict()
    lines = judged_lines(plain, held_out)
    scorer = None if lines is None else line_scorer(lines, judged_lines(plain, seen, upside_down=False))
    if scorer is not None:
        info["line_confidence"] = scorer.to_dict()
    return with_metadata(model.data, info)


def takes_language_model(trained: Trained) -> bool:
    """Whether a trained recogniser is of the kind that a language model can be given to."""
    network: Any = trained.network
    return trained.task == "recognition" and str(network.decoding.kind) == "ctc"


def as_shipped(trained: Trained) -> tuple[dict[str, Any], dict[str, Any]]:
    """The decode options and the policy that the shipped model of a task has beside its training's, where they fit.

    Returns:
        What `export` takes as ``decoding`` and ``policy``.
    """
    shipped = ModelFile.shipped(trained.task)
    if trained.task == "recognition":
        # Letters that were learnt as they are, are read as they are.
        keys = ("margin", "narrow") if trained.narrow else ("margin",)
        return {}, {key: shipped.preprocess[key] for key in keys if key in shipped.preprocess}
    network: Any = trained.network
    kind = shipped.postprocess.get("kind", "db")
    options = ("threshold", "box_threshold", "shrink_ratio") if network.kind == kind == "db" else ()
    decoding = {key: shipped.postprocess[key] for key in options if key in shipped.postprocess}
    return decoding, {key: shipped.preprocess[key] for key in ("max_upscale",) if key in shipped.preprocess}


def missing_beside_shipped(model: ModelFile) -> list[str]:
    """What a model lacks that the shipped one of its task has, each with the option of `ocr export` that adds it."""
    shipped = ModelFile.shipped(model.task)
    parts = {
        "quantization": "8-bit integers, twice as fast (--int8 DATASET)",
        "confidence": "calibrated confidences (--confidence DATASET)",
        "line_confidence": f"a scorer of lines (--confidence DATASET with at least {LEAST_LINES} lines that are read, "
        "on which it tells right from wrong better than the network)",
    }
    lacking = [text for key, text in parts.items() if key in shipped.info and key not in model.info]
    if shipped.language_model_settings and not model.language_model_settings:
        lacking.append("a language model (--language-model DATASET)")
    return lacking


def with_metadata(data: bytes, metadata: Mapping[str, Any], language_model: str = "") -> bytes:
    """An ONNX file with this metadata record, and this packed language model, in the place of those it had."""
    proto = onnx.load_from_string(data)
    entries = {entry.key: entry.value for entry in proto.metadata_props}
    entries[METADATA_KEY] = _entry(metadata)
    if language_model:
        entries.pop(OLD_LANGUAGE_MODEL_KEY, None)
        entries[LANGUAGE_MODEL_KEY] = language_model
    helper.set_model_props(proto, entries)
    whole: bytes = proto.SerializeToString(deterministic=True)
    return whole


def _in_integers(
    network: nn.Module,
    model: ModelFile,
    metadata: dict[str, Any],
    calibration: Sequence[npt.NDArray[np.uint8]],
    pictures: Sequence[npt.NDArray[np.uint8]],
    compact: bool,
) -> bytes:
    """The ONNX file of a model with integer convolutions; how far it agrees with the model goes into its metadata.

    It carries the weights of the model as well, in half precision or rounded to 8 bits: those of the operators were
    shifted and corrected, and are no start for training.
    """
    rewritten = SpaceToDepthDetector.of(network)
    plain = ModelFile.load(to_onnx(rewritten, model.task, metadata), task=model.task)
    data = quantize(plain, [padded(picture, model) for picture in calibration])
    agreement = compare_integers(model, ModelFile.load(data, task=model.task), pictures)
    metadata["quantization"] = {"bits": 8, "pictures": len(calibration), **agreement}
    proto = onnx.load_from_string(data)
    helper.set_model_props(proto, {METADATA_KEY: _entry(metadata)})
    # What further training starts from; no operator uses it.
    used = {tensor.name for tensor in onnx.load_from_string(model.data).graph.initializer}
    present = {tensor.name for tensor in proto.graph.initializer}
    for name, value in network.state_dict().items():
        if name not in present and name in used:
            proto.graph.initializer.extend(stored(name, value.numpy(), compact))
    final: bytes = proto.SerializeToString(deterministic=True)
    return final


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
        names = (["image"], ["maps"])
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
    entry.key, entry.value = METADATA_KEY, _entry(metadata)
    # Names of Python frames on every node, paths of the exporting machine among them, are of no use to a reader.
    for node in proto.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def _entry(metadata: Mapping[str, Any]) -> str:
    return json.dumps(metadata, ensure_ascii=False, sort_keys=True)


def describe(
    trained: Trained,
    name: str,
    decoding: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    figures: Mapping[str, Any] | None = None,
    *,
    commit: str = "unknown",
) -> dict[str, Any]:
    """The metadata record of a model; arguments as `export` takes them, and the commit that it is made at."""
    settings = trained.settings
    network: Any = trained.network
    metadata: dict[str, Any] = {
        "schema": SCHEMA,
        "task": trained.task,
        "name": name,
        "postprocess": {},
        "provenance": {
            "commit": commit,
            "steps": trained.step,
            "parameters": sum(p.numel() for p in trained.network.parameters()),
            "settings": _portable(settings),
        },
        "figures": dict(figures or {}),
    }
    if trained.task == "detection":
        metadata["preprocess"] = {
            "color": "grey",
            **SizePolicy(**{**settings["policy"], **(policy or {})}).to_dict(),
        }
        options = {**decode_settings(network.kind, settings), **(decoding or {})}
        metadata["postprocess"] = options_to(options_from(options))
    else:
        if settings.get("charset") in SCRIPTS:
            # A candidate for this script: it is not asked where a page is read well without it.
            metadata["script"] = settings["charset"]
        metadata["postprocess"] = {k: v for k, v in vars(network.decoding).items() if v is not None}
        metadata["preprocess"] = {
            "color": "grey",
            "height": network.height,
            "stride": network.stride,
            "width_multiple": network.width_multiple,
            "margin": MARGIN,
            "pad": PAD,
            "narrow": trained.narrow,
        }
        for key, value in (policy or {}).items():
            most = _RECOGNITION_POLICY.get(key)
            if most is None or not isinstance(value, int | float) or not 0 <= value <= most:
                ranges = " or ".join(f"{name}=0 to {limit}" for name, limit in _RECOGNITION_POLICY.items())
                raise BadConfiguration(f"got policy {key}={value!r}; expected {ranges} of a recogniser")
            metadata["preprocess"][key] = float(value)
        metadata["charset"] = Charset.load(settings["charset"]).characters
    return metadata


def _portable(value: Any) -> Any:
    """Settings without the folders of the machine: the last two parts of a path that is absolute or goes upwards."""
    if isinstance(value, dict):
        return {key: _portable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_portable(part) for part in value]
    if isinstance(value, str) and (Path(value).is_absolute() or Path(value).parts[:1] == ("..",)):
        return "/".join(Path(value).parts[-2:])
    return value


def _commit() -> str:
    try:
        completed = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return completed.stdout.strip()
