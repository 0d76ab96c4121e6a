"""The fields of a receipt as they follow from its lines after people corrected some of them.

The reader knows more than the lines: the picture, codes, other readings. So only what the corrections changed is taken
over: what follows from the lines as they were read is held against what follows from the lines as they are now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

from ocr.document import Document, Page
from ocr.receipt import Check, Field, Item, Merchant, Payment, Receipt, Tax
from ocr.server.review_lines import corrected_pages, touched

Values = Mapping[str, Any]
#: Members of a receipt that are lists of rows.
GROUPS: dict[str, type] = {"items": Item, "taxes": Tax, "payments": Payment}
#: Receipts that are kept: a change asks for the same one several times.
_KEPT = 32


class Found(NamedTuple):
    """A field with the names of its lines.

    Attributes:
        field: without `lines`, whose numbers are those of one version of the document.
        lines: see `ocr.server.review_lines`.
    """

    field: Field[Any]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A row of a group of `GROUPS`.

    Attributes:
        fields: by name.
        void: see `ocr.receipt.Item`.
    """

    fields: Mapping[str, Found]
    void: bool = False

    @property
    def lines(self) -> frozenset[str]:
        """The names of all its lines."""
        return frozenset(name for one in self.fields.values() for name in one.lines)

    def record(self, kind: type) -> Any:
        """The row as a record of a group."""
        values = {name: one.field for name, one in self.fields.items()}
        return Item(**values, void=self.void) if kind is Item else kind(**values)


@dataclass(frozen=True)
class Derived:
    """A receipt as it follows from its lines.

    Attributes:
        own: its fields by name.
        merchant: those of the merchant.
        groups: rows by group and identifier. Identifiers of rows that were read are ``0``, ``1``, …, and stay those
            of the same row of print; others are named after their first line.
        rest: the receipt that was read, for what is no field.
    """

    own: Mapping[str, Found]
    merchant: Mapping[str, Found]
    groups: Mapping[str, Mapping[str, Row]]
    rest: Receipt

    @property
    def receipt(self) -> Receipt:
        """The record; its checks are those of what was read, see `ocr.receipts.recheck`."""
        members: dict[str, Any] = {
            group: tuple(row.record(kind) for row in self.groups[group].values())
            for group, kind in GROUPS.items()
        }
        members |= {name: one.field if (one := self.own.get(name)) else None for name in kinds(Receipt)}
        members["merchant"] = Merchant(**{name: one.field for name, one in self.merchant.items()})
        return replace(self.rest, **members)

    def to_dict(self) -> dict[str, Any]:
        """JSON values as those of a receipt, but with the rows of a group by identifier, their order under ``rows``."""

        def plain(found: Mapping[str, Found], kind: type) -> dict[str, Any]:
            return {name: _plain(one) if (one := found.get(name)) else None for name in kinds(kind)}

        groups = {
            group: {identifier: plain(row.fields, kind) for identifier, row in self.groups[group].items()}
            for group, kind in GROUPS.items()
        }
        order = {group: list(rows) for group, rows in groups.items()}
        return {
            **plain(self.own, Receipt), "merchant": plain(self.merchant, Merchant), **groups, "rows": order
        }  # fmt: skip


def kinds(record: type) -> dict[str, type]:
    """The names of a record's fields with the type of their values."""
    return {one.name: one.metadata["value"] for one in fields(record) if "value" in one.metadata}


def derived(text: str, values: Values) -> Derived:
    """The first receipt of a document, as it follows from the lines as they are now.

    Args:
        text: the document as JSON.
        values: that people gave, by path.
    """
    return _kept(text, json.dumps(_of_lines(values), sort_keys=True))


@lru_cache(_KEPT)
def _kept(text: str, lines: str) -> Derived:
    return all_derived(Document.from_json(text), json.loads(lines))[0]


def all_derived(document: Document, values: Values) -> tuple[Derived, ...]:
    """Every receipt of a document, at least one; see `derived`."""
    receipts = document.receipts or (Receipt(pages=(0,) if document.pages else ()),)
    read = [_told(one, _as_read) for one in receipts]
    lines = _of_lines(values)
    if not lines:
        return tuple(read)
    pages, names = corrected_pages(document.pages, lines)
    before, now = _extracted(document.pages, receipts), _extracted(pages, receipts)
    # Where they fall into others than before, nothing can be said about those that were read.
    if not len(before) == len(now) == len(receipts):
        return tuple(read)
    order = {name: at for at, name in enumerate(one for page in names for one in page)}
    merge = _Merge(touched(lines), order)
    return tuple(
        merge.receipt(one, _told(old, _as_read), _told(new, lambda place: names[place[0]][place[1]]))
        for one, old, new in zip(read, before, now, strict=True)
    )


def _of_lines(values: Values) -> dict[str, Any]:
    return {path: value for path, value in values.items() if path.startswith("lines.")}


def _extracted(pages: Sequence[Page], receipts: Sequence[Receipt]) -> tuple[Receipt, ...]:
    """Receipts of lines alone, with the codes that were found."""
    from ocr.receipts.code_checks import with_codes
    from ocr.receipts.extract import extract

    codes = [code for one in receipts for code in one.codes]
    found = extract(pages)
    return with_codes(found, pages, codes) if codes else found


