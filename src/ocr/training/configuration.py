"""What is wrong with a configuration, found before anything is built and told with the key at fault.

Keys and types are Hydra's structured configs: those that the run reads itself stand in `ocr.configs.schema`, and of a
node with a ``_target_`` one is made of the signature of that class or function. Numbers are held against `RANGES`.
PyTorch is loaded only with the targets.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ocr.errors import BadConfiguration
from ocr.runtime.suggestions import did_you_mean

if TYPE_CHECKING:
    from omegaconf import DictConfig


class Range(NamedTuple):
    """The numbers that a key takes.

    Attributes:
        low: the least.
        high: the greatest.
        whole: no fractions.
        none: null as well.
    """

    low: float
    high: float = math.inf
    whole: bool = True
    none: bool = False

    def holds(self, value: Any) -> bool:
        """Whether a value is one of them."""
        if value is None:
            return self.none
        kinds = int if self.whole else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool) and self.low <= value <= self.high

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        end = "" if self.high == math.inf else f" and at most {self.high:g}"
        return f"{kind} of at least {self.low:g}{end}{' or null' if self.none else ''}"


#: Keys that the run reads itself, or whose home is a library that takes a wrong value silently or reports it late.
RANGES = {
    "steps": Range(1),
    "epoch_steps": Range(1),
    "seed": Range(0, 2**32 - 1),
    "ema": Range(0, 1, whole=False),
    "clip": Range(1e-9, whole=False),
    "patience": Range(1),
    "early_stopping.patience": Range(1, none=True),
    "early_stopping.min_delta": Range(0, whole=False),
    "worst": Range(0),
    "optimizer.lr": Range(0, whole=False),
    "optimizer.weight_decay": Range(0, whole=False),
    "scheduler.warmup": Range(0),
    "scheduler.floor": Range(0, 1, whole=False),
    "data.batch_size": Range(1),
    "data.train.batch": Range(1),
    "data.train.pool": Range(1),
    "data.train.size": Range(32),
    "data.train.max_width": Range(1),
    "data.train.photometric": Range(0, whole=False),
    "data.validation.limit": Range(1, none=True),
    "trainer.accumulate_grad_batches": Range(1),
    "trainer.log_every_n_steps": Range(0),
    "hardware.memory_gb": Range(0.1, whole=False, none=True),
}
#: So many settings of one node are listed where none is near the one that was given.
_LISTED = 12
#: Keys of earlier releases and the names that they have now.
RENAMED = {"data.train.emphasis": "data.train.pixel_weights"}


def missing(cfg: DictConfig) -> tuple[str, ...]:
    """The keys that a run cannot do without and that nothing gives a value yet, such as the path of its data.

    Raises:
        BadConfiguration: a value refers to a key that is not there.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        return tuple(sorted(OmegaConf.missing_keys(cfg)))
    except OmegaConfBaseException as error:
        raise failed(error) from error


def refuse_missing(lacking: Sequence[str]) -> None:
    """
    Raises:
        BadConfiguration: there are such keys; the message names them.
    """
    if lacking:
        raise BadConfiguration(f"no value is given for {', '.join(lacking)}: add {lacking[0]}=VALUE")


def check(cfg: DictConfig) -> dict[str, Any]:
    """Hold every value against what takes it.

    Returns:
        The settings as plain values.

    Raises:
        BadConfiguration: a value is missing, of a wrong type or out of its range, or a key that nothing takes; the
            message names the key.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import ConfigKeyError, OmegaConfBaseException, ValidationError

    from ocr.configs import schema

    refuse_missing(missing(cfg))
    try:
        settings: Any = OmegaConf.to_container(cfg, resolve=True)
        # Hydra lets `+` add any key.
        OmegaConf.merge(OmegaConf.structured(schema.TASKS[cfg.task]), settings)
    except (ConfigKeyError, ValidationError) as error:
        raise refused(error, lambda: keys(cfg)) from error
    except OmegaConfBaseException as error:
        raise failed(error) from error
    for key, allowed in RANGES.items():
        value = OmegaConf.select(cfg, key, default=_ABSENT)
        if value is not _ABSENT and not allowed.holds(value):
            raise BadConfiguration(f"{key} is {value!r}; expected {allowed}")
    for key, node in _targets(settings, ""):
        _check_target(key, node)
    return dict(settings)


_ABSENT = object()


def _targets(node: Any, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The nodes that make an object, each with its dotted key."""
    if not isinstance(node, Mapping):
        return
    if "_target_" in node:
        yield key, node
    for name, value in node.items():
        yield from _targets(value, f"{key}.{name}" if key else str(name))


