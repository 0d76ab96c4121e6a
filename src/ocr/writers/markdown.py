"""Documents as Markdown: a receipt as headings and tables, the rows of each page as a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ocr.writers import facts
from ocr.writers.text import escape

if TYPE_CHECKING:
    from ocr.document import Document

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&$@])")
#: What GitHub's flavour makes a link of without any sign of one.
_LINKED = re.compile(r"(?i)(https?|ftp)(:)(?=//)|(www)(\.)")


def quoted(text: Any) -> str:
    """A text from a picture as Markdown inside a line, where it means nothing but itself."""
    plain = " ".join(escape(str(text)).split())
    plain = _SPECIAL.sub(r"\\\1", plain)
    return _LINKED.sub(lambda match: f"{match[1] or match[3]}\\{match[2] or match[4]}", plain)


def to_markdown(document: Document) -> str:
    """A document as Markdown (CommonMark with the tables of GitHub's flavour), ended by a line feed."""
    return "\n\n".join(_blocks(document)) + "\n"


def _blocks(document: Document) -> Iterator[str]:
    yield f"# {quoted(facts.title(document))}"
    for number, receipt in enumerate(document.receipts, start=1):
        yield f"## {quoted(facts.heading(receipt, number, len(document.receipts)))}"
        known = facts.facts(receipt)
        if known:
            yield "\n".join(f"- {label}: {quoted(value)}" for label, value, _ in known)
        columns, items = facts.items(receipt)
        if items:
            texts = [[cell.text for cell in row] for row in items]
            yield _table(columns, texts, right=facts.NUMBERS)
        sums = facts.sums(receipt)
        if sums:
            yield _table(("", "Amount"), [fact[:2] for fact in sums], right=("Amount",))
        if receipt.checks:
            yield _table(("Check", "Result", "Figures"), [check[:3] for check in facts.checks(receipt)])
    for number, page in enumerate(document.pages, start=1):
        for part, rows in enumerate(facts.printed_rows(page), start=1):
            name = f"Text of page {number}" if len(document.pages) > 1 else "Text"
            yield f"## {name}" if len(page.receipts) < 2 else f"## {name}, part {part}"
            yield _table([""] * max(len(row) for row in rows), rows)
    if document.warnings:
        yield "## Warnings"
        yield "\n".join(f"- {quoted(w.code)}: {quoted(w.message)}" for w in document.warnings)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], right: Collection[str] = ()) -> str:
    lines = [columns, ["---:" if column in right else "---" for column in columns]]
    texts = [list(lines[0]), list(lines[1]), *([quoted(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in texts)
