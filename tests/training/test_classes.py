"""Weights of a recogniser that go on with another charset."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch

from ocr.engine.model_file import ModelFile
from ocr.errors import BadConfiguration
from ocr.models import recognizer
from ocr.recognition.charset import Charset
from ocr.training.classes import by_class, carry_over
from ocr.training.run import compose
from ocr.training.start import start_from
from ocr.training.tasks import build_network

BEFORE, AFTER = Charset("ABCŠSÉE 12"), Charset("ĄBÉ 1Č2A€SŠEК")
TINY = {"channels": (4, 4, 4, 4), "blocks": (1, 1, 1, 1), "width": 12, "context": (3,)}
KINDS = {
    "conv_ctc": lambda classes: recognizer.ConvRecognizer(classes, **TINY),
    "parseq": lambda classes: recognizer.ParseqRecognizer(classes, **TINY, heads=2, hidden=8, max_length=4),
}
ROWS = {
    "conv_ctc": {"classify.weight", "classify.bias"},
    "parseq": {"classify.weight", "classify.bias", "characters.weight"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_follow_their_characters(kind):
    build = KINDS[kind]
    rows = by_class(build)
    assert rows == ROWS[kind]
    source, target = build(BEFORE.classes), build(AFTER.classes)
    made = {name: value.clone() for name, value in target.state_dict().items()}
    carry_over(source, target, BEFORE, AFTER, rows)
    given, got = source.state_dict(), target.state_dict()
    for name, value in got.items():
        if name not in rows:
            assert torch.equal(value, given[name]), name
            continue
        assert torch.equal(value[0], given[name][0])
        for character in "ABSŠEÉ 12":
            assert torch.equal(value[AFTER.encode(character)], given[name][BEFORE.encode(character)])
        common = given[name][BEFORE.encode("ABSŠEÉ 12")].mean(0)
        for character in "€К":
            at = AFTER.encode(character)
            assert torch.allclose(value[at], made[name][at] + common, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_letter_begins_as_the_one_it_is_made_of(kind):
    build = KINDS[kind]
    source, target = build(BEFORE.classes), build(AFTER.classes)
    carry_over(source, target, BEFORE, AFTER, by_class(build))
    (a, s, caron, c), (ogonek, new) = BEFORE.encode("ASŠC"), AFTER.encode("ĄČ")
    given, got = source.classify, target.classify
    assert torch.equal(got.weight[ogonek], given.weight[a])
    assert got.bias[ogonek] < given.bias[a]
    expected = given.weight[c] + given.weight[caron] - given.weight[s]
    assert torch.allclose(got.weight[new], expected, atol=1e-6)


def test_known_characters_keep_their_rows_in_a_classifier_that_shares_parts(tmp_path):
    path = tmp_path / "after.txt"
    path.write_text("\n".join(AFTER.characters) + "\n", "utf-8")

    def build(classes):
        return recognizer.ComposedRecognizer(classes, str(path), **TINY)

    source, target = build(BEFORE.classes), build(AFTER.classes)
    given = source.classify.weight.clone()
    carry_over(source, target, BEFORE, AFTER, by_class(build))
    whole = target.classify.whole()
    assert torch.allclose(whole[AFTER.encode("ÉŠB")], given[BEFORE.encode("ÉŠB")], atol=1e-5)
    assert torch.allclose(whole[AFTER.encode("Ą")], given[BEFORE.encode("A")], atol=1e-5)


def test_other_networks_and_charsets_without_a_common_character_are_refused():
    build = KINDS["conv_ctc"]
    rows = by_class(build)
    wider = recognizer.ConvRecognizer(BEFORE.classes, **{**TINY, "width": 16})
    with pytest.raises(BadConfiguration, match="do not fit"):
        carry_over(wider, build(AFTER.classes), BEFORE, AFTER, rows)
    with pytest.raises(BadConfiguration, match="no character in common"):
        carry_over(build(BEFORE.classes), build(5), BEFORE, Charset("ΑΒΓΔ"), rows)


def test_the_shipped_recogniser_gives_its_weights_to_a_larger_charset(tmp_path):
    model = ModelFile.shipped("recognition")
    before = Charset(model.charset)
    after = Charset("ǅ" + before.characters[::-1] + "ǆ")
    path = tmp_path / "more.txt"
    path.write_text("\n".join(after.characters) + "\n", "utf-8")
    cfg = compose("recognition", [f"charset={path}", "data.train.sources.real.samples.path=x"])
    torch.manual_seed(0)
    network = build_network(cfg)
    lines = torch.randint(0, 256, (4, 1, 32, 96), dtype=torch.uint8)
    start_from("shipped", cfg, network, _batches(lines))
    same = build_network(cfg, before.classes)
    start_from(
        "shipped", compose("recognition", ["data.train.sources.real.samples.path=x"]), same, _batches(lines)
    )
    with torch.inference_mode():
        got, expected = network.eval()(lines), same.eval()(lines)
    order = [0, *after.encode(before.characters)]
    assert torch.allclose(got[..., order], expected, atol=1e-4)


class _Batch(NamedTuple):
    image: torch.Tensor


def _batches(lines):
    return torch.utils.data.DataLoader([lines], batch_size=None, collate_fn=_Batch)
