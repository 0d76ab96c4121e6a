"""What is on one receipt, before anything is chosen."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.receipts import totals
from ocr.receipts.arithmetic import Figures
from ocr.receipts.countries import Evidence
from ocr.receipts.items import FoundItem
from ocr.receipts.money import Style
from ocr.receipts.roles import Amount
from ocr.receipts.sheet import Sheet
from ocr.receipts.taxes import FoundTax
from ocr.receipts.totals import Candidate
from ocr.runtime.lazy import cached_property


@dataclass(frozen=True)
class Reading:
    """What is on one receipt, before anything is chosen.

    Attributes:
        sheet: its rows.
        evidence: where it is from.
        style: how amounts are printed.
        amounts: all amounts.
        items: the items.
        taxes: lines about taxes.
        figures: amounts by role.
        candidates: amounts that may be the total.
    """

    sheet: Sheet
    evidence: Evidence
    style: Style
    amounts: tuple[Amount, ...]
    items: tuple[FoundItem, ...]
    taxes: tuple[FoundTax, ...]
    figures: Figures
    candidates: tuple[Candidate, ...]

    @cached_property
    def ranking(self) -> list[tuple[Candidate, float]]:
        """The candidates that may be the total with their log-odds, the likeliest first."""
        return totals.ranking(self.candidates)

    @property
    def best(self) -> Candidate | None:
        """The candidate that is likeliest the total, ``None`` where none is likely."""
        return self.ranking[0][0] if self.ranking else None
