"""Losses stay finite whatever comes in, and are what the papers write."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch import Tensor  # noqa: E402

import ocr  # noqa: E402
from ocr.models.head.db import DbOutput, approximate_binary  # noqa: E402
from ocr.models.loss import CtcLoss, CtcTargets, DbLoss, DbTargets  # noqa: E402
from ocr.models.loss.db import balanced_bce, dice_loss, masked_l1  # noqa: E402

DTYPES = [torch.float32, torch.bfloat16, torch.float16]
LOGITS = {
    "zero": 0.0,
    "large": 80.0,
    "lowest of half precision": -65504.0,
    "infinite": float("inf"),
    "minus infinite": float("-inf"),
}
MAPS = {
    "text and background": (0.3, 1.0),
    "no text": (0.0, 1.0),
    "all text": (1.0, 1.0),
    "all ignored": (0.3, 0.0),
    "text that is all ignored": (1.0, 0.0),
}


def db_targets(text_share: float, mask: float, generator: torch.Generator) -> DbTargets:
    shape = (2, 16, 16)
    text = (torch.rand(shape, generator=generator) < text_share).to(torch.uint8)
    band = (torch.rand(shape, generator=generator) < text_share).to(torch.uint8)
    return DbTargets(
        text, torch.full(shape, mask).to(torch.uint8), torch.rand(shape, generator=generator), band
    )


def db_output(logits: Tensor, threshold_logits: Tensor) -> DbOutput:
    threshold = torch.sigmoid(threshold_logits.float())
    return DbOutput(logits, threshold, approximate_binary(torch.sigmoid(logits.float()), threshold, 50.0))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("maps", MAPS)
@pytest.mark.parametrize("level", LOGITS)
def test_db_loss_and_gradient_are_finite(dtype, maps, level):
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn((2, 1, 16, 16), generator=generator)
    logits = (LOGITS[level] + spread).to(dtype).requires_grad_()
    threshold = (-LOGITS[level] + spread).to(dtype).requires_grad_()
    parts = DbLoss()(db_output(logits, threshold), db_targets(*MAPS[maps], generator))
    assert all(part.isfinite() and part.dtype == torch.float32 for part in parts.values())
    parts["loss"].backward()
    assert logits.grad.isfinite().all()
    assert threshold.grad.isfinite().all()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**31),
    st.floats(-1e4, 1e4),
    st.floats(0, 1e4),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0]),
    st.sampled_from(DTYPES),
)
def test_db_loss_is_finite_for_any_logits(seed, centre, spread, text_share, mask, dtype):
    generator = torch.Generator().manual_seed(seed)
    logits = (centre + spread * torch.randn((2, 1, 16, 16), generator=generator)).to(dtype).requires_grad_()
    parts = DbLoss()(db_output(logits, logits), db_targets(text_share, mask, generator))
    parts["loss"].backward()
    assert parts["loss"].isfinite()
    assert parts["loss"] >= 0
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("level", [20.0, 80.0, 5000.0])
def test_a_wrong_saturated_map_still_has_a_gradient(level):
    logits = torch.full((1, 1, 8, 8), level, requires_grad=True)
    nothing = DbTargets(*(torch.zeros(1, 8, 8) for _ in range(4)))._replace(weight=torch.ones(1, 8, 8))
    DbLoss()(db_output(logits, torch.zeros(1, 1, 8, 8)), nothing)["loss"].backward()
    assert (logits.grad > 0).all()


def test_the_naive_binary_map_fails_in_half_precision_where_ours_holds():
    difference = torch.tensor([-1.0, -0.5, 0.0, 0.5, 1.0], dtype=torch.float16)

    def naive(x: Tensor) -> Tensor:
        return torch.reciprocal(1 + torch.exp(-50 * x))

    x = difference.clone().requires_grad_()
    naive(x).sum().backward()
    assert not x.grad.isfinite().all()

    probability = difference.clamp(0, 1).requires_grad_()
    threshold = (-difference).clamp(0, 1).requires_grad_()
    binary = approximate_binary(probability, threshold, 50.0)
    binary.sum().backward()
    assert probability.grad.isfinite().all()
    assert threshold.grad.isfinite().all()
    torch.testing.assert_close(binary, torch.sigmoid(50 * (probability.float() - threshold.float())))


def test_naive_dice_and_l1_overflow_in_half_precision_where_ours_hold():
    # A page has more pixels than half precision can count.
    full = torch.ones((1, 640, 640), dtype=torch.float16)
    empty = torch.zeros_like(full)
    naive = 1 - 2 * (full * full).sum() / (full.sum() + full.sum())
    assert not naive.isfinite()
    assert not ((full - empty).abs() * full).sum().isfinite()
    assert float(dice_loss(full, full, full)) == pytest.approx(0, abs=1e-6)
    assert float(masked_l1(full, empty, full)) == pytest.approx(1)


def test_naive_cross_entropy_is_infinite_in_half_precision_where_ours_holds():
    logits = torch.full((1, 8, 8), 20.0, dtype=torch.float16)
    text, mask = torch.zeros(1, 8, 8), torch.ones(1, 8, 8)
    probability = torch.sigmoid(logits)
    assert not (-torch.log(1 - probability)).mean().isfinite()
    assert float(balanced_bce(logits, text, mask, 3.0)) == pytest.approx(20, rel=1e-3)


_PARTS = {
    "dice": lambda x, text, mask: dice_loss(torch.sigmoid(x), text, mask),
    "cross-entropy": lambda x, text, mask: balanced_bce(x, text, mask, 3.0),
    "l1": lambda x, text, mask: masked_l1(torch.sigmoid(x), text, mask),
}


@pytest.mark.parametrize("part", _PARTS)
@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**31),
    st.one_of(st.floats(-65504, 65504), st.sampled_from([float("inf"), float("-inf")])),
    st.floats(0, 1e4),
    st.sampled_from([0.0, 0.3, 1.0]),
    st.sampled_from([0.0, 0.5, 1.0]),
    st.sampled_from(DTYPES),
)
def test_each_part_is_finite_on_its_own(part, seed, centre, spread, text_share, mask_share, dtype):
    """Empty and full text, everything ignored, saturated maps and extreme logits, in every precision."""
    generator = torch.Generator().manual_seed(seed)
    shape = (2, 16, 16)
    logits = (centre + spread * torch.randn(shape, generator=generator)).to(dtype).requires_grad_()
    text = (torch.rand(shape, generator=generator) < text_share).to(dtype)
    mask = (torch.rand(shape, generator=generator) < mask_share).to(dtype)
    loss = _PARTS[part](logits, text, mask)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.isfinite()
    assert loss >= 0
    assert logits.grad.isfinite().all()
    if mask_share == 0.0:
        assert float(loss.detach()) == 0
        assert not logits.grad.any()


def naive_sigmoids(source: str) -> list[str]:
    """Every 1 / (… exp …), reciprocal(… exp …) and (… exp …) ** -1 in a module, over any number of lines."""

    def has_exp(node: ast.AST) -> bool:
        calls = (n.func for n in ast.walk(node) if isinstance(n, ast.Call))
        names = {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}
        return bool(names & {"exp", "exp2", "expm1", "exp_"})

    def is_sum(node: ast.AST) -> bool:
        added = any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Add) for n in ast.walk(node))
        return added or "add" in ast.dump(node)

    tree, found = ast.parse(source), []
    # A denominator may have got a name first: denominator = 1 + exp(-x).
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def bad(node: ast.AST) -> bool:
        node = named.get(node.id, node) if isinstance(node, ast.Name) else node
        return has_exp(node) and is_sum(node)

    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            hit = bad(node.right)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            hit = bad(node.left) and isinstance(node.right, ast.UnaryOp)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            hit = name in ("reciprocal", "reciprocal_") and any(map(bad, (*node.args, *receiver)))
            divided = name in ("div", "true_divide", "divide", "rdiv")
            hit = hit or (divided and any(map(bad, node.args)))
        else:
            continue
        if hit:
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize(
    "source",
    [
        "b = 1.0 / (1 + torch.exp(-k * (p - t)))",
        "b = 1 / (1 +\n    exp(\n  -x))",
        "b = torch.reciprocal(1 + torch.exp(-x))",
        "b = (1 + (-x).exp()).reciprocal()",
        "b = (1 + np.exp(-x)) ** -1",
        "d = 1 + torch.exp(-k * (p - t))\nb = 1 / d",
        "b = torch.div(1, 1 + torch.exp(-x))",
        "b = x.exp() / (1 + x.exp())",
    ],
)
def test_the_search_finds_the_naive_forms(source):
    assert naive_sigmoids(source)


@pytest.mark.parametrize(
    "source", ["b = torch.sigmoid(k * (p - t))", "a = x / (1 + y)", "a = torch.exp(-x) / 2"]
)
def test_the_search_leaves_the_rest_alone(source):
    assert naive_sigmoids(source) == []


def test_no_reciprocal_or_exponential_form_of_the_sigmoid_in_the_source():
    found = {
        str(path): forms
        for path in sorted(Path(ocr.__file__).parent.rglob("*.py"))
        if (forms := naive_sigmoids(path.read_text("utf-8")))
    }
    assert found == {}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**31),
    st.floats(0, 0.4),
    st.floats(0.5, 8),
    st.floats(0.5, 5),
    st.sampled_from([0.0, 0.3]),
)
def test_hard_negatives_are_those_of_a_sort(seed, text_share, spread, ratio, ignored):
    generator = torch.Generator().manual_seed(seed)
    shape = (2, 12, 12)
    logits = (spread * torch.randn(shape, generator=generator)).clamp(-12, 12)
    text = (torch.rand(shape, generator=generator) < text_share).float()
    mask = (torch.rand(shape, generator=generator) >= ignored).float()
    logits.requires_grad_()
    got = balanced_bce(logits, text, mask, ratio)
    got.backward()
    counted = logits.grad.abs() > 0

    # Slow and literal: sort all negatives by their loss and take as many as wanted.
    positive, negative = (text * mask).bool(), ((1 - text) * mask).bool()
    hardest = sorted(logits.detach()[negative].tolist(), reverse=True)
    wanted = max(ratio * float(positive.sum()), 0.01 * len(hardest))
    taken = min(len(hardest), max(1, int(np.ceil(wanted)))) if hardest else 0

    assert counted[positive].all()
    assert not counted[~(positive | negative)].any()
    mined = sorted(logits.detach()[negative & counted].tolist(), reverse=True)
    # All that the sort takes, and beyond them only such as share the last one's bin of probability.
    assert mined[:taken] == hardest[:taken]
    if taken:
        edge = float(torch.sigmoid(torch.tensor(hardest[taken - 1])))
        assert all(float(torch.sigmoid(torch.tensor(x))) >= edge - 1 / 255 for x in mined[taken:])
    losses = torch.nn.functional.binary_cross_entropy_with_logits(logits.detach(), text, reduction="none")
    expected = losses[counted].sum() / max(1, int(counted.sum()))
    torch.testing.assert_close(got.detach(), expected, rtol=1e-4, atol=1e-6)


def test_hard_negatives_equal_a_sort_where_no_two_share_a_bin():
    # 40 negatives at probabilities 1/50 apart, 5 pixels of text: the 15 surest negatives count.
    logits = torch.logit(torch.cat([torch.linspace(0.02, 0.8, 40), torch.full((5,), 0.9)]))[None, None]
    text = torch.cat([torch.zeros(40), torch.ones(5)])[None, None]
    losses = torch.nn.functional.binary_cross_entropy_with_logits(logits, text, reduction="none")[0, 0]
    expected = (losses[25:40].sum() + losses[40:].sum()) / 20
    torch.testing.assert_close(balanced_bce(logits, text, torch.ones_like(text), 3.0), expected)


def test_dice_and_l1_on_worked_examples():
    prediction = torch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    text = torch.tensor([[[1.0, 0.0, 1.0, 0.0]]])
    everything = torch.ones_like(text)
    # 2 · 1 shared of 2 + 2, with one added above and below the line.
    assert float(dice_loss(prediction, text, everything)) == pytest.approx(1 - 3 / 5)
    assert float(dice_loss(text, text, everything)) == pytest.approx(0)
    assert float(dice_loss(prediction, text, torch.zeros_like(text))) == 0
    # Off by 1 at two of the three pixels that count.
    mask = torch.tensor([[[1.0, 1.0, 1.0, 0.0]]])
    assert float(masked_l1(prediction, text, mask)) == pytest.approx(2 / 3)
    assert float(masked_l1(prediction, text, torch.zeros_like(mask))) == 0


# Classes: 0 blank, 1 a, 2 A, 3 b, 4 B, 5 the digit 1.
FOLDING = torch.tensor([0, 2, 2, 4, 4, 5])
CASES = {2: (1, 2), 4: (3, 4), 5: (5,)}


def ctc_targets(texts: list[list[int]], steps: list[int], folded: list[bool]) -> CtcTargets:
    return CtcTargets(
        torch.tensor([c for text in texts for c in text], dtype=torch.long),
        torch.tensor([len(text) for text in texts]),
        torch.tensor(steps),
        torch.tensor(folded),
        FOLDING,
    )


def collapsed(path: tuple[int, ...]) -> list[int]:
    return [c for c, _ in itertools.groupby(path) if c != 0]


def path_sum(logits: Tensor, accepts) -> float:
    """Minus the logarithm of the summed probability of every path that is accepted."""
    probability = torch.softmax(logits.double(), 1).numpy()
    total = sum(
        float(np.prod([probability[t, c] for t, c in enumerate(path)]))
        for path in itertools.product(range(probability.shape[1]), repeat=len(probability))
        if accepts(path)
    )
    return float(-np.log(total))


@pytest.mark.parametrize("text", [[2], [2, 4], [2, 2], [2, 5, 4], [5, 5]])
def test_ctc_is_the_sum_over_all_paths(text):
    logits = torch.randn((1, 4, 6), generator=torch.Generator().manual_seed(len(text)))
    plain = CtcLoss()(logits, ctc_targets([text], [4], [False]))["loss"]
    assert float(plain) == pytest.approx(
        path_sum(logits[0], lambda p: collapsed(p) == text) / len(text), rel=1e-4
    )


@pytest.mark.parametrize("text", [[2], [2, 4], [2, 2], [2, 5, 4], [5, 5]])
def test_folded_ctc_is_the_sum_over_all_paths_in_either_case(text):
    logits = torch.randn((1, 4, 6), generator=torch.Generator().manual_seed(len(text)))
    folded = CtcLoss()(logits, ctc_targets([text], [4], [True]))["loss"]
    fold = FOLDING.tolist()
    # A step's class is first folded, then repeats join: a path may change case inside a letter.
    expected = path_sum(logits[0], lambda p: collapsed(tuple(fold[c] for c in p)) == text)
    assert float(folded) == pytest.approx(expected / len(text), rel=1e-4)


def test_folding_concerns_its_own_lines_alone():
    logits = torch.randn((2, 5, 6), generator=torch.Generator().manual_seed(1))
    both = CtcLoss()(logits, ctc_targets([[2, 4], [2, 4]], [5, 5], [True, False]))["loss"]
    alone = [CtcLoss()(logits[[i]], ctc_targets([[2, 4]], [5], [i == 0]))["loss"] for i in (0, 1)]
    assert float(both) == pytest.approx(float(alone[0] + alone[1]) / 2, rel=1e-5)
    # Blind to case: whichever case the print has, the loss of a folded line is no greater.
    swapped = logits[:, :, [0, 2, 1, 4, 3, 5]]
    fold = CtcLoss()(logits, ctc_targets([[2, 4], [2, 4]], [5, 5], [True, True]))["loss"]
    fold_swapped = CtcLoss()(swapped, ctc_targets([[2, 4], [2, 4]], [5, 5], [True, True]))["loss"]
    torch.testing.assert_close(fold, fold_swapped)


def test_padding_steps_do_not_count():
    logits = torch.randn((1, 6, 6), generator=torch.Generator().manual_seed(2))
    short = CtcLoss()(logits[:, :4], ctc_targets([[2, 5]], [4], [False]))["loss"]
    torch.testing.assert_close(CtcLoss()(logits, ctc_targets([[2, 5]], [4], [False]))["loss"], short)


@pytest.mark.parametrize(
    "text", [[2, 4, 5, 4, 2], [2, 2, 2]], ids=["more characters than steps", "no room for blanks"]
)
@pytest.mark.parametrize("folded", [True, False])
def test_a_line_that_cannot_fit_counts_nothing(text, folded):
    logits = torch.randn((1, 4, 6), generator=torch.Generator().manual_seed(3)).requires_grad_()
    total = CtcLoss()(logits, ctc_targets([text], [4], [folded]))["loss"]
    total.backward()
    assert float(total.detach()) == 0
    assert (logits.grad == 0).all()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("level", [*LOGITS.values(), 1e30])
@pytest.mark.parametrize(
    "texts", [[[2, 4], [5]], [[], [2]], [[], []]], ids=["text", "one empty", "all empty"]
)
def test_ctc_loss_and_gradient_are_finite(dtype, level, texts):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((2, 6, 6), generator=generator)
    logits[:, :, 1] += level
    logits = logits.to(dtype).requires_grad_()
    total = CtcLoss()(logits, ctc_targets(texts, [6, 5], [True, False]))["loss"]
    assert total.isfinite()
    assert total.dtype == torch.float32
    total.backward()
    assert logits.grad.isfinite().all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.floats(0, 1e5), st.integers(1, 6), st.sampled_from(DTYPES), st.booleans())
def test_ctc_is_finite_for_any_logits_and_length(seed, spread, length, dtype, folded):
    generator = torch.Generator().manual_seed(seed)
    logits = (spread * torch.randn((1, 5, 6), generator=generator)).to(dtype).requires_grad_()
    text = torch.randint(0, 3, (length,), generator=generator)
    targets = ctc_targets([[(2, 4, 5)[i] for i in text.tolist()]], [5], [folded])
    total = CtcLoss()(logits, targets)["loss"]
    total.backward()
    assert total.isfinite()
    assert logits.grad.isfinite().all()
