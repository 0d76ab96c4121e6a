"""A trained network goes on with more blocks from where it was."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the [train] extra")

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.models.encoder import ReceiptEncoder  # noqa: E402
from ocr.models.recognizer import ConvRecognizer  # noqa: E402
from ocr.training.tasks import load_weights  # noqa: E402


def made(*deeper: int, channels: tuple[int, ...] = (8, 8, 12, 12)) -> ReceiptEncoder:
    torch.manual_seed(sum(deeper))
    return ReceiptEncoder(4, channels, (1, 1, 1, 1), context=5, deeper=deeper or (0, 0, 0, 0))


@pytest.fixture
def checkpoint(tmp_path):
    network = made()
    network(torch.rand(2, 1, 64, 64))
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": {f"network.{k}": v for k, v in network.state_dict().items()}}, path)
    return network.eval(), path


def test_a_deeper_network_begins_where_the_other_ended(checkpoint):
    network, path = checkpoint
    deeper = made(1, 0, 2, 1).eval()
    load_weights(deeper, path)
    page = torch.rand(1, 1, 96, 64)
    for got, wanted in zip(deeper(page), network(page), strict=True):
        torch.testing.assert_close(got, wanted)


def test_its_new_blocks_learn(checkpoint):
    _, path = checkpoint
    deeper = made(0, 0, 1, 0)
    load_weights(deeper, path)
    optimizer = torch.optim.SGD(deeper.parameters(), 0.1)
    block = deeper.stages[2][-1]
    before = {name: value.clone() for name, value in block.named_parameters()}
    for _ in range(3):
        optimizer.zero_grad()
        deeper(torch.rand(2, 1, 64, 64))[3].square().mean().backward()
        optimizer.step()
    changed = [name for name, value in block.named_parameters() if not torch.equal(value, before[name])]
    assert len(changed) == len(before)


def test_weights_of_blocks_that_learnt_are_not_done_without(checkpoint):
    _, path = checkpoint
    learnt = made(0, 0, 1, 0)
    torch.nn.init.ones_(learnt.stages[2][-1].second[1].weight)
    with pytest.raises(BadConfiguration, match="does not fit"):
        load_weights(learnt, path)


def test_a_wider_network_is_refused(checkpoint):
    _, path = checkpoint
    with pytest.raises(BadConfiguration, match="does not fit"):
        load_weights(made(0, 0, 1, 0, channels=(8, 8, 16, 12)), path)


def test_a_recogniser_with_more_blocks_along_the_line_begins_where_the_other_ended(tmp_path):
    sizes = {"channels": (8, 8, 8, 12), "blocks": (1, 1, 1, 1), "width": 16, "context": (3,)}
    network = ConvRecognizer(7, **sizes)
    lines = torch.rand(2, 1, 32, 64) * 255
    network(lines)
    path = tmp_path / "last.ckpt"
    torch.save({"state_dict": {f"network.{k}": v for k, v in network.state_dict().items()}}, path)
    deeper = ConvRecognizer(7, **sizes, deeper=(5, 5))
    load_weights(deeper, path)
    torch.testing.assert_close(deeper.eval()(lines), network.eval()(lines))
    torch.nn.init.ones_(deeper.context[-1].mix[1].weight)
    with pytest.raises(BadConfiguration, match="does not fit"):
        load_weights(deeper, path)
