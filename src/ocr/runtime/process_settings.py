"""What the library changes in the whole process, and how to switch it off; see ``docs/process.md``.

    OCR_PROCESS_SETTINGS=none python …            # nothing
    OCR_PROCESS_SETTINGS=malloc,telemetry …       # these alone

or, before the first model is loaded, ``ocr.process_settings("malloc", "telemetry")``.
"""

from __future__ import annotations

import os

from ocr.errors import BadConfiguration
from ocr.runtime.suggestions import did_you_mean

#: Environment variable: names of `SETTINGS` separated by commas, ``all`` (the default) or ``none``.
VARIABLE = "OCR_PROCESS_SETTINGS"
#: What each of them does.
SETTINGS = {
    "malloc": "glibc's malloc gives buffers from 4 MB back to the system and keeps two arenas (mallopt)",
    "telemetry": "ONNX Runtime is told to report nothing to its makers (ORT_DISABLE_TELEMETRY=1 in the environment)",
    "arena": "the networks of all readers share one arena of ONNX Runtime; sessions of others do not use it",
    "fork": "a process is forked only while no network runs, so that its child can read; forking waits for that",
}

_chosen: frozenset[str] | None = None


def process_settings(*names: str) -> None:
    """Choose what the library may change in this process, before the first model is loaded.

    Args:
        names: of `SETTINGS`; none of them for nothing at all.

    Raises:
        BadConfiguration: there is none of that name; the message names the nearest.
    """
    global _chosen
    _chosen = _checked(names, "")


def allowed(name: str) -> bool:
    """Whether the library may make a setting of `SETTINGS`.

    Raises:
        BadConfiguration: the environment variable names what there is not.
    """
    if _chosen is not None:
        return name in _chosen
    text = os.environ.get(VARIABLE, "all").strip().lower()
    if text in ("", "all"):
        return True
    if text == "none":
        return False
    names = [one.strip() for one in text.split(",")]
    return name in _checked([one for one in names if one], f" (from {VARIABLE})")


def _checked(names: tuple[str, ...] | list[str], origin: str) -> frozenset[str]:
    for name in names:
        if name not in SETTINGS:
            hint = did_you_mean(name, SETTINGS, "process settings")
            raise BadConfiguration(f"there is no process setting {name!r}{origin}; {hint}")
    return frozenset(names)
