"""The averaged weights: their warm-up, and checkpoints of Lightning's own averaging."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
lightning = pytest.importorskip("lightning")

from lightning.pytorch.callbacks import EMAWeightAveraging  # noqa: E402

from ocr.training.callbacks import WarmAveraging  # noqa: E402


class Line(lightning.LightningModule):
    """A layer whose weight is the number of steps taken, with a buffer of each kind."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(()))
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))
        self.validated = []

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 1.0)

    def training_step(self, batch, batch_idx):
        self.mean += 10
        self.count += 1
        return -self.weight

    def validation_step(self, batch, batch_idx):
        self.validated.append(float(self.weight))


def fit(callback, folder: Path, epochs: int, resume: Path | None = None) -> Line:
    loader = torch.utils.data.DataLoader(range(5))
    module = Line()
    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=epochs, callbacks=[callback], logger=False, default_root_dir=folder,
        enable_progress_bar=False, enable_model_summary=False, enable_checkpointing=False, num_sanity_val_steps=0,
    )  # fmt: skip
    trainer.fit(module, loader, torch.utils.data.DataLoader(range(1)), ckpt_path=resume, weights_only=True)
    trainer.save_checkpoint(folder / "last.ckpt")
    return module


def averages(decay: float, steps: int) -> list[float]:
    found, mean = [], 0.0
    for n in range(steps):
        share = 0.0 if n == 0 else min(decay, (1 + n) / (10 + n))
        mean = share * mean + (1 - share) * (n + 1)
        found.append(mean)
    return found


def test_the_decay_grows_to_its_limit():
    callback = WarmAveraging(0.998)
    decays = [callback.decay_at(n) for n in range(10_000)]
    assert decays[0] == 0
    assert decays == sorted(decays)
    assert decays[9] == pytest.approx(10 / 19)
    assert decays[-1] == 0.998


@pytest.mark.parametrize("decay", [-0.1, 1.0, 2.0])
def test_a_decay_that_never_learns_is_refused(decay):
    with pytest.raises(ValueError, match="0 <= decay < 1"):
        WarmAveraging(decay)


@pytest.mark.parametrize("decay", [0.0, 0.3, 0.9])
def test_the_average_is_that_of_the_formula(decay, tmp_path):
    module = fit(WarmAveraging(decay), tmp_path, epochs=2)
    expected = averages(decay, 10)
    # Validation after 5 and 10 steps sees the average; the end leaves it in the module.
    assert module.validated == pytest.approx([expected[4], expected[9]], rel=1e-5)
    assert float(module.weight) == pytest.approx(expected[9], rel=1e-5)
    assert float(module.mean) == pytest.approx(10 * expected[9], rel=1e-5)
    assert int(module.count) == 10


def test_the_average_of_the_first_steps_is_not_the_start(tmp_path):
    warm = fit(WarmAveraging(0.998), tmp_path, epochs=2)
    assert float(warm.weight) > 7  # of 10; a constant decay of 0.998 would still be near 1


class Keep(EMAWeightAveraging):
    """Lightning's, leaving a checkpoint in the middle of the training."""

    def on_train_end(self, trainer, pl_module):
        trainer.save_checkpoint(Path(trainer.default_root_dir) / "middle.ckpt")
        super().on_train_end(trainer, pl_module)


def test_a_checkpoint_of_lightnings_averaging_is_taken_up(tmp_path):
    (tmp_path / "first").mkdir()
    fit(Keep(decay=0.9), tmp_path / "first", epochs=1)
    middle = tmp_path / "first" / "middle.ckpt"
    saved = torch.load(middle, weights_only=True)
    assert int(saved["averaging_state"]["n_averaged"]) == 5
    callback = WarmAveraging(0.9)
    module = fit(callback, tmp_path, epochs=2, resume=middle)
    mean = float(saved["state_dict"]["weight"])
    assert float(saved["current_model_state"]["weight"]) == 5
    for n in range(5, 10):
        share = min(0.9, (1 + n) / (10 + n))
        mean = share * mean + (1 - share) * (n + 1)
    assert callback.updates == 10
    assert float(module.weight) == pytest.approx(mean, rel=1e-5)
