"""From a float32 ONNX model to one whose convolutions work on 8-bit integers, with ranges measured on pictures.

Post-training static quantisation (Nagel et al., "A White Paper on Neural Network Quantization", 2021): activations are
uint8 with one scale a tensor, weights int8 with one scale an output channel, biases int32, which make up for what the
rounding of the weights adds on average (bias correction there, with measured means). The file keeps operators in
floating point between pairs of QuantizeLinear and DequantizeLinear, the form that every runtime understands; ONNX
Runtime joins them to integer operators when it loads the model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session
from ocr.errors import BadConfiguration

#: Weights reach this far to each side of zero. With 7 bits the sum of two products of uint8 and int8 fits 16 bits, in
#: which processors without VNNI instructions saturate: all processors compute the same.
_WEIGHT = 63
#: Values of an activation that are looked at, of each picture.
_SAMPLE = 4_000
#: Shares of the whole range that are tried, so that rare large values do not take the resolution of all others.
_SHARES = np.linspace(0.4, 1.0, 61)

Array = npt.NDArray[Any]


class Scale(NamedTuple):
    """value = step · (integer − zero), for integers of 0 to 255."""

    step: np.float32
    zero: np.uint8


def quantize(model: ModelFile, pictures: Sequence[npt.NDArray[np.uint8]]) -> bytes:
    """Put the convolutions of a model on integers.

    The first convolution stays as it is: it sees a single channel, where integers gain nothing.

    Args:
        model: in float32, as exported.
        pictures: (N, 1, H, W) grey uint8 of sizes that the model takes; typical of what it will see.

    Returns:
        An ONNX file with the metadata of the model.

    Raises:
        BadConfiguration: there are no pictures, or the model is quantised already.
    """
    if not len(pictures):
        raise BadConfiguration("there are no pictures to measure the ranges of activations on")
    proto = onnx.load_from_string(model.data)
    if any(node.op_type == "QuantizeLinear" for node in proto.graph.node):
        raise BadConfiguration("the model is quantised already; expected one in float32")
    graph = _Graph(proto.graph)
    scales, means = _measure(graph, model, pictures)
    graph.rewrite(scales, means)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


class _Graph:
    """An ONNX graph, and which of its nodes become integer ones."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self.integer: set[str] = set()
        self.tied: dict[str, str] = {}
        outputs = {value.name for value in graph.output}
        deep: set[str] = set()  # Behind a convolution.
        whole: set[str] = set()  # Values that are rounded anyway.
        for node in graph.node:
            takes, gives = self._takes(node), node.output[0]
            # The first convolution sees the picture, which is not deep.
            fit = bool(takes & deep) if node.op_type == "Conv" else _passes_on(node) and takes <= whole
            if fit and gives not in outputs:
                self.integer.add(gives)
            if takes & deep or node.op_type == "Conv":
                deep.add(gives)
            if gives in self.integer or node.op_type == "Conv" or (node.op_type == "Relu" and takes <= whole):
                whole.add(gives)
        self._join_relus()
        for node in graph.node:
            if node.op_type == "Resize" and node.output[0] in self.integer:
                self.tied[node.output[0]] = node.input[0]

    def _takes(self, node: Any) -> set[str]:
        count = 1 if node.op_type in ("Conv", "Resize") else len(node.input)
        return {name for name in node.input[:count] if name not in self.constants}

    def _join_relus(self) -> None:
        """Leave out the ReLUs behind integer nodes: a range that starts at zero cuts the same off."""
        uses: dict[str, int] = defaultdict(int)
        producers = {}
        for node in self.graph.node:
            producers[node.output[0]] = node
            for name in node.input:
                uses[name] += 1
        for node in list(self.graph.node):
            before = producers.get(node.input[0]) if node.op_type == "Relu" else None
            if before is None or before.output[0] not in self.integer or uses[before.output[0]] > 1:
                continue
            self.integer.remove(before.output[0])
            self.integer.add(node.output[0])
            self.graph.node.remove(node)
            before.output[0] = node.output[0]

    def tensors(self) -> Iterator[str]:
        """What has to be measured: what goes in and comes out of the integer nodes, each once, in order."""
        seen = dict.fromkeys(
            name
            for node in self.graph.node
            if node.output[0] in self.integer
            for name in (*sorted(self._takes(node)), node.output[0])
        )
        yield from (name for name in seen if name not in self.tied)

    def origin(self, name: str) -> str:
        """The tensor whose scale this one has: another one where it is but an enlargement of that."""
        while name in self.tied:
            name = self.tied[name]
        return name

    def fed(self) -> set[str]:
        """What goes into the convolutions in integers."""
        return {
            node.input[0]
            for node in self.graph.node
            if node.op_type == "Conv" and node.output[0] in self.integer
        }

    def rewrite(self, scales: dict[str, Scale], means: dict[str, Array]) -> None:
        """Put the pairs of operators in.

        Args:
            scales: of `tensors`, and of those that have the scale of another one.
            means: (C,) of the channels of each tensor of `fed`.
        """
        nodes: list[Any] = []
        for node in self.graph.node:
            if node.output[0] in self.integer:
                self._constants_of(node, scales, means, nodes)
            for k, name in enumerate(node.input):
                if name in scales:
                    node.input[k] = f"{name}_restored"
            nodes.append(node)
            for name in node.output:
                if name in scales:
                    nodes += self._pair(name, scales[name])
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        used = {name for node in nodes for name in node.input}
        kept = [tensor for tensor in self.graph.initializer if tensor.name in used]
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)

    def _pair(self, name: str, scale: Scale) -> list[Any]:
        parameters = [self._add(f"{name}_step", scale.step), self._add(f"{name}_zero", scale.zero)]
        return [
            helper.make_node("QuantizeLinear", [name, *parameters], [f"{name}_integer"]),
            helper.make_node("DequantizeLinear", [f"{name}_integer", *parameters], [f"{name}_restored"]),
        ]

    def _constants_of(
        self, node: Any, scales: dict[str, Scale], means: dict[str, Array], nodes: list[Any]
    ) -> None:
        if node.op_type != "Conv":
            for k, name in enumerate(node.input):
                if name in self.constants and node.op_type == "Add":
                    nodes.append(self._restored(node, k, *_constant(self.constants[name])))
            return
        step_in = scales[node.input[0]].step
        weights = self.constants[node.input[1]]
        bias = self.constants[node.input[2]] if len(node.input) > 2 else np.zeros(len(weights), np.float32)
        steps = _weight_steps(weights.reshape(len(weights), -1))
        # Of a channel whose weights are all but zero the bias must fit 32 bits nevertheless.
        steps = np.maximum(steps, np.maximum(np.abs(bias) / (step_in * 2.0**30), 1e-8)).astype(np.float32)
        step = steps.reshape(-1, *[1] * (weights.ndim - 1))
        whole = np.clip(np.rint(weights / step), -_WEIGHT, _WEIGHT).astype(np.int8)
        nodes.append(self._restored(node, 1, whole, steps, np.zeros(len(steps), np.int8)))
        if len(node.input) > 2:
            off = (whole * step - weights).sum(axis=tuple(range(2, weights.ndim)))
            # Each group of channels that comes out sees its own of those that come in.
            groups = next((a.i for a in node.attribute if a.name == "group"), 1)
            seen = means[node.input[0]].reshape(groups, -1).repeat(len(weights) // groups, axis=0)
            bias_steps = steps * step_in
            whole = np.rint((bias - (off * seen).sum(axis=1)) / bias_steps).astype(np.int32)
            nodes.append(self._restored(node, 2, whole, bias_steps, np.zeros(len(steps), np.int32)))

    def _restored(self, node: Any, k: int, whole: Array, step: Array, zero: Array) -> Any:
        # Named after the node: two nodes that share a constant can have different scales for it.
        name = f"{node.output[0]}_{k}"
        inputs = [
            self._add(f"{name}_integer", whole),
            self._add(f"{name}_step", step),
            self._add(f"{name}_zero", zero),
        ]
        node.input[k] = f"{name}_restored"
        return helper.make_node("DequantizeLinear", inputs, [f"{name}_restored"], axis=0)

    def _add(self, name: str, value: Any) -> str:
        if name not in self.constants:
            self.constants[name] = np.asarray(value)
            self.graph.initializer.append(numpy_helper.from_array(self.constants[name], name))
        return name


def _passes_on(node: Any) -> bool:
    """Whether a node has an integer form that loses nothing but the rounding of its result."""
    if node.op_type == "Resize":
        modes = [attribute.s for attribute in node.attribute if attribute.name == "mode"]
        return modes in ([], [b"nearest"])
    return node.op_type in ("Add", "Concat")


def _constant(values: Array) -> tuple[Array, Array, Array]:
    scale = best_scale(values.ravel())
    whole = np.clip(np.rint(values / scale.step) + scale.zero, 0, 255).astype(np.uint8)
    return whole, np.asarray(scale.step), np.asarray(scale.zero)


def _weight_steps(weights: Array) -> Array:
    """The step of each row of weights (O, K) at which the squared error of its integers is least, (O,)."""
    best: Array = np.abs(weights).max(axis=1) / _WEIGHT
    steps: Array = best
    least = np.full(len(weights), np.inf)
    for share in _SHARES:
        tried = np.maximum(best * share, 1e-12)[:, None]
        restored = np.clip(np.rint(weights / tried), -_WEIGHT, _WEIGHT) * tried
        error = np.square(restored - weights).sum(axis=1)
        steps, least = np.where(error < least, tried[:, 0], steps), np.minimum(error, least)
    return steps


def _measure(
    graph: _Graph, model: ModelFile, pictures: Sequence[npt.NDArray[np.uint8]]
) -> tuple[dict[str, Scale], dict[str, Array]]:
    """Scales of all tensors that become integers, and the means of the channels of those that convolutions take."""
    names = list(graph.tensors())
    fed = {name: graph.origin(name) for name in graph.fed()}
    # The model as it came, with its ReLUs.
    seen = onnx.load_from_string(model.data)
    del seen.graph.output[:]
    seen.graph.output.extend(helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names)
    session = Session(ModelFile.load(seen.SerializeToString(), task=model.task), 1)
    rng = np.random.default_rng(0)
    samples: dict[str, list[Array]] = {name: [] for name in names}
    sums: dict[str, list[Array]] = {origin: [] for origin in fed.values()}
    for picture in pictures:
        for name, values in session.outputs(picture).items():
            if name in sums:
                sums[name].append(values.mean(axis=(0, *range(2, values.ndim)), dtype=np.float64))
            flat = values.ravel()
            samples[name].append(flat[rng.integers(0, len(flat), min(_SAMPLE, len(flat)))])
            samples[name].append(np.array([flat.min(), flat.max()]))
    scales = {name: best_scale(np.concatenate(parts)) for name, parts in samples.items()}
    scales |= {name: scales[graph.origin(name)] for name in graph.tied}
    # What is enlarged by repeating pixels keeps its means.
    return scales, {name: np.mean(sums[origin], axis=0) for name, origin in fed.items()}


def best_scale(values: Array) -> Scale:
    """The scale of 8 bits at which the mean squared error of values is least."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0, 1e-6)
    best, least = Scale(np.float32(1), np.uint8(0)), np.inf
    for share in _SHARES:
        step = (high - low) * share / 255
        zero = np.clip(np.rint(-low * share / step), 0, 255)
        restored = (np.clip(np.rint(values / step) + zero, 0, 255) - zero) * step
        error = float(np.square(restored - values).mean())
        if error < least:
            best, least = Scale(np.float32(step), np.uint8(zero)), error
    return best
