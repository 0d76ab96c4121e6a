"""A progress bar on standard error, only where a person sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(total: int, what: str) -> Iterator[Callable[..., None]]:
    """A bar while standard error is a terminal and there are several things.

    The function given advances it: by one, or by as many as its argument says.
    """
    if total < 2 or not sys.stderr.isatty():
        yield lambda by=1: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    # Results go to standard output meanwhile; where that is the same terminal, the bar must not be redirected
    # into.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        redirect_stderr=True,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda by=1: progress.advance(task, by)
