"""Weights of a recogniser for one charset, carried over to another."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ocr.errors import BadConfiguration
from ocr.models.recognizer.composed import ComposedConv
from ocr.recognition.alphabets import basic_letter
from ocr.recognition.charset import BLANK, Charset

#: How many times as likely the letter is that a new one is made of, before anything is learnt, as a logarithm.
_LESS_LIKELY = 2.0


def by_class(build: Callable[[int], nn.Module]) -> frozenset[str]:
    """Names of the parameters that have a row a class.

    Args:
        build: makes the network for a number of classes.
    """
    few, more = (dict(build(classes).named_parameters()) for classes in (7, 8))
    return frozenset(name for name, value in few.items() if value.shape != more[name].shape)


def carry_over(
    source: nn.Module, target: nn.Module, before: Charset, after: Charset, rows: frozenset[str]
) -> None:
    """Copy the weights of a network to one of the same settings for another charset.

    Rows follow their characters: those of characters that both charsets have are copied, and those of dropped ones
    left out. A new letter that is made of a known one gets the row of that letter, with what its accents add to the
    known letters that have them, and is less likely than the letter. Of other new characters the mean of the copied
    rows is added to the values that they were made with: they are then about as unlikely as the known ones, not as
    likely as all of them together. A `ComposedConv` computes these rows, whatever its shared parts are.

    Args:
        source: the network with the weights, for the charset `before`.
        target: takes them; for the charset `after`.
        before: charset of the source.
        after: charset of the target.
        rows: names of the parameters that have a row a class.

    Raises:
        BadConfiguration: the networks differ in more than their classes, or the charsets have no character in common.
    """
    common = [character for character in after.characters if character in before]
    fresh = [k for k, character in enumerate(after.characters, BLANK + 1) if character not in before]
    given, own = source.state_dict(), target.state_dict()
    wrong = [
        name
        for name in sorted({*given, *own} - rows)
        if name not in given or name not in own or given[name].shape != own[name].shape
    ]
    if wrong or not common:
        named = ", ".join(wrong[:3]) or "the charsets have no character in common"
        raise BadConfiguration(f"the weights do not fit the configured network: {named}")
    to, of = ([BLANK, *charset.encode("".join(common))] for charset in (after, before))
    made = [k for k in fresh if _made_of_known(after.characters[k - 1 - BLANK], before)]
    with torch.no_grad():
        for name, value in own.items():
            if name not in rows:
                value.copy_(given[name])
                continue
            value[to] = given[name][of]
            value[fresh] += given[name][of[1:]].mean(0)
            for k in made:
                value[k] = _by_analogy(after.characters[k - 1 - BLANK], given[name], before)
                if value.ndim == 1:
                    value[k] -= _LESS_LIKELY
        for module in target.modules():
            if isinstance(module, ComposedConv):
                known = [*to, *made]
                module.weight[known] -= (module.members @ module.parts)[known, :, None, None]


def _made_of_known(character: str, before: Charset) -> bool:
    base = basic_letter(character)
    return base != character and base in before


def _by_analogy(character: str, rows: Tensor, before: Charset) -> Tensor:
    """The row of the letter that a character is made of, with the mean of what each accent adds to known letters."""
    base, *accents = list(unicodedata.normalize("NFD", character))
    if not accents:
        return rows[before.encode(basic_letter(character))[0]]
    row = rows[before.encode(base)[0]].clone()
    for accent in accents:
        pairs = [
            (letter, whole)
            for letter in before.characters
            if len(whole := unicodedata.normalize("NFC", letter + accent)) == 1 and whole in before
        ]
        if pairs:
            letters, wholes = (before.encode("".join(side)) for side in zip(*pairs, strict=True))
            row += (rows[wholes] - rows[letters]).mean(0)
    return row
