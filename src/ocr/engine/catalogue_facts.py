"""Facts about a model of the catalogue as plain values, for the command line, the app and programs."""

from __future__ import annotations

from typing import Any

from ocr.engine.catalogue import Catalogue, Entry
from ocr.errors import ModelInvalid


def facts(entry: Entry) -> dict[str, Any]:
    """Summary of a model; the reason under ``error`` if it cannot be used."""
    summary: dict[str, Any] = {
        "name": entry.name,
        "task": entry.task,
        "shipped": entry.shipped,
        "default": entry.default,
        "added": entry.added,
        "sha256": entry.sha256,
        "bytes": None,
        "title": None,
        "error": None,
    }
    try:
        model = entry.load()
    except ModelInvalid as error:
        return summary | {"error": str(error)}
    return summary | {"sha256": model.sha256, "bytes": len(model.data), "title": model.name}


def details(catalogue: Catalogue, entry: Entry) -> dict[str, Any]:
    """All facts about a model: figures, provenance, preprocessing, card and history.

    Raises:
        ModelInvalid: it cannot be used.
    """
    model = entry.load()
    return {
        **facts(entry),
        "path": str(entry.path),
        "figures": _mapping(model.info.get("figures")),
        "provenance": _mapping(model.info.get("provenance")),
        "preprocess": dict(model.preprocess),
        "postprocess": dict(model.postprocess),
        "charset": model.charset,
        "card": entry.card(),
        "history": [vars(event) for event in catalogue.history(entry.name)],
    }


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
