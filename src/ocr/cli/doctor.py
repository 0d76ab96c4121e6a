"""``ocr doctor``: what is installed, and whether it works."""

from __future__ import annotations

from typing import Annotated

import typer

from ocr.cli.options import Format


def doctor(
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="Text, or one JSON object.")
    ] = Format.text,
) -> int:
    """Say what is installed, and whether it works.

    Shows the machine, the packages, the extras and the models, each read and hashed again, and reads a page made
    for the purpose. The exit status is 1 where something is broken. Nothing is written.
    """
    from ocr.bench.doctor import examine

    checks = examine()
    broken = any(check.status == "fail" for check in checks)
    if output_format is Format.json:
        import json

        content = {
            "schema": "ocr.bench.doctor/1",
            "ok": not broken,
            "checks": [vars(check) for check in checks],
        }
        print(json.dumps(content))
        return int(broken)
    from ocr.writers.text import escape

    for check in checks:
        print(escape(f"{check.status:4}  {check.name}: {check.message}"))
    return int(broken)
