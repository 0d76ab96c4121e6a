"""The rewritten detector computes what the original does, borders included."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.models import decoder, encoder, head, recognizer  # noqa: E402
from ocr.models.detector import DetectionNetwork  # noqa: E402
from ocr.training import export  # noqa: E402
from ocr.training.space_to_depth import SpaceToDepthDetector  # noqa: E402


def detector(pyramid=decoder.FpnDecoder) -> DetectionNetwork:
    """A network whose every parameter and statistic is drawn at random, so that none can be forgotten unseen."""
    network = DetectionNetwork(
        encoder.ReceiptEncoder(4, (8, 8, 12, 12), (1, 1, 1, 1), context=5),
        lambda channels: pyramid(channels, width=16),
        lambda inputs: head.DbHead(inputs, width=6),
    )
    torch.manual_seed(1)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                torch.nn.init.uniform_(value, *((0.5, 1.5) if name.endswith("running_var") else (-0.3, 0.3)))
    return network.eval()


@pytest.mark.parametrize("size", [(32, 32), (64, 160), (96, 32)])
def test_probabilities_are_the_same_to_the_last_border_pixel(size):
    network = export.fuse(detector())
    rewritten = SpaceToDepthDetector.of(network)
    pictures = torch.randint(0, 256, (2, 1, *size), dtype=torch.uint8)
    with torch.inference_mode():
        expected, got = network(pictures), rewritten(pictures)
    assert got.shape == expected.shape
    assert expected.std() > 0.01
    assert float((got - expected).abs().max()) < 1e-5


def test_only_its_own_kind_is_rewritten():
    assert isinstance(SpaceToDepthDetector.of(export.fuse(detector())), SpaceToDepthDetector)
    # A subclass of the decoder that does more, and a recogniser.
    for network in (detector(decoder.AsfDecoder), recognizer.ConvRecognizer(7)):
        assert SpaceToDepthDetector.of(network) is network
