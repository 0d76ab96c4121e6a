"""What decoding has to know of the target maps that a kind of detector was taught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Settings of the target maps, under ``data.train``, that the decoding of a kind undoes.
_TAUGHT = {"db": "shrink_ratio", "craft": "sigma"}


def decode_settings(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Decode options of a run, as `ocr.detection.decode.options_from` takes them.

    Args:
        kind: of the detector's head.
        settings: the resolved configuration of the run.
    """
    name = _TAUGHT[kind]
    return {"kind": kind, name: settings["data"]["train"][name], **settings["decode"]}
