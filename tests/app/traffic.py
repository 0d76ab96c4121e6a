"""What a page of the workbench and its server say to each other: whether an action was heard of and answered.

The page alone does not show it: what is filled in reaches the server a while later, and only then is the page drawn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from tests.waiting import PATIENCE

_OF_PAGE: WeakKeyDictionary[Any, Traffic] = WeakKeyDictionary()


class Traffic:
    """Counts runs of the script of a page.

    Args:
        page: listened to before it goes anywhere.

    Attributes:
        asked: runs that a person asked for by an action.
        begun: runs that the server began.
        ended: of these, those that ended.
    """

    def __init__(self, page: Any) -> None:
        self.asked = self.begun = self.ended = 0
        self._page = page
        page.on("websocket", self._opened)
        _OF_PAGE[page] = self

    def wait(self, *, asked: int = 0, begun: int = 0) -> None:
        """Wait until so many runs were asked for and begun, none is under way, and the page shows the last one."""
        end = time.monotonic() + PATIENCE
        while self.asked < asked or self.begun < max(begun, 1) or self.ended < self.begun:
            assert time.monotonic() < end, f"asked {self.asked}, begun {self.begun}, ended {self.ended}"
            self._page.wait_for_timeout(20)
        self._page.locator(".stApp[data-test-script-state=notRunning]").wait_for()

    def _opened(self, socket: Any) -> None:
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, data: Any) -> None:
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg.FromString(data) if isinstance(data, bytes) else BackMsg()
        self.asked += message.HasField("rerun_script") and not message.rerun_script.is_auto_rerun

    def _received(self, data: Any) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = ForwardMsg.FromString(data) if isinstance(data, bytes) else ForwardMsg()
        self.begun += message.HasField("new_session")
        self.ended += message.WhichOneof("type") == "script_finished"


def settled(page: Any) -> None:
    """Wait until the page shows all that the server has said."""
    _OF_PAGE[page].wait()


@contextmanager
def acting(page: Any) -> Iterator[None]:
    """For an action that the server hears of: the page stands still before it, and shows what it led to afterwards."""
    traffic = _OF_PAGE[page]
    traffic.wait()
    asked, begun = traffic.asked, traffic.begun
    yield
    traffic.wait(asked=asked + 1, begun=begun + 1)
