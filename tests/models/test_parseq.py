"""What the attention recogniser may see, what its loss counts, and that it learns to read."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.models.loss import AttentionLoss, CtcTargets  # noqa: E402
from ocr.models.loss.folding import log_probabilities  # noqa: E402
from ocr.models.recognizer import ParseqRecognizer  # noqa: E402
from ocr.models.recognizer.parseq import ParseqOutput  # noqa: E402


def small(**changes) -> ParseqRecognizer:
    torch.manual_seed(0)
    given = {"classes": 7, "channels": (4, 6, 6, 8), "blocks": (1, 1, 1, 1), "width": 16, "context": (5,)}
    given |= {"heads": 2, "hidden": 32, "max_length": 6, "dropout": 0.0}
    return ParseqRecognizer(**(given | changes))


def lines(count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, 1, 32, 64), dtype=torch.uint8, generator=generator)


def targets(lengths: list[int], folded: list[bool], folding: torch.Tensor) -> CtcTargets:
    nothing = torch.zeros(0, dtype=torch.long)
    return CtcTargets(nothing, torch.tensor(lengths), nothing, torch.tensor(folded), folding)


def test_each_step_sees_what_its_order_allows_and_never_itself():
    network = small(permutations=3)
    orders = network._orders(5, torch.device("cpu"))
    assert orders.shape == (5, 6, 5)
    assert not orders[0].any()
    assert (orders[1] == ~torch.eye(6, dtype=torch.bool)[:, :5]).all()
    assert (orders[2] == torch.ones(6, 5).tril(-1).bool()).all()
    for order in orders[3:]:
        assert not order.diagonal().any()
        # An order of reading: of two characters exactly one comes first, and the count of those seen ranks them.
        among = order[:5]
        assert (among ^ among.T | torch.eye(5, dtype=torch.bool)).all()
        assert sorted(among.sum(1).tolist()) == [0, 1, 2, 3, 4]


def test_a_prediction_does_not_depend_on_what_it_may_not_see():
    network = small(permutations=1).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    text = torch.tensor([[1, 2, 3, 4]])
    other = torch.tensor([[1, 2, 5, 4]])
    with torch.no_grad():
        first, second = (network(lines(1), t).logits[:, 0] for t in (text, other))
    same = torch.isclose(first, second, atol=1e-6).all(2)
    # Alone, from all the others, from left to right.
    assert same.tolist() == [[True] * 5, [False, False, True, False, False], [True, True, True, False, False]]


def test_nothing_behind_the_end_is_seen():
    network = small(permutations=1).train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    with torch.no_grad():
        short = network(lines(1), torch.tensor([[1, 2]])).logits
        padded = network(lines(1), torch.tensor([[1, 2, 0, 0]])).logits
    torch.testing.assert_close(padded[:, :, :3], short)


def test_loss_is_the_cross_entropy_over_characters_and_end():
    logits = torch.randn(2, 1, 4, 5, generator=torch.Generator().manual_seed(0))
    output = ParseqOutput(logits, torch.tensor([[1, 3, 0, 0]]))
    got = AttentionLoss()(output, targets([2], [False], torch.arange(5)))["loss"]
    logp = logits.log_softmax(-1)
    expected = -(logp[:, 0, 0, 1] + logp[:, 0, 1, 3] + logp[:, 0, 2, 0]).mean() / 3
    torch.testing.assert_close(got, expected)


def test_folded_lines_add_the_probabilities_of_both_cases():
    folding = torch.tensor([0, 2, 2, 4, 4])
    logits = torch.randn(1, 2, 3, 5, generator=torch.Generator().manual_seed(1))
    output = ParseqOutput(logits, torch.tensor([[2, 4, 0], [2, 4, 0]]))
    got = AttentionLoss()(output, targets([2, 2], [True, False], folding))["loss"]
    p = logits.softmax(-1)[0]
    folded = -((p[0, 0, 1] + p[0, 0, 2]).log() + (p[0, 1, 3] + p[0, 1, 4]).log() + p[0, 2, 0].log()) / 3
    plain = -(p[1, 0, 2].log() + p[1, 1, 4].log() + p[1, 2, 0].log()) / 3
    torch.testing.assert_close(got, (folded + plain) / 2)


def test_a_line_longer_than_the_network_writes_counts_nothing():
    logits = torch.randn(1, 1, 3, 5, requires_grad=True)
    output = ParseqOutput(logits, torch.tensor([[1, 2, 0]]))
    total = AttentionLoss()(output, targets([7], [False], torch.arange(5)))["loss"]
    total.backward()
    assert float(total.detach()) == 0
    assert not logits.grad.any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
@pytest.mark.parametrize("level", [0.0, 80.0, -65504.0, float("inf"), float("-inf")])
@pytest.mark.parametrize("folded", [True, False])
def test_loss_and_gradient_are_finite(dtype, level, folded):
    logits = torch.randn(2, 2, 4, 5, generator=torch.Generator().manual_seed(0))
    logits[..., 1] += level
    logits = logits.to(dtype).requires_grad_()
    output = ParseqOutput(logits, torch.tensor([[1, 2, 3, 0], [0, 0, 0, 0]]))
    total = AttentionLoss()(output, targets([3, 0], [folded] * 2, torch.tensor([0, 2, 2, 4, 4])))["loss"]
    total.backward()
    assert total.isfinite()
    assert total.dtype == torch.float32
    assert logits.grad.isfinite().all()


def test_log_probabilities_of_plain_lines_are_those_of_a_softmax():
    logits = torch.randn(3, 4)
    plain = log_probabilities(logits, torch.tensor(False), torch.arange(4))
    torch.testing.assert_close(plain, logits.log_softmax(-1))


def test_it_learns_to_read_and_reads_at_inference_what_it_learnt():
    network = small(permutations=2)
    texts = torch.tensor([[1, 2, 3, 1], [4, 5, 0, 0], [6, 0, 0, 0], [2, 2, 4, 0]])
    pictures = lines(4)
    wanted = targets([4, 2, 1, 3], [False] * 4, torch.arange(7))
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    criterion = AttentionLoss()
    for _ in range(80):
        optimizer.zero_grad()
        criterion(network(pictures, texts), wanted)["loss"].backward()
        optimizer.step()
    # The statistics of this one batch, so that evaluation sees what training saw.
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    with torch.no_grad():
        network(pictures, texts)
        found = network.eval()(pictures).argmax(2)
    for row, text in enumerate(texts):
        length = int((text > 0).sum())
        assert found[row, : length + 1].tolist() == [*text[:length].tolist(), 0]


def test_training_without_transcripts_and_a_width_that_does_not_fit_are_refused():
    with pytest.raises(ValueError, match="transcripts"):
        small().train()(lines(1))
    with pytest.raises(ValueError, match="multiple of 6"):
        small(heads=3)
