"""The record of one receipt: fields, items, taxes, payments, codes and the checks that say whether to trust them.

Amounts are `Decimal`, dates `datetime.date`, times `datetime.time`. A field says what is printed (``text``), what it
means (``value``), where it stands (``lines``) and how it was found (``source``). A field that is not on the receipt is
``None``; nothing is guessed in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any, Generic, Literal, TypeVar

from ocr import records
from ocr.errors import DocumentInvalid
from ocr.records import Polygon, require

V = TypeVar("V", str, Decimal, date, time)

#: Where the value of a field comes from: print, a fiscal code, or a calculation from other fields.
Source = Literal["printed", "code", "computed"]
Status = Literal["passed", "failed", "not_possible"]
_SOURCES = ("printed", "code", "computed")
_STATUSES = ("passed", "failed", "not_possible")


@dataclass(frozen=True)
class Field(Generic[V]):
    """A value of the receipt, such as its total.

    Attributes:
        value: what is meant: a string, `Decimal`, `date` or `time`.
        text: what is printed; empty where nothing is.
        confidence: probability in [0, 1] that the value is right.
        lines: (page, line) indices in the document of the lines that it was read from.
        source: ``"printed"``, ``"code"`` (a fiscal code) or ``"computed"``.
        alternatives: other values that the print allows, the likelier first.
    """

    value: V
    text: str
    confidence: float
    lines: tuple[tuple[int, int], ...] = ()
    source: Source = "printed"
    alternatives: tuple[V, ...] = ()

    def __post_init__(self) -> None:
        records.text(self.text, "text of a field")
        object.__setattr__(self, "confidence", records.probability(self.confidence))
        if self.source not in _SOURCES:
            raise DocumentInvalid(f"source is {self.source!r}; expected one of {', '.join(_SOURCES)}")
        places = tuple(
            (records.index(page, "page of a field"), records.index(line, "line of a field"))
            for page, line in self.lines
        )
        object.__setattr__(self, "lines", places)
        object.__setattr__(self, "alternatives", tuple(self.alternatives))
        for value in (self.value, *self.alternatives):
            # Messages are written where something is wrong alone: `repr` of a record costs more than its checks.
            if not isinstance(value, (str, Decimal, date, time)) or type(value) is not type(self.value):
                raise DocumentInvalid(
                    f"value of a field is {value!r:.40}; expected strings, Decimals, dates or times of one kind"
                )
            if isinstance(value, Decimal) and not value.is_finite():
                raise DocumentInvalid(f"the amount {value} is not finite")

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values: amounts, dates and times are strings."""
        return {
            "value": to_json_value(self.value),
            "text": self.text,
            "confidence": self.confidence,
            "lines": [list(place) for place in self.lines],
            "source": self.source,
            "alternatives": [to_json_value(value) for value in self.alternatives],
        }


def _of(kind: type) -> Any:
    """A field of a record whose value has a type; ``None`` where it is not on the receipt."""
    return field(default=None, metadata={"value": kind})


class _Record:
    """Checks, JSON and iteration that the records below share."""

    def __post_init__(self) -> None:
        for name, kind in _kinds(type(self)).items():
            found = getattr(self, name)
            if found is not None and not (isinstance(found, Field) and isinstance(found.value, kind)):
                raise DocumentInvalid(
                    f"{name} is {found!r:.60}; expected a Field with a {kind.__name__}, or None"
                )

    def fields(self) -> dict[str, Field[Any]]:
        """The fields that are there, by name, without those of records inside."""
        found = {name: getattr(self, name) for name in _kinds(type(self))}
        return {name: value for name, value in found.items() if value is not None}

    def _to_dict(self) -> dict[str, Any]:
        return {
            name: None if (value := getattr(self, name)) is None else value.to_dict()
            for name in _kinds(type(self))
        }


@dataclass(frozen=True)
class Merchant(_Record):
    """Who sold: as printed, an address with its lines separated by ``", "``."""

    name: Field[str] | None = _of(str)
    address: Field[str] | None = _of(str)
    phone: Field[str] | None = _of(str)
    tax_id: Field[str] | None = _of(str)
    website: Field[str] | None = _of(str)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return self._to_dict()


