"""CTC's sum over alignments in operations that never make the host wait for the device.

PyTorch's own for CUDA copies lengths and offsets between host and device in every call, and each copy waits for all
work that is queued. This one is a loop of a few small operations a step: slower on a CPU, where the other is used.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

#: Stands for log 0: finite, so that no difference of two of them is NaN.
_NEVER = -1e30


class _Alignment(torch.autograd.Function):
    """Forward and backward variables of Graves et al., 2006, equations 6 to 16, in one recursion over the steps."""

    @staticmethod
    def forward(ctx: Any, logp: Tensor, classes: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
        """See `ctc_alignment`."""
        n, t_max, _ = logp.shape
        # Blanks before, between and after the characters.
        path = pad(torch.stack([torch.zeros_like(classes), classes], 2).flatten(1), (0, 1))
        s_max = path.shape[1]
        s, t = (torch.arange(size, device=logp.device) for size in (s_max, t_max))
        last = 2 * lengths[:, None]
        emitted = logp.gather(2, path[:, None].expand(n, t_max, s_max))
        emitted = emitted.masked_fill((s > last)[:, None], _NEVER)
        # Backwards from its own end a line's sum is a forward sum: both run as one batch.
        mirror_s = (last - s).clamp(min=0)
        mirror_t = (steps[:, None] - 1 - t).clamp(min=0)
        path = torch.cat([path, path.gather(1, mirror_s)])
        both = torch.cat([emitted, _mirrored(emitted, mirror_t, mirror_s)])
        both = both.masked_fill((s > last.repeat(2, 1))[:, None], _NEVER)
        leap = pad((path[:, 2:] != path[:, :-2]) & (path[:, 2:] != 0), (2, 0))
        row = both[:, 0].masked_fill(s > 1, _NEVER)
        rows = [row]
        for step in range(1, t_max):
            two = pad(row, (2, 0), value=_NEVER)[:, :-2].masked_fill(~leap, _NEVER)
            one = pad(row, (1, 0), value=_NEVER)[:, :-1]
            row = (torch.logaddexp(torch.logaddexp(row, one), two) + both[:, step]).clamp(min=_NEVER)
            rows.append(row)
        table = torch.stack(rows, 1)
        alpha, beta = table[:n], _mirrored(table[n:], mirror_t, mirror_s)
        end = alpha.gather(1, (steps[:, None, None] - 1).clamp(min=0).expand(n, 1, s_max))[:, 0]
        # The last character, or the blank after it.
        ends = end.masked_fill((s > last) | (s < last - 1), _NEVER)
        total = torch.logsumexp(ends, 1)
        possible = (total > 0.5 * _NEVER) & (steps > 0)
        share = (alpha + beta - emitted - total[:, None, None]).clamp(max=0.0).exp()
        counted = possible[:, None, None] & (t < steps[:, None])[:, :, None] & (s <= last)[:, None]
        share = torch.where(counted, share, 0.0)
        places = path[:n, None].expand(n, t_max, s_max)
        ctx.save_for_backward(torch.zeros_like(logp).scatter_add_(2, places, share))
        return torch.where(possible, -total, 0.0)

    @staticmethod
    def backward(ctx: Any, *upstream: Any) -> Any:
        """Minus the probability that a step emits a class, given the transcript."""
        (occupancy,) = ctx.saved_tensors
        return -occupancy * upstream[0][:, None, None], None, None, None


def _mirrored(table: Tensor, mirror_t: Tensor, mirror_s: Tensor) -> Tensor:
    n, t_max, s_max = table.shape
    turned = table.gather(1, mirror_t[:, :, None].expand(n, t_max, s_max))
    return turned.gather(2, mirror_s[:, None].expand(n, t_max, s_max))


def ctc_alignment(logp: Tensor, classes: Tensor, steps: Tensor, lengths: Tensor) -> Tensor:
    """Minus the log probability of each transcript; 0 without a gradient where its steps are too few.

    Args:
        logp: (N, T, K) float32 log probabilities, class 0 the blank.
        classes: (N, L) int64, transcripts, 0 beyond their ends.
        steps: (N,) int64, steps of each line, 1 … T.
        lengths: (N,) int64, characters of each line, 0 … L.

    Returns:
        (N,) float32.
    """
    result: Tensor = _Alignment.apply(logp, classes, steps, lengths)
    return result


def padded(classes: Tensor, lengths: Tensor, most: int) -> Tensor:
    """Transcripts one after the other, (sum of lengths,), to rows (N, L) with 0 beyond their ends.

    Args:
        classes: int64.
        lengths: (N,) int64.
        most: L; of a longer transcript the rest is left out.
    """
    starts = lengths.cumsum(0) - lengths
    columns = torch.arange(most, device=classes.device)
    # One more at the end, so that there is something to take where all are empty.
    taken = pad(classes, (0, 1))[(starts[:, None] + columns).clamp(max=classes.shape[0])]
    return torch.where(columns < lengths[:, None], taken, 0)
