"""A recogniser that writes characters by attention, after PARSeq (Bautista and Atienza, ECCV 2022)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from ocr.models.recognizer.line_encoder import LineEncoder
from ocr.recognition.charset import BLANK
from ocr.recognition.decode import Decoding


class ParseqOutput(NamedTuple):
    """What the recogniser gives while training.

    Attributes:
        logits: (P, N, L + 1, K) of P orders of reading; class 0 is the end.
        classes: (N, L + 1) int64, the class that each step should have; 0 from the end on.
    """

    logits: Tensor
    classes: Tensor


class ParseqRecognizer(LineEncoder):
    """A `LineEncoder` and one layer of PARSeq's decoder, which sees any part of the text that is already known.

    While training it predicts every character from the picture and from those that come before it in an order of
    reading, in several orders at once (permutation language modelling, section 3.2): from left to right, random ones,
    and the two of inference. At inference it reads all characters at once from the picture alone, and then once more
    (``refinements`` times) each from the picture and all the others (section 3.3: non-autoregressive decoding with
    cloze refinement). That is one graph of fixed size, without a loop over characters.

    Differences from the paper: a convolutional encoder that takes lines of any width, whose places along the line are
    told by sines; and the two masks of inference are trained in every step, for no other is used in the end.

    Args:
        classes: characters and the end.
        channels: of the four stages of the encoder.
        blocks: residual blocks of the four stages.
        width: channels along the line and in the decoder, a multiple of ``2 * heads``.
        context: width of each depthwise kernel along the line, one block each.
        heads: of the attention.
        hidden: channels inside the feed-forward part.
        max_length: most characters of a line; further ones are not read.
        permutations: orders of reading in a training step beside those of inference, the first from left to right.
        refinements: at inference.
        dropout: in the decoder.

    Raises:
        ValueError: a width that the heads do not divide.
    """

    def __init__(
        self,
        classes: int,
        channels: Sequence[int] = (24, 48, 96, 160),
        blocks: Sequence[int] = (1, 2, 2, 1),
        width: int = 192,
        context: Sequence[int] = (9, 9),
        heads: int = 6,
        hidden: int = 512,
        max_length: int = 64,
        permutations: int = 2,
        refinements: int = 1,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(channels, blocks, width, context)
        if width % (2 * heads):
            raise ValueError(f"width is {width} with {heads} heads; expected a multiple of {2 * heads}")
        self.decoding = Decoding("attention", max_length)
        self.permutations, self.refinements = permutations, refinements
        self.scale = math.sqrt(width)
        # Class 0 is never known before its own step: its row stands for the beginning.
        self.characters = nn.Embedding(classes, width)
        self.positions = nn.Parameter(0.02 * torch.randn(max_length + 1, width))
        nn.init.normal_(self.characters.weight, std=1.0 / self.scale)
        self.norm_query, self.norm_text = nn.LayerNorm(width), nn.LayerNorm(width)
        self.read_text = Attention(width, heads)
        self.norm_read = nn.LayerNorm(width)
        self.look = Attention(width, heads)
        self.norm_look = nn.LayerNorm(width)
        self.think = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.norm_think = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        self.classify = nn.Linear(width, classes)

    def forward(self, lines: Tensor, texts: Tensor | None = None) -> Tensor | ParseqOutput:
        """Read lines.

        Args:
            lines: (N, 1, 32, W) grey, uint8 or float with values 0 … 255; W a multiple of 8; padded with 127.
            texts: (N, L) int64 classes of the transcripts, 0 beyond their ends; only while training.

        Returns:
            (N, max_length + 1, classes) logits, class 0 the end of the text; while training a `ParseqOutput`.
        """
        picture = self._picture(lines)
        limit = len(self.positions) - 1
        if self.training:
            if texts is None:
                raise ValueError("the recogniser needs the transcripts while training")
            texts = texts[:, :limit]
            seen = self._orders(texts.shape[1], texts.device) & _known(texts)[:, None, None, :]
            logits = self._decode(picture, texts.shape[1] + 1, texts, seen)
            return ParseqOutput(logits.transpose(0, 1), pad(texts, (0, 1), value=BLANK))
        logits = self._decode(picture, limit + 1)
        others = ~torch.eye(limit + 1, dtype=torch.bool, device=lines.device)[:, :-1]
        for _ in range(self.refinements):
            characters = logits[:, 0, :-1].argmax(2)
            logits = self._decode(
                picture, limit + 1, characters, others & _known(characters)[:, None, None, :]
            )
        return logits[:, 0]

    def _picture(self, lines: Tensor) -> Tensor:
        """Features along the line with their places, (N, S, width)."""
        features = self.encode(lines)[:, :, 0].transpose(1, 2)
        half = features.shape[2] // 2
        place = torch.arange(features.shape[1], device=lines.device, dtype=torch.float32)[:, None]
        pace = torch.exp(
            torch.arange(half, device=lines.device, dtype=torch.float32) * (-math.log(1e4) / half)
        )
        # Sines and cosines of places (Vaswani et al., NeurIPS 2017, section 3.5).
        return features + torch.cat([torch.sin(place * pace), torch.cos(place * pace)], 1)

    def _orders(self, length: int, device: torch.device) -> Tensor:
        """Which characters each step sees, (P, L + 1, L) bool, for every order of reading in a training step."""
        step = torch.arange(length + 1, device=device)
        see_nothing = torch.zeros(1, length + 1, length, dtype=torch.bool, device=device)
        see_others = (step[:, None] != step[:-1])[None]
        rank = torch.rand(self.permutations, length + 1, device=device)
        if self.permutations:
            rank = torch.cat([step[None] / (length + 1), rank[1:]])
        see_earlier = rank[:, None, :-1] < rank[:, :, None]
        return torch.cat([see_nothing, see_others, see_earlier])

    def _decode(
        self, picture: Tensor, steps: int, texts: Tensor | None = None, seen: Tensor | None = None
    ) -> Tensor:
        """One pass of the decoder.

        Args:
            picture: (N, S, width).
            steps: T, how many characters are written, the end among them.
            texts: (N, L) classes of the characters that are known; ``None`` where none is.
            seen: (N, P, T, L) bool, which of them each step sees, for P orders.

        Returns:
            (N, P, T, classes) logits; P is 1 where nothing is known.
        """
        text = self.characters.weight[BLANK].expand(picture.shape[0], 1, -1)
        orders, mask = 1, None
        if texts is not None and seen is not None:
            orders = seen.shape[1]
            known = self.scale * self.characters(texts) + self.positions[: texts.shape[1]]
            text = torch.cat([text, known], 1)
            # Beside the characters that it sees, each step sees the beginning. Orders stand one after the other.
            mask = pad(seen, (1, 0), value=True).flatten(1, 2)[:, None]
        query = self.positions[:steps].repeat(orders, 1).expand(picture.shape[0], -1, -1)
        read = self.read_text(self.norm_query(query), self.dropout(self.norm_text(text)), mask)
        query = query + self.dropout(read)
        query = query + self.dropout(self.look(self.norm_read(query), picture))
        query = query + self.dropout(self.think(self.norm_look(query)))
        logits: Tensor = self.classify(self.norm_think(query))
        return logits.reshape(logits.shape[0], orders, steps, logits.shape[2])


class Attention(nn.Module):
    """Multi-head attention (Vaswani et al., NeurIPS 2017, section 3.2).

    Args:
        width: channels, a multiple of ``heads``.
        heads: attentions side by side.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key_value = nn.Linear(width, width), nn.Linear(width, 2 * width)
        self.join = nn.Linear(width, width)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Queries (N, T, width) gather from a memory (N, S, width).

        Args:
            query: what looks.
            memory: what is looked at.
            mask: bool that broadcasts with (N, heads, T, S), true where a query sees a place; ``None`` for all.

        Returns:
            (N, T, width).
        """
        q = self.query(query).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k, v = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.key_value(memory).chunk(2, 2)
        )
        gathered = scaled_dot_product_attention(q, k, v, attn_mask=mask)
        joined: Tensor = self.join(gathered.transpose(1, 2).flatten(2))
        return joined


def _known(texts: Tensor) -> Tensor:
    """(N, L) classes to bool, true before the first that is the end."""
    return (texts == BLANK).long().cumsum(1) == 0
