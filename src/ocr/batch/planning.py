"""From a listing to parts: what is not in the manifest is added to it, what has changed is found."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from ocr.batch.generations import Generation
from ocr.batch.manifest import HOME, Entry, Manifest, Part
from ocr.batch.sources import Skipped, Source
from ocr.batch.store import Store

_NAMED = 20


def _listed(run: int) -> str:
    """Key of what says that the listing which began with a part came to its end."""
    return f"{HOME}listed/{run:08d}"


@dataclass
class Findings:
    """What a comparison of source and manifest shows.

    Attributes:
        skipped: objects that are no inputs.
        changed: inputs that are not as they were listed.
        gone: inputs that are no longer there; their rows stay.
        added: inputs that are new in the manifest.
        changed_names: the first few that changed.
        complete: whether the source was listed to its end.
    """

    skipped: Skipped = field(default_factory=Skipped)
    changed: int = 0
    gone: int = 0
    added: int = 0
    changed_names: list[str] = field(default_factory=list)
    complete: bool = False


class Planner:
    """Adds parts to the manifest of a destination, beside other programs that may do the same.

    Each part is written by conditional create. The parts of one listing, a run, ascend; what a run adds is in no part
    before it. Who finds that another program has written the next part of the same run takes it over and goes on behind
    it; who finds a part of another run compares anew. So no input is in two parts, whoever writes them.

    Args:
        store: of the destination.
        source: that is listed.
        generation: of the run.
        part_size: inputs of a part.
        limit: inputs of the manifest at most.
    """

    def __init__(
        self, store: Store, source: Source, generation: Generation, part_size: int, limit: int | None = None
    ) -> None:
        self._store, self._source, self._generation = store, source, generation
        self._part_size, self._limit = part_size, limit
        self.manifest = Manifest(store)
        self.findings = Findings()

    def run(self, emit: Callable[[int], None], cancel: threading.Event | None = None) -> Findings:
        """List the source.

        Args:
            emit: called with the number of each part that may hold work, as soon as it is known.
            cancel: once set, the listing ends where it is.

        Raises:
            OcrError: see `Source.entries` and `Store.create`.
        """
        found = 0
        while True:
            self.manifest.look()
            for number in range(found, self.manifest.count):
                emit(number)
            found = self.manifest.count
            if self._grown(emit, cancel):
                break
        return self.findings

    def _grown(self, emit: Callable[[int], None], cancel: threading.Event | None) -> bool:
        """One listing; false where another one has to follow, because another program's parts came between."""
        self.findings = Findings()
        count = self.manifest.count
        last = self.manifest.load(count - 1) if count else None
        # A run that was interrupted, or that another program is at, is gone on with behind its last input.
        joins = last is not None and self._store.head(_listed(last.run)) is None
        run = last.run if last is not None and joins else count
        floor = last.entries[-1].place if last is not None and joins else None
        total = (
            0 if self._limit is None else sum(len(self.manifest.load(one).entries) for one in range(count))
        )
        waiting: list[Entry] = []

        def write() -> bool:
            """Write what waits as the next part; false where the comparison has to begin again."""
            nonlocal count, floor, waiting
            part = Part(count, self._generation.hash, tuple(waiting[: self._part_size]), run=run)
            if self.manifest.add(part):
                self.findings.added += len(part.entries)
                waiting = waiting[self._part_size :]
            else:
                part = self.manifest.load(count)
                # Who wrote it had not compared the same parts with the source, or is at another listing.
                if part.run != run or (floor is not None and part.entries[0].place <= floor):
                    return False
                waiting = [one for one in waiting if one.place > part.entries[-1].place]
            floor = part.entries[-1].place
            emit(part.number)
            count += 1
            return True

        if run == 0:
            candidates = self._source.entries(
                None if last is None else last.entries[-1], self.findings.skipped
            )
        else:
            candidates = self._new(emit)
        for entry in candidates:
            if cancel is not None and cancel.is_set():
                return True
            # Parts of a run ascend: what another program's part went past is found by the next listing.
            if floor is not None and entry.place <= floor:
                continue
            if self._limit is not None and total >= self._limit:
                break
            waiting.append(entry)
            total += 1
            if len(waiting) >= self._part_size and not write():
                return False
        else:
            self.findings.complete = True
        while waiting:
            if not write():
                return False
        if self.findings.complete and (run < count or run == 0):
            self._store.create(_listed(run), b"")
        # New inputs before the place where a later run was joined are still to be found.
        return not (joins and run > 0 and self.findings.complete)

    def _new(self, emit: Callable[[int], None]) -> Iterator[Entry]:
        """The inputs of a listing that are in no part; what has changed is noted, or planned to be read again."""
        changing = self._generation.rerun == "changed"
        changes: dict[int, dict[int, Entry]] = {}

        def finished(part: Part) -> None:
            """All inputs of a part are compared."""
            changed = changes.pop(part.number, None)
            if changed and changing and part.version < self._generation.number:
                entries = tuple(changed.get(index, one) for index, one in enumerate(part.entries))
                self.manifest.add(replace(part, entries=entries, version=self._generation.number))
                emit(part.number)

        known = heapq.merge(
            *(self._run(numbers, finished) for numbers in self._runs()), key=lambda one: one[2].place
        )
        next_known = next(known, None)
        for entry in self._source.entries(None, self.findings.skipped):
            while next_known is not None and next_known[2].place < entry.place:
                self.findings.gone += 1
                next_known = next(known, None)
            if next_known is None or next_known[2].place != entry.place:
                yield entry
                continue
            number, index, before = next_known
            if before[2:] != entry[2:]:
                self.findings.changed += 1
                if len(self.findings.changed_names) < _NAMED:
                    self.findings.changed_names.append(entry.uri(self._source.root))
                changes.setdefault(number, {})[index] = entry
            next_known = next(known, None)
        while next_known is not None:
            self.findings.gone += 1
            next_known = next(known, None)

    def _runs(self) -> Iterable[list[int]]:
        """Numbers of parts in runs, one for each listing that added some; in each of them the inputs ascend."""
        runs: dict[int, list[int]] = {}
        for number in range(self.manifest.count):
            runs.setdefault(self.manifest.load(number).run, []).append(number)
        return runs.values()

    def _run(self, numbers: list[int], finished: Callable[[Part], None]) -> Iterator[tuple[int, int, Entry]]:
        for number in numbers:
            part = self.manifest.load(number)
            for index, entry in enumerate(part.entries):
                yield number, index, entry
            finished(part)
