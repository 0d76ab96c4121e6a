"""The alignment without synchronisation against PyTorch's own CTC."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from ocr.models.loss.alignment import ctc_alignment, padded  # noqa: E402


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 9), st.floats(0, 30), st.integers(1, 5))
def test_loss_and_gradient_are_those_of_pytorch(seed, t_max, spread, kinds):
    generator = torch.Generator().manual_seed(seed)
    n = 4
    lengths = torch.randint(0, 6, (n,), generator=generator)
    steps = torch.randint(1, t_max + 1, (n,), generator=generator)
    # Few kinds of characters, so that some repeat and need a blank between them.
    flat = torch.randint(1, kinds + 1, (int(lengths.sum()),), generator=generator)
    logits = spread * torch.randn((n, t_max, 6), generator=generator)
    weights = torch.rand(n, generator=generator)

    first = logits.clone().requires_grad_()
    logp = torch.log_softmax(first, 2).transpose(0, 1)
    expected = torch.nn.functional.ctc_loss(logp, flat, steps, lengths, reduction="none", zero_infinity=True)
    (expected * weights).sum().backward()

    second = logits.clone().requires_grad_()
    got = ctc_alignment(torch.log_softmax(second, 2), padded(flat, lengths, 7), steps, lengths)
    (got * weights).sum().backward()

    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(second.grad, first.grad, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("level", [0.0, 50.0, -50.0, 1e4, float("inf"), float("-inf")])
def test_extreme_logits_have_finite_losses_and_gradients(level):
    logits = torch.randn((2, 6, 4), generator=torch.Generator().manual_seed(0))
    logits[:, :, 1] += level
    logits = logits.clamp(-50, 50).requires_grad_()
    classes = torch.tensor([[1, 1, 2], [3, 0, 0]])
    losses = ctc_alignment(torch.log_softmax(logits, 2), classes, torch.tensor([6, 3]), torch.tensor([3, 1]))
    losses.sum().backward()
    assert losses.isfinite().all()
    assert logits.grad.isfinite().all()


def test_transcripts_in_rows():
    rows = padded(torch.tensor([4, 5, 6, 7]), torch.tensor([2, 0, 1, 1]), 3)
    assert rows.tolist() == [[4, 5, 0], [0, 0, 0], [6, 0, 0], [7, 0, 0]]
    assert padded(torch.tensor([], dtype=torch.long), torch.tensor([0, 0]), 2).tolist() == [[0, 0], [0, 0]]