def _as_read(place: tuple[int, int]) -> str:
    return f"{place[0]}-{place[1]}"


def _told(receipt: Receipt, name: Callable[[tuple[int, int]], str]) -> Derived:
    """A receipt with the names of lines in place of their numbers."""

    def found(record: Any) -> dict[str, Found]:
        return {
            key: Found(replace(one, lines=()), tuple(map(name, one.lines)))
            for key, one in record.fields().items()
        }

    groups = {
        group: {
            str(number): Row(found(row), getattr(row, "void", False))
            for number, row in enumerate(getattr(receipt, group))
        }
        for group in GROUPS
    }
    return Derived(found(receipt), found(receipt.merchant), groups, receipt)


@dataclass(frozen=True)
class _Merge:
    """Puts together what was read, what follows from the lines before corrections, and what follows from them now.

    Attributes:
        touched: names of the lines that people changed.
        order: of the lines that there are.
    """

    touched: frozenset[str]
    order: Mapping[str, int]

    def receipt(self, read: Derived, before: Derived, now: Derived) -> Derived:
        groups = {
            group: self._rows(read.groups[group], before.groups[group], now.groups[group]) for group in GROUPS
        }
        return Derived(
            self._fields(read.own, before.own, now.own),
            self._fields(read.merchant, before.merchant, now.merchant),
            groups,
            replace(read.rest, checks=_checks(read.rest, before.rest, now.rest)),
        )

    def _fields(
        self, read: Mapping[str, Found], before: Mapping[str, Found], now: Mapping[str, Found]
    ) -> dict[str, Found]:
        names = dict.fromkeys([*read, *now])
        chosen = {name: self._field(read.get(name), before.get(name), now.get(name)) for name in names}
        return {name: one for name, one in chosen.items() if one is not None}

    def _field(self, read: Found | None, before: Found | None, now: Found | None) -> Found | None:
        if now is None or before is None:
            return read if now is before else now
        same = now.field.value == before.field.value and not self.touched.intersection(now.lines)
        return read if same else now

    def _rows(
        self, read: Mapping[str, Row], before: Mapping[str, Row], now: Mapping[str, Row]
    ) -> dict[str, Row]:
        in_read, in_before = _same_rows(now, read), _same_rows(now, before)
        rows: list[tuple[str, Row]] = []
        for key, row in now.items():
            old = before.get(in_before.get(key, ""))
            kept = read.get(in_read.get(key, ""))
            if kept is None and old == row and not self.touched & row.lines:
                # The reader knew better than the lines say.
                continue
            empty = Row({})
            found = self._fields((kept or empty).fields, (old or empty).fields, row.fields)
            void = row.void if kept is None or old is None or old.void != row.void else kept.void
            rows.append((in_read.get(key) or f"l{self._first(row)}", Row(found, void)))
        explained = _same_rows(read, before)
        for identifier, row in read.items():
            deleted = row.lines and row.lines.isdisjoint(self.order)
            if identifier in in_read.values() or identifier in explained or deleted:
                continue
            # What the reader saw otherwise than in the lines is not for corrected lines to take away.
            place = self._place(row)
            at = next((k for k, (_, one) in enumerate(rows) if self._place(one) > place), len(rows))
            rows.insert(at, (identifier, row))
        named: dict[str, Row] = {}
        for name, row in rows:
            named[name if name not in named else f"{name}-{len(named)}"] = row
        return named

    def _place(self, row: Row) -> int:
        return min((self.order[name] for name in row.lines if name in self.order), default=len(self.order))

    def _first(self, row: Row) -> str:
        return min(row.lines, key=lambda name: self.order.get(name, len(self.order)), default="")


def _same_rows(rows: Mapping[str, Row], others: Mapping[str, Row]) -> dict[str, str]:
    """For rows the identifier of the other row that stands on the same lines, where there is one."""
    found: dict[str, str] = {}
    free = dict(others)
    for key, row in rows.items():
        shared = {name: len(row.lines & other.lines) for name, other in free.items()}
        # Computed rows stand nowhere: one of them is the other's next.
        best = max(shared, key=lambda name: shared[name], default=None)
        if not row.lines:
            best = next((name for name, other in free.items() if not other.lines), None)
        elif best is None or not shared[best]:
            continue
        if best is not None:
            found[key] = best
            del free[best]
    return found


def _checks(read: Receipt, before: Receipt, now: Receipt) -> tuple[Check, ...]:
    """The checks of what was read, but those whose outcome the corrections changed."""
    names = dict.fromkeys(one.name for one in (*read.checks, *now.checks))
    old, new, kept = ({one.name: one for one in receipt.checks} for receipt in (before, now, read))
    chosen = [kept.get(name) if old.get(name) == new.get(name) else new.get(name) for name in names]
    return tuple(one for one in chosen if one is not None)


def _plain(found: Found) -> dict[str, Any]:
    places = []
    for name in found.lines:
        page, _, line = name.partition("-")
        places.append([int(page), int(line) if line.isdecimal() else line])
    return {**found.field.to_dict(), "lines": places}
