"""The presets of the hardware group and the switches in them."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, train  # noqa: E402

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import hardware, run  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
]


@pytest.mark.parametrize("task", run.TASKS)
@pytest.mark.parametrize("preset", ["cpu", "gpu_12gb", "gpu_24gb", "gpu_80gb"])
def test_a_preset_reaches_the_trainer_and_the_batches(task, preset):
    cfg = run.compose(task, [f"hardware={preset}"])
    assert cfg.trainer.accelerator == cfg.hardware.accelerator == ("cpu" if preset == "cpu" else "gpu")
    assert cfg.trainer.precision == cfg.hardware.precision
    batch = cfg.data.batch_size if task == "detection" else cfg.data.train.batch
    assert batch == (cfg.hardware.crops if task == "detection" else cfg.hardware.lines)


def test_the_cap_is_a_share_of_each_gpu(monkeypatch):
    class Gpu:
        total_memory = 12.0e9

    capped = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Gpu())
    monkeypatch.setattr(
        torch.cuda, "set_per_process_memory_fraction", lambda share, device: capped.append((share, device))
    )
    hardware.cap_memory(11)
    assert capped == [(pytest.approx(11 / 12), 0), (pytest.approx(11 / 12), 1)]
    capped.clear()
    hardware.cap_memory(22)
    assert capped == [(1.0, 0), (1.0, 1)]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU on this machine")
def test_no_more_than_the_cap_can_be_reserved():
    hardware.cap_memory(1)
    try:
        with pytest.raises(torch.cuda.OutOfMemoryError):
            torch.empty(2_000_000_000, dtype=torch.uint8, device="cuda")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA GPU is here")
def test_a_gpu_that_is_not_there_is_named(data, tmp_path):
    given = [o for o in overrides("detection", data, tmp_path) if not o.startswith("trainer.accelerator")]
    with pytest.raises(BadConfiguration, match="no CUDA GPU here; take hardware=cpu"):
        run.run(run.compose("detection", [*given, "hardware=gpu_12gb"]))


def test_an_unknown_compiler_is_named(data, tmp_path):
    with pytest.raises(BadConfiguration, match=r"nonsense.*inductor"):
        train("detection", data, tmp_path, "hardware.compile=nonsense")


@pytest.mark.parametrize(("task", "precision"), [("detection", "bf16-mixed"), ("recognition", "16-mixed")])
@pytest.mark.filterwarnings("ignore:.*AMP with fp16 is not supported on CPU")
def test_mixed_precision_trains_float32_weights(task, precision, data, tmp_path):
    saved = train(task, data, tmp_path, f"hardware.precision={precision}")
    assert saved["global_step"] == 6
    for value in saved["current_model_state"].values():
        assert value.isfinite().all()
        assert value.dtype in (torch.float32, torch.int64)


def test_a_compiled_network_gives_the_same_and_keeps_its_names():
    class Network(torch.nn.Module):
        """A module of its own: some versions trace no bare sequence."""

        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())

        def forward(self, picture):
            return self.layers(picture)

    network = Network()
    names, picture = list(network.state_dict()), torch.rand(1, 1, 8, 8)
    expected = network(picture)
    # This backend runs the traced graph as it is: the others take a minute and need a compiler.
    settings = {"channels_last": True, "compile": "eager", "memory_gb": None}
    hardware.prepare(network, settings, "cpu")
    torch.testing.assert_close(network(picture), expected)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] > 0
    assert list(network.state_dict()) == names
    # The averaged weights are a copy of the network.
    torch.testing.assert_close(copy.deepcopy(network)(picture), expected)


def test_accumulation_takes_as_many_batches_a_step(data, tmp_path):
    seen = []
    from ocr.training.module import TrainingModule

    step = TrainingModule.training_step

    def training_step(self, batch, batch_idx):
        seen.append((self.global_step, *batch.image.shape[:1]))
        return step(self, batch, batch_idx)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", training_step)
        saved = train("detection", data, tmp_path, "trainer.accumulate_grad_batches=3")
    assert saved["global_step"] == 6
    assert saved["epoch"] == 2
    assert seen == [(step, 2) for step in range(6) for _ in range(3)]
