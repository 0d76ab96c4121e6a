"""The user's folder of this package, which holds added models. Looking it up creates nothing."""

from __future__ import annotations

import os
from pathlib import Path

from ocr.errors import BadConfiguration

#: Environment variable that names the folder.
VARIABLE = "OCR_HOME"
_NAME = "receipt-ocr"
_NO_HOME = f"there is no folder for models of your own ({{}}); set {VARIABLE} to one"


def given() -> bool:
    """Whether somebody chose the folder."""
    return bool(os.environ.get(VARIABLE))


def home() -> Path:
    """The folder: ``OCR_HOME``, else the place that the platform gives an application for its data.

    Raises:
        BadConfiguration: there is none, as in a container whose user has no home folder.
    """
    # Here, because `import ocr` reaches this module and does not need it.
    from platformdirs import user_data_path

    try:
        folder = (
            Path(os.environ[VARIABLE]).expanduser().absolute()
            if given()
            else user_data_path(_NAME, appauthor=False)
        )
    except RuntimeError as error:
        raise BadConfiguration(_NO_HOME.format(error)) from error
    if not folder.is_absolute():
        raise BadConfiguration(_NO_HOME.format(f"the system names {folder}"))
    return folder