def _check_target(key: str, node: Mapping[str, Any]) -> None:
    """Hold a node against a structured config of its target's signature."""
    from hydra.utils import get_object
    from hydra_zen import builds
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    arguments = {
        name: value for name, value in node.items() if not (name.startswith("_") and name.endswith("_"))
    }
    try:
        target: Any = get_object(node["_target_"])
        parameters = inspect.signature(target).parameters
        schema = OmegaConf.structured(builds(target, populate_full_signature=True))
    except (ImportError, AttributeError, ValueError) as error:
        raise BadConfiguration(f"{key}._target_: {error}") from error
    open_ended = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    for name in arguments:
        if name not in parameters and not open_ended:
            near = nearest(f"{key}.{name}", [f"{key}.{one}" for one in parameters])
            raise BadConfiguration(f"there is no setting {f'{key}.{name}'!r}; {near}")
    try:
        OmegaConf.merge(schema, {name: value for name, value in arguments.items() if name in schema})
    except OmegaConfBaseException as error:
        raise refused(error, lambda: [], key) from error


def keys(cfg: DictConfig) -> list[str]:
    """All dotted keys of a configuration."""
    from omegaconf import OmegaConf

    return list(_keys(OmegaConf.to_container(cfg, resolve=False), ""))


def _keys(node: Any, above: str) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield f"{above}{name}"
            yield from _keys(value, f"{above}{name}.")


def nearest(key: str, known: Sequence[str]) -> str:
    """A hint at the setting that was meant."""
    renamed = next((old for old in RENAMED if key == old or key.startswith(f"{old}.")), None)
    if renamed:
        return f"it is called {key.replace(renamed, RENAMED[renamed])!r} now"
    known = [one for one in known if one != key]
    above, dot, last = key.rpartition(".")
    beside = [one for one in known if dot and one.rpartition(".")[0] == above]
    same = [one for one in known if one.rpartition(".")[2] == last and not key.startswith(f"{one}.")]
    near = did_you_mean(key, beside, otherwise="", cutoff=0.9) or (same and f"did you mean {same[0]!r}?")
    if near:
        return near
    if 0 < len(beside) <= _LISTED:
        names = (one.rpartition(".")[2] for one in beside)
        return f"{above} has {', '.join(name for name in names if not name.startswith('_'))}"
    return did_you_mean(key, known, otherwise="--show-config prints all there are", cutoff=0.8)


def refused(error: Exception, known: Callable[[], Sequence[str]], above: str = "") -> BadConfiguration:
    """What Hydra says of an override, in a line.

    Args:
        error: of Hydra or OmegaConf.
        known: gives all keys of the configuration.
        above: key of the node that was composed, where it is not the whole.
    """
    from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException, ValidationError

    cause = error.__cause__ if isinstance(error.__cause__, OmegaConfBaseException) else error
    key = ".".join(filter(None, [above, getattr(cause, "full_key", None)]))
    text = str(cause)
    if isinstance(cause, ConfigKeyError | ConfigAttributeError) and key:
        return BadConfiguration(f"there is no setting {key!r}; {nearest(key, known())}")
    if isinstance(cause, ValidationError) and key:
        return BadConfiguration(f"{key}: {_one_line(text)}")
    options = getattr(error, "options", None)
    if options:
        group, _, name = str(getattr(error, "missing_cfg_file", "")).rpartition("/")
        return BadConfiguration(f"there is no {group} {name!r}; it is one of {', '.join(options)}")
    unreadable = getattr(error, "override", None)
    if unreadable:
        reason = _one_line(text).removeprefix(f"Error parsing override '{unreadable}'; ")
        return BadConfiguration(f"got the override {unreadable!r}; expected KEY=VALUE ({reason})")
    unknown = re.match(r"Could not (?:override|delete from config\.) '([^']+)'", str(error))
    if unknown:
        return BadConfiguration(f"there is no setting {unknown[1]!r}; {nearest(unknown[1], known())}")
    return BadConfiguration(_one_line(str(error)))


def failed(error: Exception, key: str = "") -> BadConfiguration:
    """What an object says against its settings, with the key of its node.

    Args:
        error: of the object, or Hydra's around it.
        key: of the node, where Hydra does not name it.
    """
    named = re.search(r"^\s*full_key: (.+)$", str(error), re.MULTILINE)
    return BadConfiguration(
        _one_line(": ".join(filter(None, [named[1] if named else key, str(error.__cause__ or error)])))
    )


def _one_line(text: str) -> str:
    """Without Hydra's list of the places that it searched and its links."""
    kept = [
        line.strip()
        for line in text.split("Config search path:")[0].splitlines()
        if line.strip()
        and not line.strip().startswith(("See https", "full_key:", "object_type=", "reference_type="))
    ]
    return "; ".join(kept)
