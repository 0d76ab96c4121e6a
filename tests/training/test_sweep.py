"""Sweeps: the combinations of the given values, a run and a folder for each."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides, write_pages  # noqa: E402

from ocr import cli  # noqa: E402
from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import run, sweep  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
    pytest.mark.filterwarnings("ignore:.*lr_scheduler.step"),
]


@pytest.mark.parametrize(
    ("given", "choices"),
    [
        ([], [()]),
        (["clip=3"], [()]),
        (["optimizer.lr=1e-3,2e-3"], [("optimizer.lr=0.001",), ("optimizer.lr=0.002",)]),
        (
            ["decoder=fpn,unet", "steps=range(1,3)"],
            [
                ("decoder=fpn", "steps=1"),
                ("decoder=fpn", "steps=2"),
                ("decoder=unet", "steps=1"),
                ("decoder=unet", "steps=2"),
            ],
        ),
        (["ema=choice(0.9,0.99)"], [("ema=0.9",), ("ema=0.99",)]),
    ],
)
def test_every_combination_is_a_job_with_a_folder_of_its_own(given, choices):
    planned = sweep.jobs("detection", [*given, "output=runs/sweep", "~decode"])
    assert [job.choices for job in planned] == choices
    assert len({job.output for job in planned}) == len(planned)
    for job in planned:
        cfg = run.compose("detection", job.overrides)
        assert "decode" not in cfg
        assert job.output.parts[:2] == ("runs", "sweep")


def test_values_may_be_folders():
    planned = sweep.jobs("detection", ["data.validation.path=a/b,c/d"])
    assert [job.output.parent for job in planned] == [Path("runs/detection")] * 2


@pytest.mark.parametrize(
    "wrong", ["optimizer.lr=interval(0,1)", "clip=[1,", "nonsense=1,2", "decoder=fpn,none"]
)
def test_a_wrong_sweep_is_named_before_anything_runs(wrong):
    with pytest.raises(BadConfiguration):
        sweep.jobs("detection", [wrong])


def test_a_sweep_goes_on_after_a_run_that_fails(tmp_path, capsys):
    data = write_pages(tmp_path / "pages")
    given = [o for o in overrides("detection", data, tmp_path / "sweep") if not o.startswith("decoder.")]
    # The second is no multiple of 4.
    given += ["decoder.width=16,17,8", "steps=2", f"data.validation.path={data}", "data.validation.limit=1"]
    with pytest.raises(SystemExit) as ending:
        cli.main(["train", "detection", "--multirun", *given])
    assert ending.value.code == 4
    printed = capsys.readouterr()
    scores = [line.split("\t") for line in printed.out.splitlines() if "\t" in line]
    assert [Path(folder).name for _, folder in scores] == [f"decoder.width={w}" for w in (16, 17, 8)]
    assert scores[1][0] == "failed"
    assert [0 <= float(score) <= 1 for score, _ in (scores[0], scores[2])] == [True, True]
    assert "multiple of 4" in printed.err
    for width in (16, 8):
        saved = torch.load(tmp_path / f"sweep/decoder.width={width}/checkpoints/last.ckpt", weights_only=True)
        assert saved["hyper_parameters"]["settings"]["decoder"]["width"] == width
