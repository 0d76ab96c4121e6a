"""CTC that looks only at the classes of a batch is CTC."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from ocr.models.loss.few_classes import few_classes_ctc  # noqa: E402


def test_loss_and_gradient_are_those_of_ctc_over_all_classes() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(4, 17, 60, generator=generator) * 2
    lengths = torch.tensor([5, 1, 7, 9])
    classes = torch.randint(1, 60, (int(lengths.sum()),), generator=generator)
    classes[1] = classes[0]  # a repeated character needs a blank between
    steps = torch.tensor([17, 4, 12, 8])  # the last line has too few
    one, two = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    ours = few_classes_ctc(one, classes, steps, lengths)
    theirs = torch.nn.functional.ctc_loss(
        two.log_softmax(-1).transpose(0, 1), classes, steps, lengths, reduction="none", zero_infinity=True
    )
    torch.testing.assert_close(ours, theirs)
    weight = torch.tensor([1.0, 0.5, 2.0, 1.0])
    (ours * weight).sum().backward()
    (theirs * weight).sum().backward()
    torch.testing.assert_close(one.grad, two.grad, atol=1e-5, rtol=1e-4)
    assert ours[3] == 0
    assert not one.grad[3].any()
