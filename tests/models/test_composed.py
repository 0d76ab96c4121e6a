"""A classifier that learns characters by their parts."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.models.recognizer.composed import ComposedConv, ComposedRecognizer, composition  # noqa: E402
from ocr.recognition.charset import Charset  # noqa: E402
from ocr.training.fusing import fuse  # noqa: E402
from ocr.training.start import _without_parts  # noqa: E402


def test_syllables_share_their_parts() -> None:
    charset = Charset.load("korean")
    members = composition(charset, charset.classes)
    parts = {c: set(members[charset.encode(c)[0]].nonzero().flatten().tolist()) for c in "가각나A0"}
    assert len(parts["가"]) == 2
    assert len(parts["각"]) == 3
    assert parts["가"] < parts["각"]
    assert len(parts["가"] & parts["나"]) == 1
    assert not parts["A"]
    assert not parts["0"]
    assert not members[0].any()


def test_what_starts_from_an_export_computes_what_it_did() -> None:
    torch.manual_seed(6)
    trained = ComposedConv(3, composition(Charset.load("korean"), 400))
    network = torch.nn.Sequential(ComposedConv(3, composition(Charset.load("korean"), 400)))
    with torch.no_grad():
        network[0].weight.copy_(trained.whole())
    _without_parts(network)
    torch.testing.assert_close(network[0].whole(), trained.whole())


def test_export_is_a_plain_convolution_that_answers_the_same() -> None:
    torch.manual_seed(5)
    network = ComposedRecognizer(
        Charset.load("korean").classes,
        "korean",
        channels=(4, 4, 4, 8),
        blocks=(1, 1, 1, 1),
        width=8,
        context=(3,),
    ).eval()
    fused = fuse(network)
    assert type(fused.classify) is torch.nn.Conv2d
    lines = torch.randint(0, 256, (2, 1, 32, 64), dtype=torch.uint8)
    torch.testing.assert_close(fused(lines), network(lines), atol=1e-4, rtol=1e-4)
    network.train()(lines).square().mean().backward()
    assert network.classify.parts.grad.abs().sum() > 0
