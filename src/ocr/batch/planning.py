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

#: Says that the source was listed to its end once: from then on every listing is compared with the manifest.
_LISTED = f"{HOME}listed"
_NAMED = 20


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

    Each part is written by conditional create. Who finds that another program has written it takes it over and goes on
    behind it, so that all of them write the parts that one would have written.

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
        """One listing; false where another program's parts came between, so that it has to be compared again."""
        self.findings = Findings()
        listed = self._store.head(_LISTED) is not None
        count = self.manifest.count
        last = self.manifest.load(count - 1).entries[-1] if count else None
        floor: tuple[bytes, bytes] | None = None if last is None or listed else last.place
        total = (
            0 if self._limit is None else sum(len(self.manifest.load(one).entries) for one in range(count))
        )
        waiting: list[Entry] = []

        def write() -> bool:
            """Write what waits as the next part; false where the comparison has to begin again."""
            nonlocal count, floor, waiting
            part = Part(count, self._generation.hash, tuple(waiting[: self._part_size]))
            before = floor
            if self.manifest.add(part):
                self.findings.added += len(part.entries)
                waiting = waiting[self._part_size :]
            else:
                part = self.manifest.load(count)
                if before is not None and part.entries[0].place <= before:
                    return False
                waiting = [one for one in waiting if one.place > part.entries[-1].place]
            floor = part.entries[-1].place
            emit(part.number)
            count += 1
            return True

        candidates = self._new(emit) if listed else self._source.entries(last, self.findings.skipped)
        for entry in candidates:
            if cancel is not None and cancel.is_set():
                return True
            if floor is not None and not listed and entry.place <= floor:
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
        if self.findings.complete and not listed:
            self._store.create(_LISTED, b"")
        return True

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
        """Numbers of parts, in runs in which the inputs ascend: one for each listing that added some."""
        runs: list[list[int]] = []
        end: tuple[bytes, bytes] | None = None
        for number in range(self.manifest.count):
            entries = self.manifest.load(number).entries
            if end is None or entries[0].place <= end:
                runs.append([])
            runs[-1].append(number)
            end = entries[-1].place
        return runs

    def _run(self, numbers: list[int], finished: Callable[[Part], None]) -> Iterator[tuple[int, int, Entry]]:
        for number in numbers:
            part = self.manifest.load(number)
            for index, entry in enumerate(part.entries):
                yield number, index, entry
            finished(part)
