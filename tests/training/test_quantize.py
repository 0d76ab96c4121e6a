"""Integer convolutions: scales, what becomes of a graph, and how near the results stay."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ocr.engine.model_file import ModelFile
from ocr.engine.runtime import Session
from ocr.errors import BadConfiguration
from ocr.training import quantize as quantize_module
from ocr.training.quantize import best_scale, quantize

INFO = {"schema": "ocr.model/1", "task": "detection", "name": "small", "preprocess": {}, "postprocess": {}}


def small_model(final: str = "Sigmoid") -> ModelFile:
    """Two branches that meet, a map enlarged beside one that is not, and a channel whose weights are all zero."""
    rng = np.random.default_rng(0)
    constants = {"half": np.array(127.5, np.float32), "twice": np.array([1, 1, 2, 2], np.float32)}
    shapes = {"a": (8, 1), "b": (8, 8), "c": (8, 8), "d": (8, 8), "e": (1, 16)}
    for name, (outputs, inputs) in shapes.items():
        constants[f"w{name}"] = rng.normal(0, (9 * inputs) ** -0.5, (outputs, inputs, 3, 3)).astype(
            np.float32
        )
        constants[f"b{name}"] = rng.normal(0, 0.1, outputs).astype(np.float32)
    constants["wb"][3], constants["bb"][3] = 0, 0.7

    def conv(name: str, source: str, target: str, stride: int = 1) -> onnx.NodeProto:
        inputs = [source, f"w{name}", f"b{name}"]
        return helper.make_node("Conv", inputs, [target], pads=[1] * 4, strides=[stride] * 2)

    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["float", "half"], ["centred"]),
        helper.make_node("Div", ["centred", "half"], ["normal"]),
        conv("a", "normal", "stem"),
        helper.make_node("Relu", ["stem"], ["stem_rectified"]),
        conv("b", "stem_rectified", "inside"),
        helper.make_node("Relu", ["inside"], ["inside_rectified"]),
        conv("c", "inside_rectified", "branch"),
        helper.make_node("Add", ["branch", "stem_rectified"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["sum_rectified"]),
        conv("d", "sum_rectified", "coarse", 2),
        helper.make_node(
            "Resize",
            ["coarse", "", "twice"],
            ["large"],
            mode="nearest",
            nearest_mode="floor",
            coordinate_transformation_mode="asymmetric",
        ),
        helper.make_node("Concat", ["sum_rectified", "large"], ["both"], axis=1),
        conv("e", "both", "logits"),
        helper.make_node(final, ["logits"], ["probability"]),
    ]
    shape = ["n", 1, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(proto, {"ocr.model": json.dumps(INFO)})
    onnx.checker.check_model(proto)
    return ModelFile.load(proto.SerializeToString(), task="detection")


def pictures(count: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, (1, 1, 32, 16 * (k + 2)), np.uint8) for k in range(count)]


def test_the_result_stays_near_and_keeps_the_metadata():
    model = small_model()
    rounded = ModelFile.load(quantize(model, pictures()), task="detection")
    assert dict(rounded.info) == INFO
    unseen = np.random.default_rng(9).integers(0, 256, (2, 1, 48, 80), np.uint8)
    expected, got = Session(model, 1).run(unseen), Session(rounded, 1).run(unseen)
    assert expected.std() > 0.02
    difference = np.abs(got - expected)
    # Something was rounded, and no more than that.
    assert 1e-5 < difference.mean() < 0.005
    assert difference.max() < 0.03


def test_biases_make_up_for_what_rounded_weights_add_on_average():
    """Inputs that are all positive, as behind a ReLU: rounding errors of the weights do not cancel by themselves."""
    model, seen = small_model("Identity"), pictures()
    plain = quantize(model, seen)
    with pytest.MonkeyPatch.context() as patched:
        original = quantize_module._Graph.rewrite
        patched.setattr(
            quantize_module._Graph,
            "rewrite",
            lambda graph, scales, means: original(graph, scales, {k: 0 * v for k, v in means.items()}),
        )
        uncorrected = quantize(model, seen)
    expected = Session(model, 1).run(seen[2]).mean()
    off, off_before = (
        abs(Session(ModelFile.load(data, task="detection"), 1).run(seen[2]).mean() - expected)
        for data in (plain, uncorrected)
    )
    assert off < 0.5 * off_before


def test_steps_of_weights_cut_rare_ones_off():
    weights = np.random.default_rng(5).laplace(0, 1, (4, 5000))
    weights[2] = 0
    steps = quantize_module._weight_steps(weights)
    assert (63 * steps < np.abs(weights).max(axis=1))[[0, 1, 3]].all()
    assert (steps >= 0).all()


def test_all_convolutions_but_the_first_get_integer_weights_of_seven_bits():
    graph = onnx.load_from_string(quantize(small_model(), pictures())).graph
    whole = {t.name: numpy_helper.to_array(t) for t in graph.initializer if t.data_type == TensorProto.INT8}
    weights = [values for values in whole.values() if values.ndim == 4]
    assert sorted(values.shape[:2] for values in weights) == [(1, 16), (8, 8), (8, 8), (8, 8)]
    assert max(np.abs(values).max() for values in weights) == 63
    # Of the ReLUs only the one behind the first convolution is left.
    assert [node.op_type for node in graph.node].count("Relu") == 1
    assert not any(t.dims == [8, 8, 3, 3] and t.data_type == TensorProto.FLOAT for t in graph.initializer)


def test_it_is_the_same_file_again():
    assert quantize(small_model(), pictures()) == quantize(small_model(), pictures())


def test_threads_and_companions_change_nothing():
    rounded = ModelFile.load(quantize(small_model(), pictures()), task="detection")
    batch = np.random.default_rng(2).integers(0, 256, (5, 1, 32, 64), np.uint8)
    one, two = Session(rounded, 1).run(batch), Session(rounded, 2).run(batch)
    np.testing.assert_array_equal(one, two)
    for k in range(len(batch)):
        np.testing.assert_array_equal(Session(rounded, 1).run(batch[k : k + 1])[0], one[k])


@pytest.mark.parametrize(("model", "seen"), [(small_model(), []), (None, pictures())])
def test_what_cannot_be_quantised_is_refused(model, seen):
    model = model or ModelFile.load(quantize(small_model(), pictures()), task="detection")
    with pytest.raises(BadConfiguration, match=r"no pictures|quantised already"):
        quantize(model, seen)


def test_scales_hold_zero_exactly_and_cut_off_rare_values():
    values = np.random.default_rng(3).laplace(0.2, 1.0, 200_000)
    scale = best_scale(values)
    assert 0 < scale.zero < 255
    # A handful of far values does not take the resolution of all others.
    assert 255 * scale.step < 0.9 * (values.max() - values.min())
    assert best_scale(np.abs(values)).zero == 0
    assert best_scale(np.zeros(10)).step > 0
