"""Pipelines from names on a command line, or from a JSON or YAML file."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from ocr.errors import BadConfiguration, InputNotFound, InputUnreadable, MissingExtra
from ocr.prepare.pipeline import Pipeline

_YAML = (".yaml", ".yml")


def parse(text: str) -> Pipeline:
    """A pipeline from ``deskew,shadow``, or from the path of a ``.json``, ``.yaml`` or ``.yml`` file.

    Raises:
        BadConfiguration: an unknown stage or parameter, a bad value, or a file that is not JSON or YAML.
        InputNotFound, InputUnreadable: the file cannot be read.
        MissingExtra: a YAML file, and PyYAML is not installed.
    """
    path = Path(text)
    if path.suffix.lower() in (".json", *_YAML):
        return load(path)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise BadConfiguration("no stages are given; expected names such as deskew,shadow, or a file")
    return Pipeline.of(*names)


def load(path: Path) -> Pipeline:
    """A pipeline from a file; see `Pipeline.from_config` for its content.

    Raises:
        BadConfiguration, InputNotFound, InputUnreadable, MissingExtra: as `parse`.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputNotFound(f"there is no file {path} with stages to prepare pages") from error
    except OSError as error:
        raise InputUnreadable(f"{path} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BadConfiguration(f"{path} is not text in UTF-8; expected JSON or YAML") from error
    return loads(text, path.name)


def loads(text: str, name: str) -> Pipeline:
    """A pipeline from the text of a file; the suffix of its name decides between JSON and YAML.

    Raises:
        BadConfiguration, MissingExtra: as `parse`.
    """
    path = Path(name)
    return Pipeline.from_config(_yaml(text, path) if path.suffix.lower() in _YAML else _json(text, path))


def dumps(pipeline: Pipeline) -> str:
    """A pipeline as YAML for `load`: stages in order, with all their parameters."""
    lines = []
    for stage in pipeline.to_config():
        for name, parameters in stage.items():
            lines.append(f"- {name}:" if parameters else f"- {name}: {{}}")
            # Values are words and numbers, whose JSON is valid YAML.
            lines += [f"    {key}: {json.dumps(value)}" for key, value in parameters.items()]
    return "\n".join(lines) + "\n" if lines else "[]\n"


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadConfiguration(f"{path} is not JSON: {error}") from error


def _yaml(text: str, path: Path) -> Any:
    try:
        yaml = importlib.import_module("yaml")
    except ImportError as error:
        raise MissingExtra(
            f"{path} is YAML, which needs PyYAML: pip install pyyaml, or write the stages as JSON"
        ) from error
    try:
        return yaml.safe_load(text)
    except (
        yaml.YAMLError,
        RecursionError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        # Of a value that is tagged as what it is not, PyYAML lets out whatever its constructor raises.
        raise BadConfiguration(f"{path} is not YAML: {' '.join(str(error).split())}") from error
