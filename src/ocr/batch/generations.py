"""What a destination was made with: the models and options of the first reading, and of each that reads again.

Generation 0 reads what has no row. Each ``--rerun`` is a further generation, which replaces rows; it goes on until it
is done, however often it is interrupted.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ocr.batch.manifest import HOME
from ocr.batch.store import Store
from ocr.errors import BadConfiguration, InputNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ocr.batch.lazy_reader import LazyReader
    from ocr.pipeline.options import ReadOptions
    from ocr.pipeline.reader import Reader

SCHEMA = "ocr.batch/1"
_FOLDER = f"{HOME}generations/"


@dataclass(frozen=True)
class Generation:
    """One pass over the inputs.

    Attributes:
        number: from 0.
        source: URI of the root of the inputs.
        recipe: what the results depend on: see `recipe_of`.
        rerun: what is read again, ``None`` for what has no row yet.
        done: whether it was finished.
    """

    number: int
    source: str
    recipe: Mapping[str, Any]
    rerun: str | None = None
    done: bool = False

    @property
    def hash(self) -> str:
        """SHA-256 of the recipe, in hexadecimal digits."""
        return hashlib.sha256(json.dumps(self.recipe, sort_keys=True).encode()).hexdigest()


def recipe_of(reader: Reader | LazyReader, options: ReadOptions) -> dict[str, Any]:
    """What results depend on, as JSON values: version, hashes of the models, options without the password."""
    import ocr

    values: dict[str, Any] = options.to_dict()
    del values["password"]
    values["limits"] = options.limits.to_dict()
    values["prepare"] = None if options.prepare is None else options.prepare.to_config()
    for name in ("decoding", "sizing", "mask"):
        values[name] = dict(values[name]) if name != "mask" else list(values[name])
    models = {model.task: model.sha256 for model in reader.models}
    return {"version": ocr.__version__, "models": models, "options": values}


def latest(store: Store) -> Generation | None:
    """The last generation of a destination, ``None`` where there is none."""
    keys = [one.key for one in store.list(_FOLDER)]
    numbers = sorted(key for key in keys if key.endswith(".json"))
    if not numbers:
        return None
    found = json.loads(store.get(numbers[-1]))
    if found.get("schema") != SCHEMA:
        raise BadConfiguration(
            f"{store.root}{numbers[-1]} has the schema {found.get('schema')!r}; expected {SCHEMA!r}"
        )
    return Generation(
        found["number"],
        found["source"],
        found["recipe"],
        found["rerun"],
        done=_key(found["number"], "done") in keys,
    )


def require(store: Store) -> Generation:
    """The last generation of a destination.

    Raises:
        InputNotFound: the place is no destination of a batch.
    """
    found = latest(store)
    if found is None:
        raise InputNotFound(f"{store.root} holds no batch; make one with ocr batch SOURCE {store.root}")
    return found


def begin(store: Store, source: str, recipe: Mapping[str, Any], rerun: str | None) -> Generation:
    """The generation that a command goes on with, or begins.

    Raises:
        BadConfiguration: the destination is that of another source, or was read with other models or options, or
            another rerun is not done yet.
    """
    while True:
        found = latest(store)
        if found is None:
            fresh = Generation(0, source, recipe)
        else:
            if found.source != source:
                raise BadConfiguration(
                    f"{store.root} holds the results of {found.source}, not of {source}; give another destination"
                )
            if rerun is None or (rerun == found.rerun and not found.done):
                _require_same(found, recipe, store.root)
                return found
            if not found.done:
                unfinished = "the first reading" if found.rerun is None else f"--rerun {found.rerun}"
                raise BadConfiguration(
                    f"{unfinished} is not done yet: run it to its end before --rerun {rerun}"
                )
            fresh = Generation(found.number + 1, source, recipe, rerun)
        if store.create(_key(fresh.number, "json"), _written(fresh)):
            return fresh


def finish(store: Store, generation: Generation) -> None:
    """Note that a generation is done."""
    if not generation.done:
        store.create(_key(generation.number, "done"), b"")


def _require_same(found: Generation, recipe: Mapping[str, Any], root: str) -> None:
    names = [
        f"{group} {name}" if isinstance(found.recipe.get(group), dict) else group
        for group in sorted({*found.recipe, *recipe})
        for name in _differing(found.recipe.get(group), recipe.get(group))
    ]
    if names:
        raise BadConfiguration(
            f"{root} was read with another {', '.join(names)}: give the same, or --rerun all to read everything again, "
            "or another destination"
        )


def _differing(before: Any, now: Any) -> list[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        return [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return [""] if before != now else []


def _key(number: int, kind: str) -> str:
    return f"{_FOLDER}{number:06d}.{kind}"


def _written(one: Generation) -> bytes:
    values = {
        "schema": SCHEMA,
        "number": one.number,
        "source": one.source,
        "rerun": one.rerun,
        "recipe": one.recipe,
    }
    return json.dumps(values, indent=1, sort_keys=True).encode()
