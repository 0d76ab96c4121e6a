"""The user's folder of this package, where models of one's own are kept. Looking it up creates nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ocr.errors import BadConfiguration

#: Environment variable that names the folder.
VARIABLE = "OCR_HOME"
_NAME = "receipt-ocr"


def given() -> bool:
    """Whether somebody chose the folder."""
    return bool(os.environ.get(VARIABLE))


def home() -> Path:
    """The folder: ``OCR_HOME``, else the place that the platform gives an application for its data.

    Raises:
        BadConfiguration: there is none, as in a container whose user has no home folder.
    """
    try:
        if given():
            return Path(os.environ[VARIABLE]).expanduser().absolute()
        if sys.platform == "win32":
            local = os.environ.get("LOCALAPPDATA")
            return (Path(local) if local else Path.home() / "AppData" / "Local") / _NAME
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / _NAME
        data = os.environ.get("XDG_DATA_HOME", "")
        # The specification has relative paths ignored.
        return (Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share") / _NAME
    except RuntimeError as error:
        raise BadConfiguration(
            f"there is no folder for models of your own ({error}); set {VARIABLE} to one"
        ) from error
