"""Every encoder, decoder, head and recogniser goes through the same tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
pytest.importorskip("timm")

from torch import Tensor, nn  # noqa: E402

from ocr.detection.decode import KINDS  # noqa: E402
from ocr.models import decoder, encoder, head, loss, recognizer  # noqa: E402
from ocr.models.detector import DetectionNetwork  # noqa: E402
from ocr.training import craft_targets, export, targets  # noqa: E402

ENCODERS: dict[str, Callable[[], nn.Module]] = {
    "receipt": lambda: encoder.ReceiptEncoder(
        stem=4, channels=(8, 8, 12, 12), blocks=(1, 1, 1, 1), context=5
    ),
    "receipt without context": lambda: encoder.ReceiptEncoder(4, (8, 8, 8, 8), (1, 1, 1, 1), context=0),
    "rep": lambda: encoder.RepEncoder(stem=4, channels=(8, 8, 12, 12), blocks=(1, 1, 1, 1), kernel=(3, 7)),
    "resnet18": lambda: encoder.TimmEncoder("resnet18"),
    "mobilenetv3_small_050": lambda: encoder.TimmEncoder("mobilenetv3_small_050"),
    "convnext_atto": lambda: encoder.TimmEncoder("convnext_atto"),
    # Its maps come with the channels last.
    "mambaout_femto": lambda: encoder.TimmEncoder("mambaout_femto"),
}
DECODERS: dict[str, Callable[..., nn.Module]] = {
    "fpn": lambda channels: decoder.FpnDecoder(channels, width=16),
    "pan": lambda channels: decoder.PanDecoder(channels, width=8, modules=2),
    "unet": lambda channels: decoder.UnetDecoder(channels, width=16),
    "asf": lambda channels: decoder.AsfDecoder(channels, width=16),
}
HEADS: dict[str, tuple[Callable[..., nn.Module], Callable[[], nn.Module]]] = {
    "db": (lambda inputs: head.DbHead(inputs, width=8), loss.DbLoss),
    "craft": (lambda inputs: head.CraftHead(inputs, width=8), loss.CraftLoss),
}
#: Of 16 channels, and detectors in batches of 1, 2 and 4, because of a fault of PyTorch: see `tests.training.runs`.
RECOGNIZERS: dict[str, tuple[Callable[[], nn.Module], Callable[[], nn.Module]]] = {
    "conv_ctc": (
        lambda: recognizer.ConvRecognizer(7, (16, 16, 16, 16), (1, 1, 1, 1), width=8, context=(5,)),
        loss.CtcLoss,
    ),
    "parseq": (
        lambda: recognizer.ParseqRecognizer(
            7,
            (16, 16, 16, 16),
            (1, 1, 1, 1),
            width=8,
            context=(5,),
            heads=2,
            hidden=16,
            max_length=5,
            dropout=0.0,
        ),
        loss.AttentionLoss,
    ),
}
#: Every encoder with one decoder, every decoder with one encoder, every head.
COMBINATIONS = [
    *((e, "fpn", "db") for e in ENCODERS),
    *(("receipt", d, "db") for d in DECODERS if d != "fpn"),
    *(("receipt", "unet", h) for h in HEADS if h != "db"),
]
#: Exporting takes seconds: of the encoders our own and one of timm's stand for all in the quick run.
EXPORTED = [
    c if c[0] in ("receipt", "rep", "resnet18") else pytest.param(c, marks=pytest.mark.slow)
    for c in COMBINATIONS
]


def detector(names: tuple[str, str, str]) -> DetectionNetwork:
    torch.manual_seed(0)
    return DetectionNetwork(ENCODERS[names[0]](), DECODERS[names[1]], HEADS[names[2]][0])


def pages(height: int = 64, width: int = 96, count: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(height * width)
    return torch.randint(0, 256, (count, 1, height, width), dtype=torch.uint8, generator=generator)


def page_targets(kind: str = "db", height: int = 64, width: int = 96) -> tuple[Tensor, ...]:
    box = np.array([[10, 12], [80, 12], [80, 34], [10, 34]], np.float32)
    skewed = np.array([[20, 42], [60, 46], [58, 60], [18, 56]], np.float32)
    drawn: list[Any]
    if kind == "craft":
        drawn = [
            craft_targets.draw([box, skewed], ["TOTAL 1", None], height, width),
            craft_targets.draw([skewed], ["abc"], height, width),
        ]
        return loss.CraftTargets(*_stacked(drawn, loss.CraftTargets._fields))
    drawn = [
        targets.draw([box, skewed], [False, True], height, width),
        targets.draw([skewed], [False], height, width),
    ]
    return loss.DbTargets(*_stacked(drawn, loss.DbTargets._fields))


def _stacked(drawn: list[Any], names: tuple[str, ...]) -> list[Tensor]:
    return [torch.stack([torch.from_numpy(getattr(maps, name)) for maps in drawn]) for name in names]


def without_gradient(network: nn.Module) -> list[str]:
    return [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.isfinite().all() or not parameter.grad.any()
    ]


def settled(network: nn.Module, pictures: Tensor) -> nn.Module:
    """In evaluation mode, with statistics and a classifier that make the outputs differ between inputs."""
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(pictures)
    return network.eval()


def run_onnx(data: bytes, batch: Tensor) -> np.ndarray:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: batch.numpy()})
    return output


def test_the_lists_leave_out_no_part():
    def made(parts: list[nn.Module]) -> set[str]:
        return {type(part).__name__ for part in parts}

    def classes(names: list[str]) -> set[str]:
        return {name for name in names if not name.isupper()}

    assert made([make() for make in ENCODERS.values()]) == classes(encoder.__all__)
    assert made([make((4, 4, 4, 4)) for make in DECODERS.values()]) == classes(decoder.__all__)
    assert made([make(16) for make, _ in HEADS.values()]) == {n for n in head.__all__ if n.endswith("Head")}
    assert made([make() for make, _ in RECOGNIZERS.values()]) == classes(recognizer.__all__)
    losses = [make() for _, make in (*HEADS.values(), *RECOGNIZERS.values())]
    assert made(losses) == {name for name in loss.__all__ if name.endswith("Loss")}


@pytest.mark.parametrize("name", ENCODERS)
def test_encoder_gives_the_four_strides(name):
    network = ENCODERS[name]().eval()
    with torch.no_grad():
        maps = network(torch.rand(2, 1, 64, 128))
    assert [tuple(m.shape) for m in maps] == [
        (2, channels, 64 // stride, 128 // stride)
        for channels, stride in zip(network.channels, (4, 8, 16, 32), strict=True)
    ]
    assert all(m.isfinite().all() for m in maps)


@pytest.mark.parametrize("channels_last_side", [48, 96])
def test_channels_last_maps_are_told_by_the_backbone_not_by_their_shape(channels_last_side):
    # A map of as many rows or columns as channels: the shape alone would be ambiguous.
    network = ENCODERS["mambaout_femto"]().eval()
    with torch.no_grad():
        maps = network(torch.rand(1, 1, 4 * channels_last_side, 32))
    assert maps[0].shape == (1, network.channels[0], channels_last_side, 8)


@pytest.mark.parametrize("name", DECODERS)
def test_decoder_gives_one_map_at_stride_four(name):
    channels = (5, 6, 7, 8)
    network = DECODERS[name](channels).eval()
    maps = [torch.rand(2, c, 32 // 2**level, 48 // 2**level) for level, c in enumerate(channels)]
    with torch.no_grad():
        joined = network(maps)
    assert joined.shape == (2, network.outputs, 32, 48)
    assert joined.isfinite().all()
    # Every level counts.
    for level in range(4):
        changed = [m + 1 if i == level else m for i, m in enumerate(maps)]
        with torch.no_grad():
            assert not torch.allclose(network(changed), joined), f"stride {4 * 2**level} is not used"


def test_adaptive_scale_fusion_weighs_each_level_between_nothing_and_all():
    network = DECODERS["asf"]((5, 6, 7, 8)).eval()
    maps = [torch.randn(1, c, 16 // 2**i, 16 // 2**i) for i, c in enumerate((5, 6, 7, 8))]
    with torch.no_grad():
        levels, fused = network.levels(maps), network(maps).chunk(4, 1)
    for level, part in zip(levels, fused, strict=True):
        share = part / level
        assert ((share > 0) & (share < 1)).all()
        # One weight a pixel, the same for all channels of a level.
        assert torch.allclose(share, share[:, :1].expand_as(share), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("names", COMBINATIONS, ids="-".join)
def test_training_step_reaches_every_parameter(names):
    network = detector(names).train()
    output = network(pages())
    losses = HEADS[names[2]][1]()(output, page_targets(names[2]))
    assert all(part.isfinite() and part.dtype == torch.float32 for part in losses.values())
    losses["loss"].backward()
    # Some residual branches start switched off (timm's zero-initialised normalisation): look after one step.
    torch.optim.SGD(network.parameters(), 0.01).step()
    network.zero_grad()
    HEADS[names[2]][1]()(network(pages()), page_targets(names[2]))["loss"].backward()
    assert without_gradient(network) == []


def test_heads_give_what_their_kind_says():
    x = torch.randn(2, 16, 16, 24)
    made = {name: make(16) for name, (make, _) in HEADS.items()}
    output = made["db"].train()(x)
    assert all(part.shape == (2, 1, 64, 96) for part in output)
    assert ((output.threshold >= 0) & (output.threshold <= 1)).all()
    assert ((output.binary >= 0) & (output.binary <= 1)).all()
    assert made["craft"].train()(x).shape == (2, 2, 32, 48)
    for name, network in made.items():
        maps = network.eval()(1e3 * x)
        assert network.kind == name == HEADS[name][1]().kind
        assert maps.shape[:2] == (2, KINDS[name].maps)
        assert ((maps >= 0) & (maps <= 1)).all()


@pytest.mark.parametrize("names", COMBINATIONS, ids="-".join)
def test_a_few_steps_learn_a_page(names):
    network, batch, wanted = detector(names).train(), pages(), page_targets(names[2])
    criterion = HEADS[names[2]][1]()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, fused=True)
    seen = []
    for _ in range(12):
        total = criterion(network(batch), wanted)["loss"]
        seen.append(float(total.detach()))
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert seen[-1] < 0.9 * seen[0]


@pytest.mark.parametrize("names", EXPORTED, ids="-".join)
def test_detector_export_and_fusion_agree_with_eager(names):
    network = settled(detector(names), pages())
    fused = export.fuse(network)
    data = export.to_onnx(fused, "detection", {})
    # Neither is the size of the example that was traced, nor its batch.
    for batch in (pages(96, 64, 1), pages(32, 160, 4)):
        with torch.no_grad():
            expected = network(batch)
            folded = fused(batch)
        options = KINDS[names[2]]
        stride = batch.shape[2] // expected.shape[2]
        assert expected.shape == (
            len(batch),
            options.maps,
            batch.shape[2] // stride,
            batch.shape[3] // stride,
        )
        assert expected.std() > 1e-4
        torch.testing.assert_close(folded, expected, rtol=1e-3, atol=1e-4)
        np.testing.assert_allclose(run_onnx(data, batch), expected.numpy(), rtol=1e-3, atol=2e-4)


def test_fusion_leaves_no_normalisation_in_our_own_networks():
    network = export.fuse(detector(("receipt", "pan", "db")))
    assert [name for name, m in network.named_modules() if isinstance(m, nn.BatchNorm2d)] == []


def test_fusion_keeps_an_activation_inside_the_normalisation():
    # timm's normalisations apply their own activation; folding one away would lose it.
    from timm.layers import BatchNormAct2d

    network = nn.Sequential(nn.Conv2d(1, 4, 3), BatchNormAct2d(4)).eval()
    x = torch.randn(1, 1, 8, 8)
    with torch.no_grad():
        torch.testing.assert_close(export.fuse(network)(x), network(x))


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_recognizer_training_step_reaches_every_parameter(name):
    torch.manual_seed(0)
    network = RECOGNIZERS[name][0]().train()
    lines = pages(network.height, 64, 3)
    texts = torch.tensor([[1, 2, 3], [4, 0, 0], [4, 6, 0]])
    output = network(lines, texts) if network.decoding.kind == "attention" else network(lines)
    wanted = loss.CtcTargets(
        torch.tensor([1, 2, 3, 4, 4, 6]),
        torch.tensor([3, 1, 2]),
        torch.tensor([16, 10, 16]),
        torch.tensor([False, True, False]),
        torch.arange(7),
    )
    criterion = RECOGNIZERS[name][1]()
    assert criterion.kind == network.decoding.kind
    losses = criterion(output, wanted)
    assert losses["loss"].isfinite()
    losses["loss"].backward()
    assert without_gradient(network) == []


@pytest.mark.parametrize("name", RECOGNIZERS)
def test_recognizer_export_and_fusion_agree_with_eager(name):
    torch.manual_seed(0)
    network = RECOGNIZERS[name][0]()
    if network.decoding.kind == "ctc":
        settled(network, pages(network.height, 64, 3))
    fused = export.fuse(network.eval())
    preprocess = {"height": network.height, "width_multiple": network.width_multiple}
    data = export.to_onnx(fused, "recognition", {"preprocess": preprocess})
    for batch in (pages(network.height, 40, 1), pages(network.height, 128, 5)):
        with torch.no_grad():
            expected = network(batch)
            torch.testing.assert_close(fused(batch), expected, rtol=1e-3, atol=1e-3)
        steps = network.decoding.steps(batch.shape[3] // network.stride)
        assert expected.shape == (len(batch), steps, 7)
        np.testing.assert_allclose(run_onnx(data, batch), expected.numpy(), rtol=1e-3, atol=1e-3)


def test_floats_and_bytes_read_alike():
    for network in (detector(COMBINATIONS[0]).eval(), RECOGNIZERS["conv_ctc"][0]().eval()):
        batch = pages(32, 64)
        with torch.no_grad():
            torch.testing.assert_close(network(batch), network(batch.float()))


def test_timm_backbone_without_the_four_strides_is_refused():
    with pytest.raises(ValueError, match="4, 8, 16 and 32 are needed"):
        encoder.TimmEncoder("vit_tiny_patch16_224")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: decoder.FpnDecoder((4, 4, 4, 4), width=6), "multiple of 4"),
        (lambda: decoder.PanDecoder((4, 4, 4, 4), modules=0), "at least 1"),
    ],
)
def test_decoders_refuse_what_they_cannot_be_built_with(make, message):
    with pytest.raises(ValueError, match=message):
        make()
