"""From a configuration to a finished training run."""

from __future__ import annotations

import logging
import re
import signal
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.errors import BadConfiguration, OcrError
from ocr.training import configuration

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from ocr.training.interruption import Interruption

#: What an error of a loader process says, at the end of PyTorch's text about it.
_IN_LOADER = re.compile(r"^Caught .*\n(?:.*\n)*ocr\.errors\.\w+: (.+)\s*$")

TASKS = ("detection", "recognition")


def compose(task: str, overrides: list[str]) -> DictConfig:
    """The configuration of a task with Hydra overrides applied.

    Raises:
        BadConfiguration: an unknown task, or an override that fits no key.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_module
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from ocr.configs import schema

    if task not in TASKS:
        raise BadConfiguration(f"got task {task!r}; expected one of {', '.join(TASKS)}")
    schema.register()
    with initialize_config_module("ocr.configs", version_base="1.3"):
        try:
            return hydra_compose(task, overrides)
        except (HydraException, OmegaConfBaseException) as error:
            raise configuration.refused(error, lambda: configuration.keys(hydra_compose(task))) from error


def run(cfg: DictConfig) -> Path:
    """Train, going on from the last checkpoint in the output folder where there is one.

    Returns:
        The path of the last checkpoint.

    Raises:
        BadConfiguration: a value that the code does not accept, or a mandatory one that is missing.
        CheckpointDamaged: the output folder holds checkpoints, and none of them is whole.
        TrainingDiverged: too many steps in a row had a loss or gradient that was not finite.
        TrainingInterrupted: SIGINT or SIGTERM ended it; the same settings go on from the last checkpoint.
    """
    from ocr.training import interruption

    with interruption.listening() as signals:
        try:
            return _train(cfg, signals)
        except BadConfiguration as error:
            # Of an error in a loader process PyTorch gives the traceback as text.
            match = _IN_LOADER.search(str(error))
            raise (BadConfiguration(match[1]) if match else error) from error.__cause__
        except interruption.TrainingInterrupted as error:
            last = Path(cfg.output) / "checkpoints" / "last.ckpt"
            kept = f"the same command goes on from {last}" if last.exists() else "there is no checkpoint yet"
            raise interruption.TrainingInterrupted(error.number, f"{error}; {kept}") from None


def _train(cfg: DictConfig, signals: Interruption) -> Path:
    import lightning
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate
    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch.callbacks import ModelCheckpoint
    from lightning.pytorch.utilities.exceptions import SIGTERMException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from ocr.io.files import write_whole
    from ocr.training import checkpoints, hardware, loggers, resume, runs, tasks
    from ocr.training.callbacks import SavesBetweenEpochs, WarmAveraging, watching
    from ocr.training.interruption import TrainingInterrupted
    from ocr.training.start import freeze, start_from

    # It tells of devices that are not there and recommends products; what a run needs told, its callbacks tell.
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # Ours goes on where it stopped without a state of its own.
    warnings.filterwarnings("ignore", ".*dataloader is not resumable")
    # Each epoch is logged, however short.
    warnings.filterwarnings("ignore", ".*smaller than the logging interval")
    # What Lightning calls in PyTorch is no matter of who trains.
    warnings.filterwarnings("ignore", r".*isinstance\(treespec, LeafSpec\)")
    settings = configuration.check(cfg)
    lightning.seed_everything(cfg.seed, workers=True, verbose=False)
    output = Path(cfg.output)
    output.mkdir(parents=True, exist_ok=True)
    lightning.pytorch.utilities.rank_zero_only(checkpoints.clean)(output)
    try:
        module, train_loader, validation_loader = tasks.build(cfg)
        callbacks = [WarmAveraging(cfg.ema), *watching(cfg, module, validation_loader is not None)]
        # A logger has a folder for each start: it would delete what an earlier one wrote.
        logger, profiler = instantiate(cfg.logger) or None, instantiate(cfg.profiler) or None
    except OcrError:
        raise
    except Exception as error:
        # Hydra wraps whatever a constructor raises; its own message names the key.
        if isinstance(error.__cause__, OcrError):
            raise error.__cause__ from error
        if isinstance(error, InstantiationException | OmegaConfBaseException | ValueError | TypeError):
            raise configuration.failed(error) from error
        raise
    folder = output / "checkpoints"
    resumed = None if cfg.trainer.get("fast_dev_run") else checkpoints.latest(folder)
    if resumed:
        saved = resume.read(resumed)
        resume.refuse_other_network(saved, module.network, settings, output)
        resume.continue_draws(train_loader, saved)
    write_whole(output / runs.SETTINGS, OmegaConf.to_yaml(cfg, resolve=True))
    module.save_hyperparameters({"settings": settings})
    if cfg.init_from and not resumed:
        start_from(str(cfg.init_from), cfg, module.network, train_loader)
    freeze(module.network, cfg.freeze)
    # Two of them: one keeps the best, the other the last, which a run goes on from even where nothing got better. The
    # last one is written second: it holds the score of the best one.
    saving = [ModelCheckpoint(folder, "last", enable_version_counter=False)]
    if validation_loader is not None:
        best = ModelCheckpoint(
            folder, "best", monitor=module.monitor, mode=module.monitor_mode, enable_version_counter=False
        )
        saving.insert(0, best)
    if not cfg.trainer.get("fast_dev_run"):
        callbacks.append(
            SavesBetweenEpochs(folder / checkpoints.LAST, signals, validation_loader is not None)
        )
    hardware.prepare(module.network, cfg.hardware, cfg.trainer.accelerator)
    try:
        trainer: lightning.Trainer = instantiate(cfg.trainer)(
            callbacks=[*saving, *callbacks],
            logger=logger or False,
            profiler=profiler,
            default_root_dir=output,
            plugins=[checkpoints.WholeCheckpoints()],
        )
    except (MisconfigurationException, ValueError, TypeError) as error:
        raise configuration.failed(error, "trainer") from error
    try:
        trainer.fit(
            module,
            train_loader,
            validation_loader,
            ckpt_path=resumed,
            weights_only=True,
        )
    except SIGTERMException as error:
        # With several processes Lightning ends them all together.
        raise TrainingInterrupted(signal.SIGTERM) from error
    except TrainingInterrupted:
        train_loader.end_processes()
        raise
    finally:
        loggers.close(logger)
    return folder / checkpoints.LAST
