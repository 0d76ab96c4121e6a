"""Folding of batch normalisation and the way back from an exported model."""

from __future__ import annotations

from types import SimpleNamespace

import onnx
import pytest
import torch
from torch import nn

from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.training.fusing import fuse, load_model, pairs, stored, unfuse
from ocr.training.run import compose
from ocr.training.tasks import build_network

SHAPES = {"detection": (2, 1, 96, 128), "recognition": (4, 1, 32, 160)}


def network_of(task, *overrides):
    torch.manual_seed(0)
    mandatory = {
        "detection": "data.train.sources.real.data.path=x",
        "recognition": "data.train.sources.real.samples.path=x",
    }
    return build_network(compose(task, [mandatory[task], *overrides]))


def pictures(task, count=3):
    generator = torch.Generator().manual_seed(1)
    # Smooth stripes and noise: every channel sees something.
    return [torch.randint(0, 256, SHAPES[task], generator=generator, dtype=torch.uint8) for _ in range(count)]


@pytest.mark.parametrize("task", SHAPES)
def test_a_shipped_model_unfolded_computes_what_it_did(task):
    network = network_of(task)
    fused = fuse(network)
    missing = load_model(fused, ModelFile.shipped(task))
    # Only the threshold branch is left out of an export.
    assert all(name.startswith("head.threshold.") for name in missing)
    batches = pictures(task)
    unfuse(network, fused, batches)
    with torch.inference_mode():
        expected = fused(batches[0])
        got = network.eval()(batches[0])
    assert torch.allclose(got, expected, atol=2e-3 * max(1.0, float(expected.abs().max())))


@pytest.mark.parametrize("task", SHAPES)
def test_in_training_mode_an_unfolded_network_stays_close_on_the_pictures_of_its_statistics(task):
    network = network_of(task, *(["+recognizer.dropout=0"] if task == "recognition" else []))
    fused = fuse(network)
    load_model(fused, ModelFile.shipped(task))
    batch = pictures(task, 1)
    unfuse(network, fused, batch)
    with torch.no_grad():
        got = network.train()(batch[0])
        got = got if task == "recognition" else torch.sigmoid(got.logits)
        expected = fused(batch[0])
    scale = float(expected.abs().max())
    assert float((got - expected).abs().mean()) < 0.01 * scale


def test_fusing_leaves_no_normalisation_and_the_same_outputs():
    network = network_of("recognition").train()
    with torch.no_grad():
        for batch in pictures("recognition"):
            network(batch)
    fused = fuse(network)
    assert len(list(pairs(network))) == 21
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in fused.modules())
    batch = pictures("recognition", 1)[0]
    with torch.inference_mode():
        assert torch.allclose(fused(batch), network.eval()(batch), atol=1e-4)


def test_a_model_of_another_network_is_refused():
    fused = fuse(network_of("recognition", "+recognizer.width=200"))
    with pytest.raises(BadConfiguration, match="does not fit"):
        load_model(fused, ModelFile.shipped("recognition"))
    with pytest.raises(BadConfiguration, match="does not fit"):
        load_model(fuse(network_of("recognition")), ModelFile.shipped("detection"))


@pytest.mark.parametrize("compact", [False, True])
def test_weights_that_are_kept_for_training_come_back(compact):
    torch.manual_seed(3)
    network, taker = (nn.Sequential(nn.Conv2d(3, 5, 3), nn.Conv2d(5, 2, 1)) for _ in range(2))
    graph = onnx.GraphProto()
    for name, value in network.state_dict().items():
        graph.initializer.extend(stored(name, value.numpy(), compact))
    model = SimpleNamespace(name="m", data=onnx.ModelProto(graph=graph).SerializeToString())
    assert load_model(taker, model) == []
    for (name, value), got in zip(network.named_parameters(), taker.parameters(), strict=True):
        largest = (
            value.abs().amax(tuple(range(1, value.ndim)), keepdim=True) if value.ndim > 1 else value.abs()
        )
        assert ((value - got).abs() <= largest / 200).all(), name
    kinds = {tensor.data_type for tensor in graph.initializer if tensor.name.endswith("weight")}
    assert kinds == {onnx.TensorProto.INT8 if compact else onnx.TensorProto.FLOAT16}
