"""``ocr models list|show|verify``: what looks at the catalogue and changes nothing."""

from __future__ import annotations

from typing import Annotated, Any

import typer

_SCHEMA = "ocr.models/1"


def list_models(
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List all models, shipped and your own; a star marks the defaults.

    A model that cannot be used is listed with the reason; so is a shipped one that is missing.
    """
    from ocr.engine.catalogue import Catalogue, shipped_slots
    from ocr.engine.catalogue_facts import facts

    catalogue = Catalogue()
    models = [facts(entry) for entry in catalogue.entries()]
    if json:
        _print_json(
            {
                "schema": _SCHEMA,
                "folder": str(catalogue.folder),
                "models": models,
                "defaults": {task: catalogue.default(task).name for task in shipped_slots()},
                "rollback_targets": {
                    task: list(catalogue.rollback_targets(task)) for task in shipped_slots()
                },
                "history": [vars(event) for event in catalogue.history()],
            }
        )
        return
    from ocr.writers.text import escape

    widths = [max(len(str(model[key])) for model in models) for key in ("name", "task")]
    for model in models:
        mark = "*" if model["default"] else " "
        state = model["error"] or (
            f"{model['sha256'][:12]}  {model['bytes'] / 1e6:5.1f} MB  {model['added'] or 'shipped'}"
        )
        print(escape(f"{mark} {model['name']:{widths[0]}}  {model['task']:{widths[1]}}  {state}"))


def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Model of the catalogue.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show a model: hash, figures, how it prepares pictures, history and card."""
    from ocr.engine.catalogue import Catalogue
    from ocr.engine.catalogue_facts import details

    catalogue = Catalogue()
    facts = {"schema": _SCHEMA, **details(catalogue, catalogue.get(name))}
    if json:
        _print_json(facts)
        return
    _show(facts)


def verify() -> int:
    """Read and hash every model again; the exit status is 5 where one is missing, damaged or foreign."""
    from ocr.cli.app import report
    from ocr.engine.catalogue import Catalogue
    from ocr.writers.text import escape

    status = 0
    for name, error in Catalogue().verify():
        if error is None:
            print(f"ok {escape(name)}")
        else:
            report(error, name)
            status = error.exit_status
    return status


def _show(facts: dict[str, Any]) -> None:
    import json

    from ocr.writers.text import escape

    state = "default" if facts["default"] else "not in use"
    origin = "shipped" if facts["shipped"] else f"added {facts['added']}"
    print(f"{facts['name']}: {facts['task']}, {origin}, {state}")
    print(escape(f"title    {facts['title']}"))
    print(f"SHA-256  {facts['sha256']}")
    print(escape(f"file     {facts['path']} ({facts['bytes'] / 1e6:.1f} MB)"))
    for key in ("preprocess", "postprocess"):
        print(escape(f"{key:12} {json.dumps(facts[key], ensure_ascii=False)}"))
    if facts["charset"]:
        print(escape(f"charset  {len(facts['charset'])} characters: {facts['charset']}".replace("\n", " ")))
    for name, value in facts["figures"].items():
        print(escape(f"  {name}: {value:.4g}" if isinstance(value, float) else f"  {name}: {value}"))
    for event in facts["history"]:
        before = f" (before: {event['before']})" if event["before"] else ""
        print(f"{event['time']} {event['action']}{before}")
    if facts["card"]:
        print()
        print(escape(facts["card"].rstrip("\n")))


def _print_json(content: dict[str, Any]) -> None:
    import json
    import sys

    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    # Figures of a foreign model may be NaN, which is no JSON.
    finite = json.loads(json.dumps(content), parse_constant=lambda name: None)
    print(json.dumps(finite, ensure_ascii=plain, allow_nan=False))
