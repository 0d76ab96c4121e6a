"""Batch normalisation folded into the convolution before it, and the way back for further training."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.models.encoder.rep import RepConv
from ocr.models.recognizer.composed import ComposedConv

#: Least deviation of a channel that is normalised: a dead channel gets a weight near zero and stays finite.
_MIN_DEVIATION = 1e-3


class Pair(NamedTuple):
    """A convolution and the batch normalisation that follows it in a sequence.

    Attributes:
        sequence: the `nn.Sequential` that holds both.
        convolution: name of the convolution in it.
        normalisation: name of the normalisation in it.
        path: dotted name of the convolution in the network.
    """

    sequence: nn.Sequential
    convolution: str
    normalisation: str
    path: str


def pairs(network: nn.Module) -> Iterator[Pair]:
    """All pairs of a network, in the order of its modules."""
    for prefix, module in list(network.named_modules()):
        if not isinstance(module, nn.Sequential):
            continue
        children = list(module.named_children())
        for (first, convolution), (second, normalisation) in pairwise(children):
            folds = isinstance(convolution, nn.Conv2d | nn.ConvTranspose2d)
            if folds and type(normalisation) is nn.BatchNorm2d:
                yield Pair(module, first, second, f"{prefix}.{first}" if prefix else first)


def fuse(network: nn.Module) -> nn.Module:
    """A copy in evaluation mode with each batch normalisation folded into the convolution before it.

    Branches that are for training alone become the one convolution that stands for them.
    """
    fused = copy.deepcopy(network).eval()
    for module in list(fused.modules()):
        for name, child in module.named_children():
            if isinstance(child, RepConv | ComposedConv):
                setattr(module, name, child.reparameterised())
    for sequence, first, second, _ in pairs(fused):
        convolution: Any = getattr(sequence, first)
        normalisation: Any = getattr(sequence, second)
        transposed = isinstance(convolution, nn.ConvTranspose2d)
        setattr(sequence, first, fuse_conv_bn_eval(convolution, normalisation, transpose=transposed))
        setattr(sequence, second, nn.Identity())
    return fused


def load_model(network: nn.Module, model: ModelFile) -> list[str]:
    """Put the weights of an exported model into a network as `fuse` leaves it.

    Args:
        network: of the same settings as the exported one, fused.
        model: what `ocr export` wrote.

    Returns:
        Names of the network's parameters that the model does not hold: parts that only training uses.

    Raises:
        BadConfiguration: the model is of another network.
    """
    tensors = {t.name: t for t in onnx.load_from_string(model.data).graph.initializer}
    own = dict(network.named_parameters())
    held = {name: torch.from_numpy(_restored(name, tensors)) for name in own if name in tensors}
    wrong = [name for name, value in held.items() if value.shape != own[name].shape]
    foreign = [name for name in tensors if name.endswith((".weight", ".bias")) and name not in own]
    if wrong or foreign or not held:
        named = ", ".join([*wrong, *foreign][:3]) or "none of its weights is known here"
        raise BadConfiguration(f"the model {model.name} does not fit the configured network: {named}")
    with torch.no_grad():
        for name, value in held.items():
            own[name].copy_(value)
    return sorted(set(own) - set(held))


#: Behind the name of a weight that is stored in 8 bits: what to multiply it by, for each of its first axis.
_SCALE = ".scale"


def stored(name: str, value: npt.NDArray[np.floating], compact: bool) -> list[onnx.TensorProto]:
    """The tensors that keep a weight for further training: in half precision, or rounded to 8 bits an entry.

    Args:
        name: of the weight.
        value: of any shape.
        compact: whether to round weights of two and more axes, relative to the largest one of each output channel.
    """
    if not compact or value.ndim < 2:
        return [onnx.numpy_helper.from_array(value.astype(np.float16), name)]
    largest = np.abs(value).max(axis=tuple(range(1, value.ndim)), keepdims=True)
    scale = np.maximum(largest / 127, np.finfo(np.float32).tiny).astype(np.float32)
    rounded = np.rint(value / scale).astype(np.int8)
    return [onnx.numpy_helper.from_array(rounded, name), onnx.numpy_helper.from_array(scale, name + _SCALE)]


def _restored(name: str, tensors: Mapping[str, onnx.TensorProto]) -> npt.NDArray[Any]:
    value = np.array(onnx.numpy_helper.to_array(tensors[name]))
    scale = tensors.get(name + _SCALE)
    return value if scale is None else value * onnx.numpy_helper.to_array(scale)


def unfuse(network: nn.Module, fused: nn.Module, batches: Iterable[Tensor]) -> None:
    """Give a network weights under which it computes what its fused twin does, in training mode too.

    A normalisation's weight and bias cannot be told from the folded convolution; statistics of pictures stand in for
    those that were folded. With mean μ and deviation σ of a convolution's output without bias b, the weight becomes
    σ and the bias μ + b: exact in evaluation mode, and close in training mode, where μ and σ are those of a batch.

    Args:
        network: takes the weights; the architecture of ``fused`` before it was fused.
        fused: as `fuse` leaves it, with the weights to take.
        batches: pictures as the network takes them, (N, 1, H, W) uint8; a few hundred lines or some pages do.

    Raises:
        BadConfiguration: the network has branches that became one convolution.
    """
    sums: dict[str, list[Tensor]] = {}
    if any(isinstance(module, RepConv) for module in network.modules()):
        raise BadConfiguration(
            "the exported model has one convolution where this network has branches, which cannot be told from it; "
            "start from a checkpoint"
        )
    folded = list(pairs(network))
    modules = dict(fused.named_modules())

    def watch(path: str) -> Any:
        def hook(module: Any, _: Any, output: Tensor) -> None:
            values = output.double() - module.bias.double()[:, None, None]
            count = torch.tensor(float(values.numel() / values.shape[1]), dtype=torch.float64)
            new = [count, values.sum((0, 2, 3)), values.square().sum((0, 2, 3))]
            old = sums.get(path)
            sums[path] = new if old is None else [a + b for a, b in zip(old, new, strict=True)]

        return hook

    hooks = [modules[pair.path].register_forward_hook(watch(pair.path)) for pair in folded]
    try:
        with torch.inference_mode():
            for batch in batches:
                fused(batch)
    finally:
        for hook in hooks:
            hook.remove()
    normalised = {pair.path for pair in folded}
    sources = dict(fused.named_parameters())
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            owner, _, kind = name.rpartition(".")
            if name in sources and not (owner in normalised and kind == "bias"):
                parameter.copy_(sources[name])
        for pair in folded:
            if pair.path not in sums:
                continue  # A part that evaluation does not run keeps the weights it was made with.
            count, total, squares = sums[pair.path]
            mean = total / count
            deviation = (squares / count - mean.square()).clamp(min=_MIN_DEVIATION**2).sqrt()
            normalisation: Any = getattr(pair.sequence, pair.normalisation)
            normalisation.weight.copy_(deviation)
            normalisation.bias.copy_(mean + sources[f"{pair.path}.bias"].double())
            normalisation.running_mean.copy_(mean)
            normalisation.running_var.copy_(deviation.square() - normalisation.eps)
