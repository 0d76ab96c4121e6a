"""Whole training runs with tiny networks: start, stop, resume, faults, export."""

from __future__ import annotations

import functools
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, train  # noqa: E402
from tests.waiting import PATIENCE  # noqa: E402

from ocr import cli  # noqa: E402
from ocr.datasets import open_dataset  # noqa: E402
from ocr.engine.model_file import ModelFile  # noqa: E402
from ocr.engine.runtime import Session  # noqa: E402
from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import checkpoint, export, export_parity, fusing, language, run, tasks  # noqa: E402
from ocr.training.module import TrainingDiverged, TrainingModule  # noqa: E402

TASKS = ("detection", "recognition")
#: Lightning's advice, not ours to follow in a test.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
    pytest.mark.filterwarnings("ignore:.*Checkpoint directory"),
]


def ocr(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ending:
        cli.main([str(argument) for argument in arguments])
    return int(ending.value.code or 0)


def assert_same(first: dict, second: dict) -> None:
    """Averaged and current weights, and the optimiser's moments, bit by bit."""
    for part in ("state_dict", "current_model_state"):
        assert first[part].keys() == second[part].keys()
        for name, value in first[part].items():
            assert torch.equal(value, second[part][name]), f"{part} {name}"
    moments = [saved["optimizer_states"][0]["state"] for saved in (first, second)]
    for index, state in moments[0].items():
        for key, value in state.items():
            assert torch.equal(value, moments[1][index][key]), f"{key} of parameter {index}"
    assert first["lr_schedulers"] == second["lr_schedulers"]


class Stopped(Exception):
    """Stands for a run that ends in the middle."""


@pytest.fixture
def stop_in_second_epoch(monkeypatch: pytest.MonkeyPatch):
    """Makes the next run end after its third step; a call of the result lifts that."""
    step = TrainingModule.training_step

    def training_step(self, batch, batch_idx):
        if self.global_step == 3:
            raise Stopped
        return step(self, batch, batch_idx)

    monkeypatch.setattr(TrainingModule, "training_step", training_step)
    return lambda: monkeypatch.setattr(TrainingModule, "training_step", step)


@pytest.mark.parametrize("task", TASKS)
def test_fast_dev_run_through_the_command(task, data, tmp_path):
    more = ["+trainer.fast_dev_run=true", f"data.validation.path={data}"]
    assert ocr("train", task, *overrides(task, data, tmp_path / "run", *more)) == 0


def test_another_encoder_and_decoder_are_two_words(data, tmp_path):
    given = [o for o in overrides("detection", data, tmp_path / "run") if not o.startswith("encoder.")]
    more = ["encoder=timm", "encoder.name=mobilenetv3_small_050", "decoder=asf", "+trainer.fast_dev_run=true"]
    assert ocr("train", "detection", *given, *more) == 0


@pytest.mark.parametrize(
    ("task", "more"),
    [
        ("detection", []),
        ("detection", ["validate", "dataloader.workers=1"]),
        # Its dropout draws from the generator of the process.
        ("recognition", ["validate"]),
        ("recognition", ["dataloader.workers=1"]),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "plain",
)
def test_a_resumed_run_ends_as_the_unbroken_one(task, more, data, tmp_path, unbroken, stop_in_second_epoch):
    more = [f"data.validation.path={data}" if o == "validate" else o for o in more]
    with pytest.raises(Stopped):
        train(task, data, tmp_path / "stopped", *more)
    assert torch.load(tmp_path / "stopped/checkpoints/last.ckpt", weights_only=True)["global_step"] == 2
    stop_in_second_epoch()
    resumed = train(task, data, tmp_path / "stopped", *more)
    whole = unbroken if (task, more) == ("detection", []) else train(task, data, tmp_path / "unbroken", *more)
    assert resumed["global_step"] == whole["global_step"] == 6
    assert_same(whole, resumed)


@pytest.fixture(scope="module")
def unbroken(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The last checkpoint of a run of the detector that nothing stopped."""
    return train("detection", data, tmp_path_factory.mktemp("unbroken"))


KILLS = {
    "in a step": """
step = TrainingModule.training_step
def training_step(self, batch, batch_idx):
    if self.global_step == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(self, batch, batch_idx)
TrainingModule.training_step = training_step
""",
    # The second checkpoint is written, but has not taken its name yet.
    "in a checkpoint": """
same, written = checkpoints._same, []
def _same(path, digest):
    written.append(path)
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return same(path, digest)
checkpoints._same = _same
""",
}


@pytest.mark.parametrize("moment", KILLS)
def test_a_run_killed_by_the_system_resumes(moment, data, tmp_path, unbroken):
    more = ["dataloader.workers=1"] if moment == "in a step" else []
    given = overrides("detection", data, tmp_path / "killed", *more)
    program = f"""
import os, signal
from ocr.training import checkpoints, run
from ocr.training.module import TrainingModule
{KILLS[moment]}
run.run(run.compose("detection", {given!r}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert torch.load(tmp_path / "killed/checkpoints/last.ckpt", weights_only=True)["global_step"] == 2
    assert_same(unbroken, train("detection", data, tmp_path / "killed", *more))


@pytest.mark.parametrize("damage", ["truncated", "one bit"])
def test_a_run_goes_on_from_the_checkpoint_before_a_damaged_one(damage, data, tmp_path, unbroken):
    train("detection", data, tmp_path, "trainer.max_steps=4")
    folder = tmp_path / "checkpoints"
    content = bytearray((folder / "last.ckpt").read_bytes())
    if damage == "truncated":
        del content[len(content) // 2 :]
    else:
        content[len(content) // 2] ^= 1
    (folder / "last.ckpt").write_bytes(content)
    assert torch.load(folder / "previous.ckpt", weights_only=True)["global_step"] == 2
    with pytest.warns(UserWarning, match=r"last\.ckpt is damaged .* going on from .*previous\.ckpt"):
        assert_same(unbroken, train("detection", data, tmp_path))
    # What took the place of the previous one is whole.
    assert torch.load(folder / "previous.ckpt", weights_only=True)["global_step"] == 4


def test_a_run_whose_checkpoints_are_all_damaged_does_not_start_anew(data, tmp_path, capsys):
    (tmp_path / "checkpoints").mkdir()
    for name in ("last.ckpt", "previous.ckpt"):
        (tmp_path / "checkpoints" / name).write_bytes(b"PK half of one")
    assert ocr("train", "detection", *overrides("detection", data, tmp_path)) == 5
    assert "checkpoint_damaged" in capsys.readouterr().err
    assert (tmp_path / "checkpoints" / "last.ckpt").read_bytes() == b"PK half of one"


def test_a_finished_run_is_left_as_it_is(data, tmp_path):
    first = train("detection", data, tmp_path / "run")
    again = train("detection", data, tmp_path / "run")
    assert_same(first, again)


def test_logs_of_a_stopped_run_are_kept(data, tmp_path, stop_in_second_epoch):
    with pytest.raises(Stopped):
        train("detection", data, tmp_path / "run")
    stop_in_second_epoch()
    train("detection", data, tmp_path / "run")
    steps = [
        [line.split(",") for line in file.read_text().splitlines()]
        for file in sorted((tmp_path / "run" / "logs").rglob("metrics.csv"))
    ]
    assert len(steps) == 2
    head = steps[1][0]
    assert "train/skipped_steps" in head
    assert [row[head.index("step")] for row in steps[1][1:] if row[head.index("train/loss")]] == [
        "2",
        "3",
        "4",
        "5",
    ]


class Poisoned(torch.nn.Module):
    """A loss that is spoilt at some calls."""

    def __init__(self, loss, spoil, calls):
        super().__init__()
        self.loss, self.spoil, self.calls, self.number = loss, spoil, calls, -1

    def forward(self, output, targets):
        self.number += 1
        parts = self.loss(output, targets)
        return {**parts, "loss": self.spoil(parts["loss"])} if self.number in self.calls else parts


def _bad_gradient(x):
    """The value of x with a gradient that is not finite."""
    return x + torch.sqrt((x - x.detach()) ** 2)


SPOILS = {
    "loss and gradient": lambda x: x * float("nan"),
    "loss alone": lambda x: x + float("nan"),
    "infinite loss alone": lambda x: x + float("inf"),
    "gradient alone": _bad_gradient,
}


@pytest.fixture
def build_with(monkeypatch: pytest.MonkeyPatch):
    """Changes the Lightning module of the next runs."""
    original = tasks.build

    def use(change) -> None:
        def build(cfg):
            built = original(cfg)
            change(built[0])
            return built

        monkeypatch.setattr(tasks, "build", build)

    return use


@pytest.mark.parametrize("spoil", SPOILS)
@pytest.mark.filterwarnings("ignore:.*steps so far")
def test_a_step_that_is_not_finite_changes_nothing_and_is_counted(spoil, data, tmp_path, build_with):
    seen: dict[int, dict] = {}
    skipped: list[float] = []

    def change(module):
        module.loss = Poisoned(module.loss, SPOILS[spoil], {1, 3, 4})
        kept = type(module).on_train_batch_end

        def on_train_batch_end(self, outputs, batch, batch_idx):
            kept(self, outputs, batch, batch_idx)
            seen[self.global_step] = {k: v.clone() for k, v in self.network.state_dict().items()}
            moments = [s["exp_avg"].clone() for s in self.optimizers().optimizer.state.values()]
            seen[self.global_step] |= {f"moment {i}": m for i, m in enumerate(moments)}
            skipped.append(self.skipped._total)

        module.on_train_batch_end = on_train_batch_end.__get__(module)

    build_with(change)
    train("detection", data, tmp_path / "run")

    def same(first: int, second: int) -> bool:
        return all(torch.equal(value, seen[second][name]) for name, value in seen[first].items())

    # The first call is step 1.
    assert [same(step, step + 1) for step in range(1, 6)] == [True, False, True, True, False]
    assert skipped == [0, 1, 1, 2, 3, 3]
    assert all(value.isfinite().all() for value in seen[6].values())


def test_statistics_of_a_batch_that_overflows_are_not_kept(data, tmp_path, build_with):
    def change(module):
        forward, calls = module.network.encoder.forward, []

        def overflowing(x):
            calls.append(1)
            return forward(x * float("inf") if len(calls) == 2 else x)

        module.network.encoder.forward = overflowing

    build_with(change)
    with pytest.warns(UserWarning, match=r"1 steps so far .* page"):
        saved = train("detection", data, tmp_path / "run")
    assert all(value.isfinite().all() for value in saved["state_dict"].values())
    assert all(value.isfinite().all() for value in saved["current_model_state"].values())


@pytest.mark.filterwarnings("ignore:.*steps so far")
def test_training_that_stays_broken_ends_with_the_names_of_the_files(data, tmp_path, build_with):
    def change(module):
        module.loss = Poisoned(module.loss, SPOILS["loss and gradient"], range(1, 100))

    build_with(change)
    with pytest.raises(TrainingDiverged, match=r"3 steps in a row .* page") as caught:
        train("detection", data, tmp_path / "run", "patience=3")
    assert caught.value.code == "training_diverged"


@pytest.mark.parametrize(
    ("task", "wrong", "message"),
    [
        ("detection", "nonsense=1", "nonsense"),
        ("detection", "encoder=nonsense", "nonsense"),
        ("detection", "data.train.size=65", "multiple of 32"),
        ("detection", "decoder.width=17", "multiple of 4"),
        ("detection", "policy.nonsense=1", "nonsense"),
        ("detection", "optimizer.fused=false", "fused"),
        ("detection", "ema=1.5", "at most 1"),
        ("recognition", "epoch_steps=3", "pool"),
        ("recognition", "charset=nonsense", "nonsense"),
    ],
)
def test_a_wrong_setting_is_named_and_ends_with_status_two(task, wrong, message, data, tmp_path, capsys):
    assert ocr("train", task, *overrides(task, data, tmp_path / "run", wrong)) == 2
    assert message in capsys.readouterr().err


def test_a_missing_setting_is_named(tmp_path):
    with pytest.raises(BadConfiguration, match=r"data\.train\.sources\.real\.data\.path"):
        run.run(run.compose("detection", [f"output={tmp_path}"]))


@pytest.fixture(scope="module")
def checkpoints(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A finished run of each task."""
    found = {}
    for task in TASKS:
        output = tmp_path_factory.mktemp(task)
        # A recogniser that has learnt nothing reads letters by chance, and others in integers.
        train(
            task, data, output, *(("steps=2",) if task == "detection" else ("steps=80", "optimizer.lr=0.01"))
        )
        found[task] = output / "checkpoints" / "last.ckpt"
    return found


def test_a_checkpoint_is_read_as_its_export_is(data, tmp_path, checkpoints, capsys, caplog):
    from ocr.pipeline.reader import Reader

    for task in TASKS:
        model = tmp_path / f"{task}.onnx"
        assert ocr("export", checkpoints[task], model, "--samples", data, "--limit", 1) == 0
    page = data / "images" / "page1.png"
    exported = Reader(tmp_path / "detection.onnx", tmp_path / "recognition.onnx", threads=1)
    direct = Reader(checkpoints["detection"], checkpoints["recognition"], threads=1)
    assert direct.backends == ("torch", "torch")
    assert [dict(model.preprocess) for model in direct.models] == [
        dict(model.preprocess) for model in exported.models
    ]
    assert direct.models[1].charset == exported.models[1].charset
    for read in (lambda reader: reader.read(page), lambda reader: reader.detect(page)):
        one, other = read(direct), read(exported)
        assert [line.text for line in one.lines] == [line.text for line in other.lines]
        for first, second in zip(one.lines, other.lines, strict=True):
            np.testing.assert_allclose(first.polygon, second.polygon, atol=0.5)
    # A chosen backend that cannot take it gives way, and says so; so does a command.
    assert Reader(checkpoints["detection"], threads=1, backend="onnx").backends == ("torch", "onnx")
    assert "a checkpoint runs with PyTorch alone" in caplog.text
    capsys.readouterr()
    assert ocr("detect", "--detection", checkpoints["detection"], page) == 0
    assert ocr("models", "add", checkpoints["detection"]) == 5
    assert "ocr export" in capsys.readouterr().err


@pytest.mark.parametrize("shipped", [False, True], ids=["float32", "as shipped"])
def test_exported_models_read_a_page(data, tmp_path, checkpoints, capsys, monkeypatch, shipped):
    from ocr.pipeline.reader import Reader, ReadOptions

    # All of them take seconds.
    monkeypatch.setattr(language, "phrases", functools.partial(language.phrases, 300))
    more = ("--as-shipped", data) if shipped else ()
    models = [tmp_path / f"{task}.onnx" for task in TASKS]
    lacking = {}
    for task, model in zip(TASKS, models, strict=True):
        assert ocr("export", checkpoints[task], model, "--samples", data, "--limit", 2, *more) == 0
        card = model.with_suffix(".md").read_text("utf-8")
        assert f"Task: {task}." in card
        assert ("8-bit integers" in card) == shipped
        assert str(data) not in card
        told = capsys.readouterr()
        assert "SHA-256" in told.out
        lacking[task] = told.err
    # Confidences come with pages that training did not see.
    assert ("--language-model" in lacking["recognition"]) != shipped
    assert "--confidence" in lacking["recognition"]
    assert ("without what the shipped" in lacking["detection"]) != shipped
    assert lacking["detection"].startswith("comparing PyTorch and ONNX Runtime on 2 pictures\n")
    image = open_dataset(data)[0].load()
    reader = Reader(*models, threads=1)
    document = reader.read(image)
    for model in reader.models:
        assert (dict(model.info.get("quantization", {})).get("bits") == 8) == shipped
        # Training can start from either, and PyTorch can run it.
        settings = dict(model.info["provenance"]["settings"])
        network = fusing.fuse(checkpoint.build(settings, len(model.charset) + 1 if model.charset else None))
        assert all("threshold" in name for name in fusing.load_model(network, model))
    detection, recognition = reader.models
    assert bool(recognition.language_model) == shipped
    if shipped:
        # A line is read by the network with the language model: other weights of it can give other texts.
        assert recognition.language_model_settings["lm_weight"] == 0.25
        assert reader._recognizer._beam is not None
        assert reader._recognizer._beam.language_model.line_cost("TOTAL", reader._recognizer.charset) < 20
        texts = {reader.read(image, ReadOptions(lm_weight=weight)).text for weight in (0.0, 0.25, 2.0)}
        assert document.text in texts
        own = ModelFile.shipped("detection").postprocess
        assert detection.postprocess["box_threshold"] == own["box_threshold"]
    assert Reader(*models, threads=1, backend="torch").backends == ("torch", "torch")
    assert (document.pages[0].width, document.pages[0].height) == (160, 120)


def test_an_exported_model_is_exported_anew(data, tmp_path, checkpoints):
    first, again, whole = (tmp_path / f"{name}.onnx" for name in ("first", "again", "whole"))
    common = ("--samples", data, "--limit", 2)
    assert ocr("export", checkpoints["detection"], first, *common, "--int8", data) == 0
    assert ocr("export", first, again, *common, "--decode", "box_threshold=0.31") == 0
    assert ocr("export", checkpoints["detection"], whole, *common) == 0
    models = [ModelFile.load(path, task="detection") for path in (whole, again)]
    assert models[1].postprocess["box_threshold"] == 0.31
    assert "quantization" not in models[1].info
    assert models[1].info["provenance"]["steps"] == models[0].info["provenance"]["steps"]
    noise = np.random.default_rng(0).integers(0, 256, (1, 1, 64, 96), np.uint8)
    expected, got = (Session(model, 1).run(noise) for model in models)
    # The weights went through half precision.
    np.testing.assert_allclose(got, expected, atol=2e-3)


def test_a_model_of_an_unknown_network_is_not_exported_anew(data, tmp_path, checkpoints, capsys):
    path = tmp_path / "model.onnx"
    assert ocr("export", checkpoints["detection"], path, "--samples", data, "--limit", 1) == 0
    model = ModelFile.load(path, task="detection")
    info = {**model.info, "provenance": {"steps": 6}}
    path.write_bytes(export.with_metadata(model.data, info))
    assert ocr("export", path, tmp_path / "again.onnx", "--samples", data, "--limit", 1) == 2
    assert "does not say how the network is built" in capsys.readouterr().err
    assert not (tmp_path / "again.onnx").exists()


def test_models_that_disagree_are_not_written(data, tmp_path, checkpoints, monkeypatch, capsys):
    monkeypatch.setattr(export_parity, "OUTPUT_TOLERANCE", -1.0)
    output = tmp_path / "recognition.onnx"
    assert ocr("export", checkpoints["recognition"], output, "--samples", data, "--limit", 1) == 1
    assert "differ by" in capsys.readouterr().err
    assert not output.exists()
    assert not output.with_suffix(".md").exists()


@pytest.mark.parametrize(
    "content", [b"", b"no checkpoint", b"PK\x03\x04 nor this"], ids=["empty", "text", "zip"]
)
def test_a_file_that_is_no_checkpoint_is_refused(content, tmp_path):
    (tmp_path / "wrong.ckpt").write_bytes(content)
    with pytest.raises(BadConfiguration, match="no checkpoint"):
        checkpoint.load_checkpoint(tmp_path / "wrong.ckpt")


@pytest.mark.parametrize(
    "target",
    [
        "os.mkdir",
        "ocr.models.encoder.receipt.nn.Linear",
        "ocr.io.files.write_whole",
        "ocr.models.layers.torch.load",
    ],
)
def test_a_checkpoint_cannot_call_what_is_no_network_part(target, checkpoints, tmp_path):
    saved = torch.load(checkpoints["detection"], weights_only=True)
    settings = saved["hyper_parameters"]["settings"]
    settings["encoder"] = {"_target_": target, "_args_": [str(tmp_path / "made")]}
    torch.save(saved, tmp_path / "evil.ckpt")
    with pytest.raises(BadConfiguration, match="no part of a network"):
        checkpoint.load_checkpoint(tmp_path / "evil.ckpt")
    assert not (tmp_path / "made").exists()


def test_weights_of_another_network_are_refused(data, tmp_path, checkpoints):
    with pytest.raises(BadConfiguration, match="does not fit"):
        train("detection", data, tmp_path / "run", "decoder.width=8", f"init_from={checkpoints['detection']}")


def test_training_starts_from_given_weights(data, tmp_path, checkpoints):
    saved = train(
        "detection",
        data,
        tmp_path / "run",
        "steps=2",
        "optimizer.lr=0",
        f"init_from={checkpoints['detection']}",
    )
    given = torch.load(checkpoints["detection"], weights_only=True)["state_dict"]
    for name, value in saved["current_model_state"].items():
        if "running" not in name and "num_batches" not in name and "skipped" not in name:
            assert np.array_equal(value, given[name]), name
