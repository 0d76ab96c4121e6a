"""A training step never waits for the device: nothing on the host depends on a value that is computed there.

Without a GPU this is proven in two ways. On the device ``meta`` tensors have a shape and no values, so that reading
one (``item``, ``tolist``, ``cpu``, ``numpy``, a branch, a size that depends on values) is an error. And in a whole run
on the CPU every operation that reads a scalar or finds a size from values is counted between two log points. With a
GPU, CUDA itself reports every synchronisation.
"""

from __future__ import annotations

import ast
import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
lightning = pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides  # noqa: E402
from torch.optim.swa_utils import AveragedModel  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

import ocr.models  # noqa: E402
from ocr.training import choices, run, tasks  # noqa: E402
from ocr.training.callbacks import WarmAveraging  # noqa: E402
from ocr.training.detection_data import DetectionBatch  # noqa: E402
from ocr.training.module import TrainingModule  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
]

#: Operations that the host waits for: they read a value, or their result's size depends on values.
WAITS = {
    *("_local_scalar_dense", "equal", "is_nonzero", "nonzero", "masked_select", "unique2", "_unique2"),
    *("unique_dim", "unique_consecutive", "bincount", "repeat_interleave", "histc", "allclose"),
}


class Waits(TorchDispatchMode):
    """Collects the operations that would make the host wait for a device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        picks = args[1] if name in ("index", "index_put", "index_put_", "_index_put_impl_") else ()
        by_mask = any(t is not None and t.dtype in (torch.bool, torch.uint8) for t in picks)
        if name in WAITS or by_mask:
            self.found.append(name)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: bool(x.any()),
        lambda x: x[x > 0],
        lambda x: x.nonzero(),
        lambda x: torch.equal(x, x),
        lambda x: 1 if x.max() > 0 else 0,
    ],
)
def test_what_is_looked_for_is_found(read):
    with Waits() as waits:
        read(torch.ones(3))
    assert waits.found
    with pytest.raises((RuntimeError, NotImplementedError)):
        read(torch.ones(3, device="meta"))


def one_step(module: TrainingModule, batch, optimizer, averaging: WarmAveraging) -> None:
    """What Lightning does in a step, with the hooks of the module and of the averaging."""
    loss = module.training_step(batch, 0)
    loss.backward()
    module.on_before_optimizer_step(optimizer)
    # A fused optimiser takes the mark to the device; none is fused on the device meta.
    del optimizer.found_inf
    optimizer.step()
    optimizer.zero_grad()
    averaging._update(module)


def on(device: str, batch):
    if isinstance(batch, DetectionBatch):
        maps = type(batch.targets)(*(t.to(device) for t in batch.targets))
        return batch._replace(image=batch.image.to(device), targets=maps)
    return batch.to(torch.device(device))


def variants() -> list[tuple[str, str]]:
    """Every experiment, encoder, decoder, head and recogniser, with the loss that goes with it."""
    found = [(task, f"experiment={name}") for task in run.TASKS for name in experiments(task)]
    parts = [("detection", part) for part in ("encoder", "decoder")]
    found += [(task, f"{part}={option}") for task, part in parts for option in options(task, part)]
    found += [("detection", f"head={option} loss={option}") for option in options("detection", "head")]
    losses = {"composed_ctc": "ctc", "conv_ctc": "ctc", "parseq": "attention"}
    names = options("recognition", "recognizer")
    return found + [("recognition", f"recognizer={name} loss={losses[name]}") for name in names]


def options(task: str, group: str) -> tuple[str, ...]:
    return next(one.options for one in choices.groups(task) if one.name == group)


def experiments(task: str) -> list[str]:
    return [name for name in options(task, "experiment") if name]


def small(task: str, words: str, data, output) -> list[str]:
    """Overrides of a tiny run with such parts."""
    given = overrides(task, data, output)
    composed = run.compose(task, words.split())
    if task == "detection" and "stem" not in composed.encoder:
        given = [o for o in given if not o.startswith("encoder.")]
    if task == "detection" and "context" not in composed.encoder:
        given = [o for o in given if not o.startswith("encoder.context")]
    # A width for the six heads of an attention recogniser.
    return [*(o.replace("recognizer.width=8", "recognizer.width=24") for o in given), *words.split()]


@pytest.mark.parametrize(("task", "words"), variants())
def test_a_step_reads_no_value_of_the_device(task, words, data, tmp_path, monkeypatch):
    pytest.importorskip("timm")
    module, loader, _ = tasks.build(run.compose(task, small(task, words, data, tmp_path)))
    batch = next(iter(loader))
    module = module.to("meta").train()
    # Lightning takes values for its logger at the log points; between them it keeps tensors.
    monkeypatch.setattr(module, "log_dict", lambda values, **_: [v.shape for v in values.values()])
    # There is no autocast for this device.
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())
    module.trainer = SimpleNamespace(precision_plugin=SimpleNamespace(scaler=None))
    optimizer = torch.optim.SGD(module.parameters(), 0.1)
    averaging = WarmAveraging(0.9)
    averaging._average_model = AveragedModel(module, use_buffers=True)
    module.on_train_start()
    for _ in range(3):
        one_step(module, on("meta", batch), optimizer, averaging)
    assert averaging.updates == 3
    with pytest.raises((RuntimeError, NotImplementedError)):
        # Here it waits, and nowhere else.
        module.skipped.report()


def test_networks_and_losses_index_by_no_list():
    """A list becomes a tensor on the host, and copying it waits for the device; on the device meta none is made."""
    root = Path(next(iter(ocr.models.__path__)))
    indexed = [
        f"{file.relative_to(root)}:{node.lineno}"
        for file in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.List | ast.Tuple)
        and isinstance(node.ctx, ast.Load)
        and any(isinstance(part, ast.List) for part in [node.slice, *getattr(node.slice, "elts", [])])
        and not (isinstance(node.value, ast.Name) and node.value.id in ("Callable", "tuple", "dict"))
    ]
    assert indexed == []


@pytest.mark.parametrize("task", run.TASKS)
def test_a_run_waits_at_its_log_points_alone(task, data, tmp_path, monkeypatch):
    found: dict[int, list[str]] = {}

    class Watch(lightning.Callback):
        """Counts from the end of a batch to the end of the next, loading and moving included."""

        def on_train_start(self, trainer, module):
            self.mode = Waits()
            self.mode.__enter__()

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
            found[trainer.global_step] = self.mode.found
            self.mode.found = []

        def on_train_epoch_end(self, trainer, module):
            self.mode.__exit__(None, None, None)

    fit = lightning.Trainer.fit

    def watched(trainer, *args, **kwargs):
        # The last of all, so that the other callbacks are watched as well.
        trainer.callbacks.append(Watch())
        return fit(trainer, *args, **kwargs)

    monkeypatch.setattr(lightning.Trainer, "fit", watched)
    more = ["steps=8", "epoch_steps=8", "trainer.log_every_n_steps=4", "+trainer.enable_progress_bar=true"]
    given = [o for o in overrides(task, data, tmp_path, *more) if o != "+trainer.enable_progress_bar=false"]
    given = [o for o in given if o not in ("steps=6", "epoch_steps=2", "trainer.log_every_n_steps=1")]
    run.run(run.compose(task, given))
    assert set(found) == set(range(1, 9))
    # Batches are made by other processes where it matters; here the augmentation runs in between and may read.
    between = {step: ops for step, ops in found.items() if step not in (1, 4, 5, 8)}
    assert between == {2: [], 3: [], 6: [], 7: []}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine")
@pytest.mark.parametrize(("task", "words"), variants())
def test_cuda_reports_no_synchronisation_between_log_points(task, words, data, tmp_path, monkeypatch):
    class Strict(lightning.Callback):
        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
            if batch_idx == 1:
                torch.cuda.set_sync_debug_mode("error")

        def on_train_epoch_end(self, trainer, module):
            torch.cuda.set_sync_debug_mode("default")

    fit = lightning.Trainer.fit

    def strict(trainer, *args, **kwargs):
        trainer.callbacks.insert(0, Strict())
        return fit(trainer, *args, **kwargs)

    monkeypatch.setattr(lightning.Trainer, "fit", strict)
    more = ["steps=8", "trainer.log_every_n_steps=100", "hardware=gpu_12gb", "trainer.devices=1"]
    given = [
        o
        for o in small(task, words, data, tmp_path)
        if not o.startswith(("trainer.acc", "trainer.log", "steps"))
    ]
    given = [o.replace("epoch_steps=2", "epoch_steps=8").replace("workers=0", "workers=1") for o in given]
    try:
        run.run(run.compose(task, [*given, *more]))
    finally:
        torch.cuda.set_sync_debug_mode("default")
