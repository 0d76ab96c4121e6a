"""A bounded queue in front of a bounded pool of threads that read.

Inference blocks, so it never runs on the event loop. A call that waits in the queue can still be dropped: because its
deadline passed, or because the caller hung up. A call that runs is told to stop between two pages.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ocr.errors import DeadlineExceeded, OcrError, Overloaded

T = TypeVar("T")
#: Weight of the newest call in the running mean of seconds a call.
_MEAN_WEIGHT = 0.1


class Cancelled(OcrError):
    """The caller went away or cancelled the job; nobody reads this error."""

    code = "cancelled"
    http_status = 499


class Ticket:
    """Lets a running call find out that nobody waits for it any more."""

    def __init__(self, deadline: float | None) -> None:
        self.deadline = deadline
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Ask the call to stop at its next check."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to stop."""
        return self._cancelled.is_set()

    def check(self, *_: Any) -> None:
        """Raise where the call should stop; takes the arguments of a page observer and ignores them.

        Raises:
            Cancelled: nobody waits for the result.
            DeadlineExceeded: it comes too late.
        """
        if self._cancelled.is_set():
            raise Cancelled("the caller went away")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineExceeded("the deadline of the request passed before it was read")


@dataclass
class _Call:
    function: Callable[[Ticket], Any]
    ticket: Ticket
    future: Future[Any] = field(default_factory=Future)
    queued: float = field(default_factory=time.monotonic)


class InferencePool:
    """Threads that take calls from a bounded queue, first come, first served.

    Attributes:
        size: number of threads.
        capacity: calls that may wait at most.
    """

    def __init__(self, size: int, capacity: int, observe_wait: Callable[[float], None] | None = None) -> None:
        """Start the threads.

        Args:
            size: threads, at least 1.
            capacity: calls that wait at most, beside those that run; at least 0.
            observe_wait: called with the seconds that each call waited.
        """
        self.size, self.capacity = size, capacity
        self._observe_wait = observe_wait
        self._calls: deque[_Call] = deque()
        self._changed = threading.Condition()
        self._running = 0
        self._closed = False
        self._mean_seconds = 0.2
        self._threads = [
            threading.Thread(target=self._work, name=f"ocr-inference-{k}", daemon=True) for k in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def depth(self) -> int:
        """Calls that wait."""
        return len(self._calls)

    @property
    def running(self) -> int:
        """Calls that run."""
        return self._running

    @property
    def idle(self) -> bool:
        """Whether a call would start at once."""
        return self._running + len(self._calls) < self.size

    @property
    def full(self) -> bool:
        """Whether a call would be refused."""
        return self._closed or (len(self._calls) >= self.capacity and not self.idle)

    def refusal(self) -> Overloaded:
        """The error of a call that is refused."""
        return Overloaded(f"{len(self._calls)} requests wait already; try again in {self.retry_after()} s")

    def retry_after(self) -> int:
        """Whole seconds after which a refused call is likely to find room."""
        return max(1, round(self._mean_seconds * (len(self._calls) + 1) / self.size))

    def submit(
        self, function: Callable[[Ticket], T], deadline: float | None = None
    ) -> tuple[Future[T], Ticket]:
        """Queue a call.

        Args:
            function: called in a thread with its ticket, which it should check now and then.
            deadline: seconds from now after which the result is of no use.

        Raises:
            Overloaded: the queue is full, or the pool is closed.
        """
        ticket = Ticket(None if deadline is None else time.monotonic() + deadline)
        call = _Call(function, ticket)
        with self._changed:
            # Calls that nobody waits for any more must not keep others out.
            while self._calls and self._calls[0].ticket.cancelled:
                self._calls.popleft().future.cancel()
            if self.full:
                raise self.refusal()
            self._calls.append(call)
            self._changed.notify()
        return call.future, ticket

    async def run(
        self,
        function: Callable[[Ticket], T],
        deadline: float | None = None,
        gone: Callable[[], Any] | None = None,
    ) -> T:
        """Queue a call and wait for its result on the event loop.

        Args:
            function: see `submit`.
            deadline: seconds from now after which the wait ends.
            gone: a coroutine function that returns when the caller hung up.

        Raises:
            Overloaded: the queue is full.
            DeadlineExceeded: the deadline passed first.
            Cancelled: the caller hung up first.
        """
        future, ticket = self.submit(function, deadline)
        result = asyncio.ensure_future(asyncio.wrap_future(future))
        hang_up = None if gone is None else asyncio.ensure_future(gone())
        waited = {result} if hang_up is None else {result, hang_up}
        try:
            done, _ = await asyncio.wait(waited, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
            if result in done:
                return result.result()
            if hang_up in done:
                raise Cancelled("the caller went away")
            raise DeadlineExceeded(f"the result was not there after {deadline:g} s")
        finally:
            if not result.done():
                self._drop(future, ticket)
                result.cancel()
            if hang_up is not None:
                hang_up.cancel()

    def _drop(self, future: Future[Any], ticket: Ticket) -> None:
        ticket.cancel()
        with self._changed:
            for call in self._calls:
                if call.future is future:
                    self._calls.remove(call)
                    break
        future.cancel()

    def close(self, timeout: float | None = None) -> None:
        """Refuse new calls, let those that are queued or run end, and end the threads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._calls and not self._closed:
                    self._changed.wait()
                if not self._calls:
                    return
                call = self._calls.popleft()
                self._running += 1
            try:
                self._answer(call)
            finally:
                with self._changed:
                    self._running -= 1

    def _answer(self, call: _Call) -> None:
        started = time.monotonic()
        if self._observe_wait is not None:
            self._observe_wait(started - call.queued)
        if not call.future.set_running_or_notify_cancel():
            return
        try:
            call.ticket.check()
            result = call.function(call.ticket)
        except BaseException as error:
            call.future.set_exception(error)
        else:
            call.future.set_result(result)
            seconds = time.monotonic() - started
            self._mean_seconds += _MEAN_WEIGHT * (seconds - self._mean_seconds)
