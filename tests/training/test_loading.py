"""Loader processes: how they start, what they are given, and that each way of starting gives the same batches."""

from __future__ import annotations

import multiprocessing
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lightning")
pytest.importorskip("hydra")

from tests.training.runs import overrides  # noqa: E402

from ocr.errors import BadConfiguration  # noqa: E402
from ocr.training import loading, run, tasks  # noqa: E402
from ocr.training.loading import LoaderSettings  # noqa: E402


@pytest.mark.parametrize(
    ("settings", "gpu", "method"),
    [
        ({}, False, "fork"),
        ({}, True, "forkserver"),
        ({"start": "spawn"}, False, "spawn"),
        ({"start": "spawn"}, True, "spawn"),
        ({"start": "forkserver"}, False, "forkserver"),
    ],
)
def test_processes_beside_a_gpu_are_not_forked(settings, gpu, method, monkeypatch):
    monkeypatch.setattr(
        loading.multiprocessing, "get_all_start_methods", lambda: ["fork", "spawn", "forkserver"]
    )
    assert LoaderSettings(**settings).start_method(gpu) == method


def test_where_nothing_but_spawn_exists_auto_takes_it_and_the_rest_is_refused(monkeypatch):
    monkeypatch.setattr(loading.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert LoaderSettings().start_method(gpu=False) == LoaderSettings().start_method(gpu=True) == "spawn"
    with pytest.raises(BadConfiguration, match="spawn alone"):
        LoaderSettings(start="forkserver").start_method(gpu=False)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"workers": -1}, "workers >= 0"),
        ({"prefetch": 0}, "prefetch >= 1"),
        ({"start": "thread"}, "forkserver, spawn"),
        ({"pin": "perhaps"}, "true, false or auto"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_settings_outside_their_range_are_named(wrong, message):
    with pytest.raises(BadConfiguration, match=message):
        LoaderSettings.from_mapping(wrong)


def test_a_fork_beside_a_gpu_is_refused():
    with pytest.raises(BadConfiguration, match="must not be forked"):
        LoaderSettings(start="fork").start_method(gpu=True)


@pytest.mark.parametrize("preset", ["default", "inline", "cuda"])
def test_presets_are_settings(preset):
    LoaderSettings.from_mapping(run.compose("detection", [f"dataloader={preset}"]).dataloader)


@pytest.mark.parametrize("task", run.TASKS)
def test_records_and_collate_reach_a_spawned_process(task, data, tmp_path):
    loader = tasks.build(run.compose(task, overrides(task, data, tmp_path)))[1]
    sent = pickle.loads(pickle.dumps((loader.dataset, loader.collate_fn, loader.worker_init_fn)))
    number = next(iter(loader.sampler))
    first, second = loader.dataset[number], sent[0][number]
    records = [first, second] if task == "recognition" else [[first], [second]]
    batches = [collate(record) for collate, record in zip((loader.collate_fn, sent[1]), records, strict=True)]
    assert torch.equal(batches[0].image, batches[1].image)


def test_synthetic_sources_reach_a_spawned_process(data, tmp_path):
    # Rendering is left out: only what travels counts here.
    for task, given in (("detection", ["data=detection_mixed"]), ("recognition", [])):
        source = f"data.train.sources.real.{'data' if task == 'detection' else 'samples'}.path={data}"
        loader = tasks.build(run.compose(task, [source, f"output={tmp_path}", *given]))[1]
        pickle.loads(pickle.dumps(loader.dataset))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="other ways start slowly")
def test_batches_of_processes_are_those_of_the_training_itself(data, tmp_path):
    def images(*more):
        loader = tasks.build(run.compose("detection", overrides("detection", data, tmp_path, *more)))[1]
        return [batch.image for batch in loader]

    here = images()
    there = images("dataloader.workers=2", "dataloader.start=fork", "dataloader.persistent=false")
    assert len(here) == len(there) == 2
    assert all(torch.equal(a, b) for a, b in zip(here, there, strict=True))


def test_what_a_loader_process_is_sent_is_small(data, tmp_path):
    """More than a pipe holds is written only as fast as a process that is still starting reads it."""
    pytest.importorskip("PIL")
    overridden = [f"data.train.sources.real.samples.path={data}", f"output={tmp_path}"]
    _, loader, _ = tasks.build(run.compose("recognition", overridden))
    sent = pickle.dumps(loader.dataset)
    assert len(sent) < 32_000
    again = pickle.loads(sent)
    drawn = [
        [source.line(np.random.default_rng(3), 32) for source in one.sources]
        for one in (loader.dataset, again)
    ]
    for first, second in zip(*drawn, strict=True):
        assert first.text == second.text
        np.testing.assert_array_equal(first.image, second.image)


def test_processes_of_a_fork_server_start_with_what_they_need():
    settings = loading.LoaderSettings(workers=2, start="forkserver", prefetch=1)
    numbers = torch.utils.data.SequentialSampler(range(8))
    loader = loading.training_loader(settings, False, list(range(8)), numbers, 2, list)
    assert list(loader) == [[0, 1], [2, 3], [4, 5], [6, 7]]
