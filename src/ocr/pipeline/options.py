"""What one call of a reader asks for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from ocr.io.limits import Limits
from ocr.runtime.options import (
    Choice,
    FrozenMapping,
    Instance,
    Number,
    OptionRecord,
    OrNone,
    Table,
    Text,
    Whole,
    Words,
    checked,
    setting,
)

if TYPE_CHECKING:
    from ocr.prepare import Pipeline

#: Greatest weight of the language model, as in `ocr.recognition.beam`, which takes longer to import.
MAX_LM_WEIGHT = 2.0
#: What can be masked, as in `ocr.receipts.private_text`, which need not be imported for it.
PRIVATE_KINDS = ("card", "card_last4", "iban", "phone", "email", "name", "loyalty")


@dataclass(frozen=True)
class ReadOptions(OptionRecord):
    """What one call asks for; a reader is never changed by it.

    Raises:
        BadConfiguration: an unknown name, a wrong type or a value out of range.
    """

    option_name = "reading option"
    former_names = ("prior",)

    limits: Limits = setting(
        Limits(), Instance("ocr.io.limits:Limits", "Limits(...)"), "what is read at most"
    )
    password: str | None = setting(None, OrNone(Text()), "password of an encrypted PDF", repr=False)
    min_confidence: float = setting(
        0.0, Number(0, 1), "lines below this confidence are left out", usual=(0, 1)
    )
    max_regions: int | None = setting(
        None,
        OrNone(Whole(1)),
        "text regions of a page at most, best scores first; the model's own limit if not given",
    )
    decoding: Mapping[str, float | None] = setting(
        FrozenMapping(),
        Table(),
        'decode options that differ from the model\'s own, such as {"box_threshold": 0.5}',
    )
    sizing: Mapping[str, float] = setting(
        FrozenMapping(),
        Table(),
        'fields of SizePolicy that differ from the model\'s own, such as {"short_side": 800}',
    )
    prepare: Pipeline | None = setting(
        None,
        OrNone(
            Instance(
                "ocr.prepare.pipeline:Pipeline", "a Pipeline: Pipeline.of(...) or Pipeline.from_config(...)"
            )
        ),
        "stages that clean up each page first; results stay in pixels of the page as it came in",
    )
    turn: Literal["off", "auto"] = setting(
        "auto",
        Choice("off", "auto"),
        "whether pages that lie on their side or upside-down are read as well, which costs a page that reads well "
        "nothing; detection alone takes pages as they come",
    )
    lm_weight: float | None = setting(
        None,
        OrNone(Number(0, MAX_LM_WEIGHT)),
        "weight of the recognizer's language model, 0 decides by the look of the letters alone; the model's own if not "
        "given",
    )
    codes: Literal["qr", "all", "off"] = setting(
        "qr",
        Choice("qr", "all", "off"),
        "codes that are read: QR codes where the extra `codes` is installed, all symbologies of bars and dots, which "
        "takes longer, or none",
    )
    mask: tuple[str, ...] = setting(
        (),
        Words(*PRIVATE_KINDS),
        "private data that is masked in texts, fields, codes and pictures before anything is written, parted by "
        "commas: card (or card_last4, which leaves the last four digits), iban, phone, email, name, loyalty",
    )
    #: The name of ``lm_weight`` in version 0.1.
    prior: InitVar[float | None] = None

    def __post_init__(self, prior: float | None) -> None:
        if prior is not None:
            warnings.warn("prior is now called lm_weight", DeprecationWarning, stacklevel=3)
            object.__setattr__(self, "lm_weight", prior)
        self.check()
        if self.decoding:
            from ocr.detection.decode import check_changes

            check_changes(self.decoding)
        if self.sizing:
            from ocr.detection.sizing import SizePolicy

            SizePolicy.from_mapping(self.sizing)


class ReadKeywords(TypedDict, total=False):
    """The fields of `ReadOptions`, as keywords of a call."""

    limits: Limits
    password: str | None
    min_confidence: float
    max_regions: int | None
    decoding: Mapping[str, float | None]
    sizing: Mapping[str, float]
    prepare: Pipeline | None
    turn: Literal["off", "auto"]
    lm_weight: float | None
    codes: Literal["qr", "all", "off"]
    mask: str | Sequence[str]
    prior: float | None


def merged(
    options: ReadOptions | None, keywords: Mapping[str, Any], also: tuple[str, ...] = ("options",)
) -> ReadOptions:
    """Options of a call with those that it names as keywords, which win.

    Args:
        options: the record, or ``None`` for the defaults.
        keywords: fields of `ReadOptions` by name.
        also: other keywords of the call, for the hint after a wrong one.

    Raises:
        BadConfiguration: an unknown keyword (the message names the nearest), a wrong type or a value out of range.
    """
    record = checked("options", options, _OPTIONS) or ReadOptions()
    if not keywords:
        return record
    ReadOptions.require_names(keywords, also)
    return replace(record, **keywords)


_OPTIONS = OrNone(Instance("ocr.pipeline.options:ReadOptions", "ReadOptions(...)"))