@dataclass(frozen=True)
class Item(_Record):
    """Something bought. ``amount`` is that of the row, negative for refunds; ``void`` marks cancelled rows."""

    description: Field[str] | None = _of(str)
    code: Field[str] | None = _of(str)
    quantity: Field[Decimal] | None = _of(Decimal)
    unit: Field[str] | None = _of(str)
    unit_price: Field[Decimal] | None = _of(Decimal)
    discount: Field[Decimal] | None = _of(Decimal)
    amount: Field[Decimal] | None = _of(Decimal)
    tax_code: Field[str] | None = _of(str)
    void: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {**self._to_dict(), "void": self.void}


@dataclass(frozen=True)
class Tax(_Record):
    """A line of the tax table: ``rate`` in per cent, amounts before (``net``) and after (``gross``) the ``tax``."""

    label: Field[str] | None = _of(str)
    rate: Field[Decimal] | None = _of(Decimal)
    net: Field[Decimal] | None = _of(Decimal)
    tax: Field[Decimal] | None = _of(Decimal)
    gross: Field[Decimal] | None = _of(Decimal)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return self._to_dict()


@dataclass(frozen=True)
class Payment(_Record):
    """A payment: ``method`` is cash, card, voucher or another word, ``card`` the printed digits of the card."""

    method: Field[str] | None = _of(str)
    amount: Field[Decimal] | None = _of(Decimal)
    card: Field[str] | None = _of(str)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return self._to_dict()


@dataclass(frozen=True, eq=False)
class Code:
    """A QR code or barcode.

    Attributes:
        format: symbology, such as ``"QRCode"`` or ``"EAN13"``.
        text: its payload; never opened, fetched or run.
        kind: what the payload is, such as ``"rksv"``; ``"unknown"`` where no parser takes it.
        polygon: (4, 2) float32 in pixels of the upright page.
        page: index of the page.
    """

    format: str
    text: str
    kind: str
    polygon: Polygon
    page: int = 0

    def __post_init__(self) -> None:
        for name in ("format", "text", "kind"):
            records.text(getattr(self, name), f"{name} of a code")
        object.__setattr__(self, "polygon", records.polygon(self.polygon))
        records.index(self.page, "page of a code")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.format, self.text, self.kind, self.page, self.polygon.shape, self.polygon.tobytes()

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {
            "format": self.format,
            "text": self.text,
            "kind": self.kind,
            "polygon": records.points(self.polygon),
            "page": self.page,
        }


