"""Settings that check themselves: one declaration for every record and every front end."""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from ocr.detection.craft import CraftOptions
from ocr.detection.decode import DecodeOptions
from ocr.detection.sizing import SizePolicy
from ocr.errors import BadConfiguration
from ocr.io.limits import Limits
from ocr.pipeline.options import ReadKeywords, ReadOptions, merged
from ocr.prepare import STAGES, Pipeline
from ocr.recognition.beam import MAX_LM_WEIGHT
from ocr.runtime.options import (
    Choice,
    Flag,
    Number,
    OptionRecord,
    OrNone,
    Text,
    Whole,
    setting,
    setting_of,
    settings_of,
)
from ocr.runtime.suggestions import did_you_mean

RECORDS: list[type[OptionRecord]] = [
    ReadOptions,
    Limits,
    DecodeOptions,
    CraftOptions,
    SizePolicy,
    *(stage.parameters for stage in STAGES.values()),
]


@dataclass(frozen=True)
class Sharpening(OptionRecord):
    """How edges are raised."""

    option_name = "sharpening option"

    amount: float = setting(0.5, Number(0, 2), "how much edges are raised", usual=(0, 1))
    rounds: int = setting(1, Whole(1, 9), "how often")
    kind: str = setting("soft", Choice("soft", "hard"), "which way")
    fast: bool = setting(False, Flag(), "whether corners are cut")
    name: str | None = setting(None, OrNone(Text()), "what it is called")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"amount": "1"}, "amount is '1'; expected a number from 0 to 2"),
        ({"amount": True}, "amount is True; expected a number"),
        ({"amount": math.nan}, "amount is nan; expected a number"),
        ({"amount": math.inf}, "amount is inf"),
        ({"amount": 10**400}, "amount is 1000"),
        ({"amount": 10**5000}, "amount is a"),
        ({"amount": None}, "amount is None"),
        ({"amount": 2.0001}, "expected a number from 0 to 2"),
        ({"rounds": 1.5}, "rounds is 1.5; expected a whole number from 1 to 9"),
        ({"rounds": 2.0}, "rounds is 2.0; expected a whole number"),
        ({"rounds": 0}, "rounds is 0"),
        ({"rounds": True}, "rounds is True"),
        ({"kind": "softt"}, "expected 'soft' or 'hard'; did you mean 'soft'"),
        ({"kind": 1}, "kind is 1"),
        ({"fast": 1}, "fast is 1; expected True or False"),
        ({"name": 7}, "name is 7; expected a string, or None"),
        ({"amonut": 1}, "unknown sharpening option 'amonut'; did you mean 'amount'"),
        ({"zzz": 1}, "sharpening options are amount, rounds, kind, fast, name"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_expected(values: dict[str, Any], message: str) -> None:
    for make in (lambda: Sharpening(**values), lambda: Sharpening.from_mapping(values)):
        with pytest.raises(BadConfiguration, match=message):
            make()
    if not {"amonut", "zzz"} & set(values):
        with pytest.raises(BadConfiguration, match=message):
            replace(Sharpening(), **values)


def test_values_become_pythons_own_types() -> None:
    made = Sharpening(amount=np.float32(0.5), rounds=np.int64(3))  # type: ignore[arg-type]
    assert (type(made.amount), type(made.rounds)) == (float, int)
    assert made == Sharpening(0.5, 3)
    assert type(Sharpening(amount=1).amount) is float
    assert Sharpening(amount=2, name=None).to_dict() == {
        "amount": 2.0, "rounds": 1, "kind": "soft", "fast": False, "name": None
    }  # fmt: skip


def test_texts_of_a_query_are_parsed_and_checked() -> None:
    texts = {"amount": "1.5", "rounds": "3", "kind": "hard", "fast": "yes", "name": ""}
    assert Sharpening.from_texts(texts) == Sharpening(1.5, 3, "hard", True, None)
    assert not Sharpening.from_texts({"fast": "Off"}).fast
    for name, text in {"amount": "nan", "rounds": "1.5", "kind": "h", "fast": "maybe"}.items():
        with pytest.raises(BadConfiguration, match=f"{name} is '{text}'; expected"):
            Sharpening.from_texts({name: text})
    with pytest.raises(BadConfiguration, match="did you mean 'rounds'"):
        Sharpening.from_texts({"round": "1"})


def test_meaning_and_range_are_told_by_help_and_documentation() -> None:
    assert setting_of(Sharpening, "amount").help == "How much edges are raised (a number from 0 to 2)."
    assert setting_of(Sharpening, "amount").usual == (0, 1)
    assert "rounds: how often; a whole number from 1 to 9." in str(Sharpening.__doc__)
    assert str(Sharpening.__doc__).count("Attributes:") == 1


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_record_declares_checks_pickles_and_hashes(record: type[OptionRecord]) -> None:
    made = record()
    declared = settings_of(record)
    assert list(declared) == list(made.to_dict())
    for name, one in declared.items():
        assert one.meaning
        assert one.kind.convert(getattr(made, name)) == getattr(made, name)
        with pytest.raises(BadConfiguration, match=f"^{name}"):
            record(**{name: object()})
    assert pickle.loads(pickle.dumps(made)) == copy.deepcopy(made) == made
    assert hash(pickle.loads(pickle.dumps(made))) == hash(made)
    with pytest.raises(BadConfiguration, match="unknown"):
        record(nothing_of_the_kind=1)
    with pytest.raises(BadConfiguration, match="expected a mapping"):
        record.from_mapping([1])  # type: ignore[arg-type]


def test_what_used_to_fail_somewhere_inside_is_refused_at_once() -> None:
    for wrong in (
        lambda: ReadOptions(max_regions=1.5),  # type: ignore[arg-type]
        lambda: ReadOptions(sizing={"multiple": 1.5}),
        lambda: ReadOptions(sizing={"multiple": 4096}),
        lambda: ReadOptions(decoding={"min_size": math.nan}),
        lambda: ReadOptions(min_confidence="high"),  # type: ignore[arg-type]
        lambda: ReadOptions(limits={"max_pages": 1}),  # type: ignore[arg-type]
        lambda: ReadOptions(decoding=[("threshold", 1)]),  # type: ignore[arg-type]
        lambda: Limits(max_pages=0),
        lambda: Limits(max_pixels=math.inf),  # type: ignore[arg-type]
    ):
        with pytest.raises(BadConfiguration):
            wrong()


def test_options_that_hold_mappings_and_stages_are_values() -> None:
    def make() -> ReadOptions:
        return ReadOptions(decoding={"box_threshold": 0.5}, prepare=Pipeline.of("deskew"), password="sesame")

    assert make() == make() == pickle.loads(pickle.dumps(make())) == copy.deepcopy(make())
    assert len({make(), make(), ReadOptions()}) == 2
    given = {"box_threshold": 0.5}
    options = ReadOptions(decoding=given)
    given["box_threshold"] = 0.9
    assert options.decoding == {"box_threshold": 0.5}
    assert "sesame" not in repr(make())


def test_keywords_of_a_call_win_over_its_options() -> None:
    options = ReadOptions(min_confidence=0.5, turn="off")
    assert merged(options, {}) is options
    assert merged(options, {"turn": "auto"}) == ReadOptions(min_confidence=0.5)
    assert merged(None, {"max_regions": 3}) == ReadOptions(max_regions=3)
    with pytest.raises(BadConfiguration, match="did you mean 'min_confidence'"):
        merged(None, {"min_confidenze": 0.5})
    with pytest.raises(BadConfiguration, match="did you mean 'on_page'"):
        merged(None, {"on_pages": print}, ("options", "on_page"))
    with pytest.raises(BadConfiguration, match=r"options is 0.5; expected ReadOptions"):
        merged(0.5, {})  # type: ignore[arg-type]


def test_keywords_are_the_fields() -> None:
    assert list(ReadKeywords.__annotations__) == [*settings_of(ReadOptions), *ReadOptions.former_names]


def test_the_weight_of_the_language_model_has_one_range() -> None:
    kind = setting_of(ReadOptions, "lm_weight").kind
    assert isinstance(kind, OrNone)
    assert isinstance(kind.kind, Number)
    assert kind.kind.high == MAX_LM_WEIGHT


def test_the_former_name_of_a_setting_is_taken_with_a_warning() -> None:
    with pytest.warns(DeprecationWarning, match="lm_weight"):
        options = ReadOptions(prior=0.5)
    assert options == ReadOptions(lm_weight=0.5) == replace(options, turn="auto")
    with pytest.raises(BadConfiguration), pytest.warns(DeprecationWarning, match="lm_weight"):
        ReadOptions(prior=9)


def test_hints_name_the_nearest_or_all() -> None:
    assert did_you_mean("tread", ["threads", "backend"]) == "did you mean 'threads'?"
    assert did_you_mean(7, ["a", "b"], "letters") == "letters are a, b"
