"""Packages that only some output formats need, and what to install where one is missing."""

from __future__ import annotations

import importlib
from typing import Any

from ocr.errors import MissingExtra


def load(package: str, extra: str, what: str) -> Any:
    """Import a package of an extra.

    Args:
        package: name of the module.
        extra: the extra of this distribution that brings it.
        what: what needs it, as the subject of the message.

    Raises:
        MissingExtra: it is not installed; the message says how to install it.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise MissingExtra(
            f"{what} needs {package}, which is not installed: pip install 'receipt-ocr[{extra}]'"
        ) from error
