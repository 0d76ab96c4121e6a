"""Copies to the host that are read later hold what the device had computed by then."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.training.host import HostCopy  # noqa: E402

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


@pytest.mark.parametrize("device", DEVICES)
def test_a_copy_holds_the_values_of_its_tensors(device):
    x = torch.arange(6, dtype=torch.float32, device=device).reshape(2, 3).requires_grad_()
    numbers, flags = HostCopy(x * 2, x.detach() > 2).arrays()
    np.testing.assert_array_equal(numbers, np.arange(6, dtype=np.float32).reshape(2, 3) * 2)
    assert flags.dtype == bool
    assert flags.sum() == 3
