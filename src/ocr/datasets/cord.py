"""CORD v1: receipts as words with places and labels, without pictures, one receipt per line of a ``.jsonl`` file.

Park et al., "CORD: A Consolidated Receipt Dataset for Post-OCR Parsing", 2019::

    {"id", "width", "height", "words":
     [{"text", "quad": [[x, y] × 4], "category": "menu.price", "group", "key", "line"}]}

``group`` is shared by the words of one item, ``line`` by those of one value, ``key`` marks labels such as TOTAL.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ocr.datasets import json_file, receipt_truth
from ocr.datasets.receipt_truth import ItemTruth, ReceiptTruth, Value
from ocr.datasets.sample import LazyDataset, Sample, lines_of
from ocr.errors import AnnotationInvalid, InputUnreadable

#: Measured fields of `ocr.receipt.Receipt`, with their labels.
_FIELDS: Mapping[str, str] = {
    "subtotal": "sub_total.subtotal_price",
    "tax": "sub_total.tax_price",
    "total": "total.total_price",
}


@dataclass(frozen=True)
class _Entry:
    where: str
    name: str
    content: Mapping[str, Any]


class CordDataset(LazyDataset[_Entry]):
    """The receipts of one file; `Sample.lines` are the words, and there are no pictures."""

    format = "cord"

    @classmethod
    def open(cls, path: Path) -> CordDataset:
        """Read the file.

        Raises:
            AnnotationInvalid: it is no ``.jsonl`` file of this layout.
            InputUnreadable: it cannot be opened.
        """
        if not recognises(path):
            raise AnnotationInvalid(
                f"{path} is no cord dataset: expected a .jsonl file with a receipt of words a line."
            )
        entries: list[_Entry] = []
        for number, line in enumerate(_lines(path), start=1):
            where = f"{path}, line {number}"
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise AnnotationInvalid(f"{where}: not valid JSON ({error}).") from None
            name = content.get("id") if isinstance(content, dict) else None
            entries.append(_Entry(where, str(name if name is not None else number), content))
        return cls(entries)

    def _name(self, entry: _Entry) -> str:
        return entry.name

    def _parse(self, entry: _Entry) -> Sample:
        try:
            words = entry.content["words"]
            size = int(entry.content["width"]), int(entry.content["height"])
            lines, drops = lines_of(
                (json_file.points(word["quad"], entry.where), str(word["text"])) for word in words
            )
            truth = _truth(words)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise AnnotationInvalid(
                f'{entry.where}: expected "width", "height" and words with "text", "quad", "category", "group", '
                f'"key" and "line" ({type(error).__name__}: {error}).'
            ) from None
        return Sample(None, lines, name=entry.name, drops=drops, receipt=truth, size=size)


def recognises(path: Path) -> bool:
    """Whether the path looks like a file of this format."""
    if path.suffix.lower() != ".jsonl" or not path.is_file():
        return False
    try:
        first = json.loads(_lines(path)[0])
    except (ValueError, IndexError, RecursionError, InputUnreadable):
        return False
    return isinstance(first, dict) and isinstance(first.get("words"), list)


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8-sig").split("\n") if line.strip()]
    except UnicodeDecodeError:
        raise AnnotationInvalid(f"{path} is not UTF-8.") from None
    except OSError as error:
        raise InputUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _truth(words: Sequence[Mapping[str, Any]]) -> ReceiptTruth:
    fields: dict[str, tuple[Value, ...]] = {}
    unparsed: list[str] = []
    for name, category in _FIELDS.items():
        texts = _values(words, category)
        amounts = [value for value in map(receipt_truth.amount, texts) if value is not None]
        if texts and not amounts:
            unparsed.append(name)
            continue
        # Repeated values, and totals before and after rounding, are all accepted; taxes are summed.
        accepted: dict[Value, None] = dict.fromkeys(amounts)
        if name == "tax" and len(amounts) > 1:
            accepted[sum(amounts, Decimal())] = None
        fields[name] = tuple(accepted)
    items, parts = _items(words)
    return ReceiptTruth(fields, items, optional_items=parts, unparsed=tuple(unparsed))


def _items(words: Sequence[Mapping[str, Any]]) -> tuple[tuple[ItemTruth, ...], tuple[ItemTruth, ...]]:
    """Items with an amount, and the parts of items that have one."""
    groups: dict[Any, list[Mapping[str, Any]]] = {}
    for word in words:
        if str(word["category"]).startswith("menu."):
            groups.setdefault(word["group"], []).append(word)
    items: list[ItemTruth] = []
    parts: list[ItemTruth] = []
    for group in groups.values():
        name = " ".join(_values(group, "menu.nm"))
        for text in _values(group, "menu.price"):
            amount = receipt_truth.amount(text)
            if amount is not None:
                items.append(ItemTruth(name, amount))
        names = _values(group, "menu.sub_nm")
        prices = [receipt_truth.amount(text) for text in _values(group, "menu.sub_price")]
        for k, amount in enumerate(prices):
            if amount is not None:
                parts.append(ItemTruth(names[k] if k < len(names) else "", amount))
    return tuple(items), tuple(parts)


def _values(words: Sequence[Mapping[str, Any]], category: str) -> list[str]:
    """The values of a category without labels, each with its words joined."""
    groups: dict[Any, list[str]] = {}
    for word in words:
        if word["category"] == category and not word["key"]:
            groups.setdefault((word["group"], word["line"]), []).append(str(word["text"]))
    return [" ".join(texts) for texts in groups.values()]
