"""Weights of a recogniser for one charset, carried over to another."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ocr.errors import BadConfiguration
from ocr.recognition.charset import BLANK, Charset


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
    left out. The mean of the copied ones is added to the values that new characters were made with: a new character is
    then about as unlikely as the known ones, not as likely as all of them together.

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
    with torch.no_grad():
        for name, value in own.items():
            if name in rows:
                value[to] = given[name][of]
                value[fresh] += given[name][of[1:]].mean(0)
            else:
                value.copy_(given[name])