@dataclass(frozen=True)
class Check:
    """Whether figures agree.

    Attributes:
        name: what was checked; the check ``"total"`` is always there.
        status: ``"passed"``, ``"failed"``, or ``"not_possible"`` where the receipt does not say enough.
        message: a sentence with the figures.
    """

    name: str
    status: Status
    message: str = ""

    def __post_init__(self) -> None:
        records.text(self.name, "name of a check")
        records.text(self.message, "message of a check")
        require(
            self.status in _STATUSES, f"status is {self.status!r}; expected one of {', '.join(_STATUSES)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {"name": self.name, "status": self.status, "message": self.message}


@dataclass(frozen=True)
class Receipt(_Record):
    """One receipt.

    Attributes:
        pages: indices of the pages that it stands on.
        merchant: who sold.
        number: of the receipt.
        date: day of sale.
        time: time of sale.
        currency: ISO 4217 code.
        items: what was bought, in the order of the print.
        subtotal, discount, service_charge, tip, rounding, tax, total, paid, change: amounts; ``tax`` is the sum of all
            taxes, ``discount`` is given as it is subtracted (above 0).
        taxes: the tax table.
        payments: how it was paid.
        codes: QR codes and barcodes.
        checks: which figures agree; one named ``"total"`` always exists.
    """

    pages: tuple[int, ...] = (0,)
    merchant: Merchant = field(default_factory=Merchant)
    number: Field[str] | None = _of(str)
    date: Field[date] | None = _of(date)
    time: Field[time] | None = _of(time)
    currency: Field[str] | None = _of(str)
    items: tuple[Item, ...] = ()
    subtotal: Field[Decimal] | None = _of(Decimal)
    discount: Field[Decimal] | None = _of(Decimal)
    service_charge: Field[Decimal] | None = _of(Decimal)
    tip: Field[Decimal] | None = _of(Decimal)
    rounding: Field[Decimal] | None = _of(Decimal)
    tax: Field[Decimal] | None = _of(Decimal)
    total: Field[Decimal] | None = _of(Decimal)
    paid: Field[Decimal] | None = _of(Decimal)
    change: Field[Decimal] | None = _of(Decimal)
    taxes: tuple[Tax, ...] = ()
    payments: tuple[Payment, ...] = ()
    codes: tuple[Code, ...] = ()
    checks: tuple[Check, ...] = (Check("total", "not_possible"),)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(
            self, "pages", tuple(records.index(page, "page of a receipt") for page in self.pages)
        )
        require(isinstance(self.merchant, Merchant), f"merchant is {type(self.merchant).__name__}")
        for name, kind in _LISTS.items():
            object.__setattr__(self, name, records.records(getattr(self, name), kind, name))
        require(
            any(check.name == "total" for check in self.checks),
            "the checks of a receipt have one named 'total'",
        )

    def check(self, name: str) -> Check:
        """The check of a name; ``not_possible`` where there is none."""
        return next((check for check in self.checks if check.name == name), Check(name, "not_possible"))

    def all_fields(self) -> tuple[tuple[str, Field[Any]], ...]:
        """Every field with its path, such as ``("items.0.amount", …)``, in the order of the record."""
        own = self.fields()
        found = [(f"merchant.{name}", value) for name, value in self.merchant.fields().items()]
        found += list(own.items())
        for group in ("items", "taxes", "payments"):
            for number, record in enumerate(getattr(self, group)):
                found += [(f"{group}.{number}.{name}", value) for name, value in record.fields().items()]
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        own = self._to_dict()
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in own:
                found[one.name] = own[one.name]
            elif one.name == "pages":
                found[one.name] = list(value)
            elif one.name == "merchant":
                found[one.name] = value.to_dict()
            else:
                found[one.name] = [record.to_dict() for record in value]
        return found


_LISTS: dict[str, type] = {"items": Item, "taxes": Tax, "payments": Payment, "codes": Code, "checks": Check}


def to_json_value(value: str | Decimal | date | time) -> str:
    """A value as a string: ``"12.50"``, ``"2024-09-17"``, ``"18:42:00"``."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value if isinstance(value, str) else value.isoformat()


def from_dict(found: Mapping[str, Any]) -> Receipt:
    """Build a receipt from JSON values.

    Raises:
        DocumentInvalid: values that cannot be. Missing or wrongly typed keys raise KeyError, TypeError or
            AttributeError, which `Document.from_dict` turns into it.
    """
    return Receipt(
        pages=tuple(found.get("pages", (0,))),
        merchant=Merchant(**_fields(found.get("merchant") or {}, Merchant)),
        items=tuple(
            Item(**_fields(item, Item), void=bool(item.get("void", False))) for item in found.get("items", ())
        ),
        taxes=tuple(Tax(**_fields(tax, Tax)) for tax in found.get("taxes", ())),
        payments=tuple(Payment(**_fields(payment, Payment)) for payment in found.get("payments", ())),
        codes=tuple(
            Code(code["format"], code["text"], code["kind"], code["polygon"], code.get("page", 0))
            for code in found.get("codes", ())
        ),
        checks=tuple(
            Check(check["name"], check["status"], check.get("message", ""))
            for check in found.get("checks", ())
        )
        or (Check("total", "not_possible"),),
        **_fields(found, Receipt),
    )


def _kinds(record: type) -> dict[str, type]:
    return {one.name: one.metadata["value"] for one in fields(record) if "value" in one.metadata}


def _fields(found: Mapping[str, Any], record: type) -> dict[str, Field[Any]]:
    kinds = _kinds(record)
    return {
        name: _field(value, kinds[name])
        for name, value in found.items()
        if name in kinds and value is not None
    }


def _field(found: Mapping[str, Any], kind: type) -> Field[Any]:
    parse = _PARSERS[kind]
    try:
        value = parse(found["value"])
        others = tuple(parse(other) for other in found.get("alternatives", ()))
    except (ValueError, InvalidOperation) as error:
        raise DocumentInvalid(f"{found['value']!r:.40} is no {kind.__name__}") from error
    lines = tuple((page, line) for page, line in found.get("lines", ()))
    return Field(value, found["text"], found["confidence"], lines, found.get("source", "printed"), others)


def _amount(value: Any) -> Decimal:
    require(
        isinstance(value, str) and len(value) <= 40,
        f"amount is {value!r:.40}; expected a string such as '12.50'",
    )
    return Decimal(value)


_PARSERS: dict[type, Callable[[Any], Any]] = {
    str: lambda value: records.text(value, "value of a field"),
    Decimal: _amount,
    date: date.fromisoformat,
    time: time.fromisoformat,
}
