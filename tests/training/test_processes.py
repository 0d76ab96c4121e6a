"""Two processes (gloo, on the CPU, started by torchrun) train as one with batches twice as large."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, write_pages  # noqa: E402
from tests.waiting import PATIENCE  # noqa: E402

pytestmark = pytest.mark.skipif(
    not torch.distributed.is_available() or not torch.distributed.is_gloo_available(), reason="no gloo here"
)

#: One run of the detector; the second step of one process has a loss that is not finite.
PROGRAM = """
import json, os, sys, warnings
import torch
from ocr.training import run
from ocr.training.module import TrainingModule

rank = int(os.environ.get("RANK", 0))
bad_rank, notes, given = json.loads(sys.argv[1])
bad = []
step = TrainingModule.training_step

def training_step(self, batch, batch_idx):
    # A CPU has no statistics over several processes: they stay as they are, so that the gradients compare.
    for module in self.network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.eval()
    if self.global_step != 1 or rank != bad_rank:
        return step(self, batch, batch_idx)
    bad.extend(batch.names)
    spoilt = lambda module, taken, parts: {**parts, "loss": parts["loss"] + float("inf")}
    hook = self.loss.register_forward_hook(spoilt)
    try:
        return step(self, batch, batch_idx)
    finally:
        hook.remove()

TrainingModule.training_step = training_step
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run.run(run.compose("detection", given))
told = [str(w.message) for w in caught if "steps so far" in str(w.message)]
with open(f"{notes}.{rank}", "w") as file:
    json.dump({"told": told, "bad": bad}, file)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a run of two processes and of one with the double batch."""
    folder = tmp_path_factory.mktemp("processes")
    # Of many pages the two processes draw different ones.
    data = write_pages(folder / "pages", 12)
    program = folder / "train.py"
    program.write_text(PROGRAM, "utf-8")

    def train(name: str, bad_rank: int, command: list[str], *more: str) -> None:
        # Plain gradient descent at a rate that stays: what differs in the weights differed in the gradients.
        descent = [
            "optimizer._target_=torch.optim.SGD",
            "optimizer.lr=0.05",
            "clip=1e9",
            "scheduler.floor=1.0",
        ]
        given = [*overrides("detection", data, folder / name), *descent, "scheduler.warmup=1", *more]
        given = [
            o
            for o in given
            if o not in ("steps=6", "epoch_steps=2", "scheduler.warmup=2", "data.batch_size=2")
        ]
        told = json.dumps([bad_rank, str(folder / name / "notes"), [*given, "steps=3", "epoch_steps=3"]])
        done = subprocess.run(
            [*command, str(program), told], capture_output=True, text=True, timeout=3 * PATIENCE
        )
        assert done.returncode == 0, done.stderr[-3000:]

    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    train("two", 1, torchrun, "data.batch_size=3", "trainer.devices=2", "+trainer.strategy=ddp")
    train("one", 0, [sys.executable], "data.batch_size=6")
    return folder


def test_two_processes_train_as_one_with_the_double_batch(trained):
    one, two = (
        torch.load(trained / name / "checkpoints" / "last.ckpt", weights_only=True)["current_model_state"]
        for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-3, atol=1e-5, msg=lambda m, n=name: f"{n}: {m}")


def test_a_bad_batch_of_one_process_is_skipped_by_both_and_named_by_the_first(trained):
    first, second = (json.loads((trained / f"two/notes.{rank}").read_text("utf-8")) for rank in (0, 1))
    # The second process had the bad batch; the first, which prints, tells its files and no others.
    assert first["bad"] == []
    assert second["bad"]
    (message,) = first["told"]
    assert "1 steps so far" in message
    assert set(message.rsplit("files: ", 1)[1].split(", ")) == set(second["bad"])
