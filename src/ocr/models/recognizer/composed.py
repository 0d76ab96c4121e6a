"""A recogniser that learns composed characters by their parts."""

from __future__ import annotations

import unicodedata
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from ocr.models.recognizer.conv import ConvRecognizer
from ocr.recognition.charset import Charset


class ComposedConv(nn.Conv2d):
    """A 1 × 1 convolution whose rows are the sum of a row of their own and of rows that classes share.

    Whether a syllable begins with ㄱ is learnt from all syllables that do, not from each of them anew: rare ones are
    read after few examples. `reparameterised` gives the plain convolution that computes the same.

    Args:
        inputs: channels that come in.
        members: (K, P) which of P shared rows each of the K classes has, 1 or 0.
    """

    members: Tensor

    def __init__(self, inputs: int, members: Tensor) -> None:
        super().__init__(inputs, members.shape[0], 1)
        self.parts = nn.Parameter(torch.randn(members.shape[1], inputs) * 0.05)
        self.register_buffer("members", members.float(), persistent=False)
        with torch.no_grad():
            self.weight[members.any(1)] = 0.0

    def whole(self) -> Tensor:
        """(K, inputs, 1, 1) the rows as they count."""
        return self.weight + (self.members @ self.parts)[:, :, None, None]

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, K, H, W)."""
        return conv2d(x, self.whole(), self.bias)

    def reparameterised(self) -> nn.Conv2d:
        """The plain convolution that computes the same."""
        plain = nn.Conv2d(self.in_channels, self.out_channels, 1)
        with torch.no_grad():
            plain.weight.copy_(self.whole())
            if self.bias is not None and plain.bias is not None:
                plain.bias.copy_(self.bias)
        return plain


class ComposedRecognizer(ConvRecognizer):
    """A `ConvRecognizer` whose classifier knows what its characters are composed of; exported it is a `ConvRecognizer`.

    The parts are those of Unicode's canonical decomposition: initial, medial and final of a Hangul syllable, letter
    and accent, kana and voicing mark.

    Args:
        classes: characters and the blank.
        charset: name or path of the charset, as `Charset.load` takes it.
        settings: as for `ConvRecognizer`.
    """

    def __init__(self, classes: int, charset: str, **settings: Any) -> None:
        super().__init__(classes, **settings)
        self.classify = ComposedConv(self.classify.in_channels, composition(Charset.load(charset), classes))


def composition(charset: Charset, classes: int) -> Tensor:
    """(classes, P) bool: which of the P parts in the charset the character of each class is composed of.

    Args:
        charset: of the classes; a part is a code point that stands in decompositions of at least two of its characters.
        classes: how many of its classes, with the blank; ones beyond the charset have no parts.
    """
    taken = [unicodedata.normalize("NFD", character) for character in charset.characters]
    taken = [parts if len(parts) > 1 else "" for parts in taken]
    counts: dict[str, int] = {}
    for part in "".join(taken):
        counts[part] = counts.get(part, 0) + 1
    shared = {part: column for column, part in enumerate(sorted(p for p, n in counts.items() if n > 1))}
    members = torch.zeros(classes, len(shared), dtype=torch.bool)
    for row, parts in enumerate(taken[: classes - 1], 1):
        for part in parts:
            if part in shared:
                members[row, shared[part]] = True
    return members
