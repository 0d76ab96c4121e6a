"""Pictures and annotations that cannot be read: named and left out, or the end of the run."""

from __future__ import annotations

import logging
from typing import Literal

from ocr.errors import BadConfiguration, OcrError

Policy = Literal["skip", "fail"]
_LOG = logging.getLogger(__name__)


class Unreadable:
    """What a source of samples could not read.

    A source lives in loader processes, whose messages nobody sees: what it notes travels with its next record
    (`take`), and the training's own process tells it (`Told`).

    Args:
        policy: ``skip`` leaves such samples out; ``fail`` ends the run with the first.

    Raises:
        BadConfiguration: another policy.
    """

    def __init__(self, policy: str = "skip") -> None:
        if policy not in ("skip", "fail"):
            raise BadConfiguration(f"unreadable is {policy!r}; expected skip or fail")
        self.policy = policy
        self._noted: list[str] = []

    def note(self, name: str, error: OcrError) -> None:
        """Note a sample.

        Raises:
            BadConfiguration: the policy is ``fail``.
        """
        message = str(error)
        message = message if name in message else f"{name}: {message}"
        if self.policy == "fail":
            raise BadConfiguration(f"{message} (unreadable=skip leaves such samples out)") from error
        self._noted.append(message)

    def take(self) -> tuple[str, ...]:
        """The messages since the last call."""
        noted, self._noted = tuple(self._noted), []
        return noted


class Told:
    """Tells each unreadable sample once, and counts them."""

    def __init__(self) -> None:
        self._messages: set[str] = set()

    def __len__(self) -> int:
        return len(self._messages)

    def tell(self, messages: tuple[str, ...]) -> None:
        """Log those that are new as warnings."""
        for message in messages:
            if message not in self._messages:
                self._messages.add(message)
                _LOG.warning("left out: %s", message)
