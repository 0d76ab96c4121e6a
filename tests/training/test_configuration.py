"""Nonsense in a configuration is told as such, with the key at fault, before a step is made."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides

from ocr.errors import BadConfiguration, InputNotFound, OcrError
from ocr.training import choices, configuration, run

#: An override, and what its message holds.
DETECTION = {
    "encoder=nope": "there is no encoder 'nope'; it is one of receipt, rep, timm",
    "encoder.blokcs=[1]": "did you mean 'encoder.blocks'",
    "+encoder.blokcs=[1]": "did you mean 'encoder.blocks'",
    "+hardware.nope=1": "there is no setting 'hardware.nope'",
    "+data.validation.upper_case=true": "'data.validation.upper_case'; data.validation has path, format, limit",
    "data.train.sources.real.samples.path=x": "'data.train.sources.real.samples'; data.train.sources.real has weight",
    "data.validation.format=[1]": "data.validation.format: .*string",
    "foo": "got the override 'foo'; expected KEY=VALUE",
    "lr=0.1": "did you mean 'optimizer.lr'",
    "~steps_": "did you mean 'steps'",
    "data.train.emphasis=null": "it is called 'data.train.pixel_weights' now",
    "data.train.emphasis.gaps=2": "it is called 'data.train.pixel_weights' now",
    "+data.train.emphasis=null": "it is called 'data.train.pixel_weights' now",
    "+trainer.max_epoch=3": "did you mean 'trainer.max_epochs'",
    "trainer.log_every_n_steps=often": "trainer.log_every_n_steps is 'often'; expected a whole number",
    "trainer.devices=banana": "trainer: `devices`",
    "trainer.accelerator=abacus": "trainer: You selected an invalid accelerator",
    "+trainer.limit_train_batches=-3": "trainer: You have passed invalid value -3",
    "+trainer.gradient_clip_val=much": "trainer: `gradient_clip_val` should be an int or a float",
    "trainer.accumulate_grad_batches=0": "trainer.accumulate_grad_batches is 0; expected a whole number of at least 1",
    "hardware.precision=13-mixed": "trainer: Precision '13-mixed' is invalid",
    "hardware.channels_last=maybe": "hardware.channels_last: Value 'maybe' is not a valid bool",
    "steps=0": "steps is 0; expected a whole number of at least 1",
    "steps=abc": "steps: Value 'abc' of type 'str' could not be converted to Integer",
    "steps=2.5": "steps: Value '2.5' of type 'float' could not be converted to Integer",
    "epoch_steps=0": "epoch_steps is 0",
    "seed=-1": "seed is -1; expected a whole number of at least 0 and at most",
    "ema=2": "ema is 2.0; expected a number of at least 0 and at most 1",
    "ema=1": "expected 0 <= decay < 1",
    "clip=-1": "clip is -1",
    "patience=0": "patience is 0",
    "worst=-1": "worst is -1",
    "early_stopping.patience=0": "early_stopping.patience is 0; expected a whole number of at least 1 or null",
    "optimizer.lr=fast": "optimizer.lr is 'fast'; expected a number",
    "optimizer.lr=-1": "optimizer.lr is -1",
    "+optimizer.betas=[2,2]": "optimizer: Invalid beta",
    "scheduler.warmup=-1": "scheduler.warmup is -1",
    "data.batch_size=0": "data.batch_size is 0",
    "data.train.size=65": "data.train: the crop size is 65; expected a multiple of 32",
    "data.train.size=-32": "data.train.size is -32",
    "data.train.photometric=x": "data.train.photometric is 'x'",
    "data.train.cache=perhaps": "data.train.cache: Value 'perhaps' is not a valid bool",
    "data.train.geometry.scale=3": "data.train.geometry.scale: Invalid value assigned: AnyNode is not a ListConfig",
    "data.train.geometry.scale=[2,1]": r"0 < scale\[0\] <= scale\[1\]",
    "data.train.sources.real.weight=0": "data.train.sources.real.weight is 0; expected a number above 0",
    "data.train.sources.real.data.path=???": "no value is given for data.train.sources.real.data.path",
    "data.validation.limit=0": "data.validation.limit is 0",
    "dataloader.workers=x": "dataloader",
    "policy.short_side=-2": "short_side is -2",
    "+policy.nope=1": "unknown sizing option 'nope'",
    "+decode.nope=7": "unknown decode option 'nope'",
    "output=${nowhere}": "nowhere",
}
RECOGNITION = {
    "charset=klingon": "no charset 'klingon'",
    "data.train.pool=4": "epoch_steps makes 2 batches; expected a multiple of the 4 .* such as 4",
    "data.train.pool=0": "data.train.pool is 0",
    "data.train.batch=some": "data.train.batch is 'some'",
    "data.train.sources.real.weight=-1": "data.train.sources.real.weight is -1",
    "+data.train.sources.real.jitter=x": "data.train.sources.real.jitter: Value 'x'",
    "recognizer=parseq": "loss=NAME",
}


#: Key of the annotated pages of a source.
PAGES = {"detection": "data", "recognition": "samples"}


def refused(task: str, data: Path, output: Path, override: str) -> str:
    given = overrides(task, data, output, override)
    if override == "recognizer=parseq":
        given = [one for one in given if not one.startswith("+recognizer.")]
    with pytest.raises(BadConfiguration) as told:
        run.run(run.compose(task, given))
    assert not (output / "checkpoints").exists()
    return str(told.value)


@pytest.mark.parametrize("override", DETECTION)
def test_nonsense_of_the_detector_is_named(override, data, tmp_path):
    message = refused("detection", data, tmp_path / "run", override)
    assert re.search(DETECTION[override], message), message
    assert "\n" not in message


@pytest.mark.parametrize("override", RECOGNITION)
def test_nonsense_of_the_recogniser_is_named(override, data, tmp_path):
    message = refused("recognition", data, tmp_path / "run", override)
    assert re.search(RECOGNITION[override], message), message
    assert "\n" not in message


def test_weights_to_start_from_that_are_not_there_or_no_checkpoint(data, tmp_path):
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(b"nothing")
    for path, kind in ((tmp_path / "none.ckpt", InputNotFound), (broken, BadConfiguration)):
        with pytest.raises(OcrError) as told:
            run.run(
                run.compose("detection", overrides("detection", data, tmp_path / "run", f"init_from={path}"))
            )
        assert type(told.value) is kind
        assert path.name in str(told.value)


def test_every_range_is_of_a_key_that_exists_and_holds_its_default():
    known: set[str] = set()
    for task in run.TASKS:
        cfg = run.compose(task, [])
        known |= set(configuration.keys(cfg))
    assert set(configuration.RANGES) <= known


def test_every_file_holds_keys_that_exist_with_defaults_that_fit(data, tmp_path):
    """Composing holds the files against the schemas, checking holds them against the signatures of their targets."""
    root = Path(str(resources.files("ocr.configs")))
    checked = set()
    for task in run.TASKS:
        left = {group.name: [*filter(None, group.options)] for group in choices.groups(task)}
        # An experiment chooses parts itself; of the other groups an option each goes into one configuration.
        alone = [{"experiment": option} for option in left.pop("experiment")]
        beside = [
            {name: options[number] for name, options in left.items() if number < len(options)}
            for number in range(max(map(len, left.values())))
        ]
        for chosen in [*alone, *beside]:
            cfg = run.compose(task, [f"{name}={option}" for name, option in chosen.items()])
            # Rendered lines alone need no pages.
            if "real" in cfg.data.train.sources:
                cfg.data.train.sources.real[PAGES[task]].path = str(data)
            configuration.check(cfg)
            checked |= set(chosen.items())
    files = {(path.parent.name, path.stem) for path in root.glob("*/*.yaml")}
    assert checked == files
