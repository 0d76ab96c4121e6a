"""An n-gram language model: how likely a character is after those before it, as a table of n-grams.

Letters that a worn print leaves open are mostly decided by their neighbours: TOTAL is likelier than T0TAL. The table is
bounded, is fitted by `ocr.training.language` and travels with the model that it belongs to.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ocr.recognition.charset import BLANK, Charset

#: Begin and end of a line, as a symbol beside the characters; 0 is no symbol at all.
EDGE = 1
#: Symbols have 8 bits, so that an n-gram is one number.
_BITS = 8
_SYMBOLS = 255 - EDGE
#: Longest n-grams: eight symbols fill 64 bits.
MAX_ORDER = 8
#: N-grams at most, and bytes of a table unpacked: what comes from a file is bounded.
_MAX_ENTRIES = 1_000_000
#: Logarithms are kept in sixteenths of a nat, from 0 to −15.9.
_STEP = 1 / 16
_LEAST = 255


class NgramLanguageModel:
    """Probabilities of characters in their context, with back-off (Katz, 1987) from long contexts to shorter ones.

    Case does not count: the print decides it. Made once, then only read.

    Args:
        order: length of the longest n-grams, 1 to 8.
        keys: (N,) uint64, rising: n-grams of `symbols`, 8 bits each, the last one lowest.
        costs: (N,) uint8, −log p of the last symbol after the others, in sixteenths of a nat.
        backoffs: (N,) uint8, −log of the weight that shorter contexts have after this n-gram, likewise.
        charset: the characters that the symbols stand for.

    Raises:
        ValueError: the arrays do not fit each other, or the charset has more than 254 characters that differ in more
            than case.
    """

    def __init__(
        self,
        order: int,
        keys: npt.NDArray[np.uint64],
        costs: npt.NDArray[np.uint8],
        backoffs: npt.NDArray[np.uint8],
        charset: Charset,
    ) -> None:
        if not 1 <= order <= MAX_ORDER:
            raise ValueError(f"order is {order!r}; expected 1 to {MAX_ORDER}")
        if not len(keys) == len(costs) == len(backoffs) <= _MAX_ENTRIES or (np.diff(keys) == 0).any():
            raise ValueError(
                f"{len(keys)} n-grams, {len(costs)} costs and {len(backoffs)} back-offs; expected as many of each, no "
                f"more than {_MAX_ENTRIES}, each n-gram once"
            )
        self.order = order
        self._arrays = keys, costs, backoffs
        self.symbols = symbols(charset)
        self._kept = (1 << _BITS * (order - 1)) - 1
        self._cost: dict[int, float] = dict(zip(keys.tolist(), (costs * _STEP).tolist(), strict=True))
        weighty = backoffs > 0
        self._backoff: dict[int, float] = dict(
            zip(keys[weighty].tolist(), (backoffs[weighty] * _STEP).tolist(), strict=True)
        )

    @cached_property
    def sha256(self) -> str:
        """Hash of the order, the table and the symbols of the characters, hexadecimal."""
        digest = hashlib.sha256(repr((self.order, self.symbols)).encode())
        for array in self._arrays:
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self._cost)

    def after(self, context: int, symbol: int) -> int:
        """The context that a symbol leaves behind: the last symbols, packed as the n-grams are."""
        return (context << _BITS | symbol) & self._kept

    def cost(self, context: int, symbol: int) -> float:
        """−log p of a symbol after a context, in nats."""
        spent = 0.0
        bits = (context.bit_length() + _BITS - 1) // _BITS * _BITS
        table, backoff = self._cost, self._backoff
        while True:
            found = table.get(context << _BITS | symbol)
            if found is not None:
                return spent + found
            if not bits:
                return spent + _LEAST * _STEP
            spent += backoff.get(context, 0.0)
            bits -= _BITS
            context &= (1 << bits) - 1

    def line_cost(self, text: str, charset: Charset) -> float:
        """−log p of a whole line, its end included, in nats.

        Raises:
            KeyError: a character is not in the charset.
        """
        context, total = EDGE, 0.0
        for symbol in (*(self.symbols[k] for k in charset.encode(text)), EDGE):
            total += self.cost(context, symbol)
            context = self.after(context, symbol)
        return total

    @classmethod
    def unpack(cls, text: str, charset: Charset) -> NgramLanguageModel:
        """The language model of a model's metadata entry.

        Raises:
            ValueError: it is damaged, or not for this charset.
        """
        try:
            inflate = zlib.decompressobj()
            data = inflate.decompress(base64.b64decode(text, validate=True), 12 * _MAX_ENTRIES)
            order, known = data[0], data[1]
            count, left = divmod(len(data) - 2, 8 + 1 + 1)
        except (binascii.Error, zlib.error, IndexError) as fault:
            raise ValueError(f"the language model is damaged: {fault}") from fault
        if left or not inflate.eof or known != len(set(symbols(charset))) - 1:
            raise ValueError(f"the language model is damaged, or made for another charset ({known} symbols)")
        # Byte planes of differences: what zlib shrinks best.
        planes = np.frombuffer(data, np.uint8, 8 * count, 2).reshape(8, count)
        keys = np.cumsum(np.ascontiguousarray(planes.T).view("<u8")[:, 0], dtype=np.uint64)
        costs, backoffs = np.frombuffer(data, np.uint8, 2 * count, 2 + 8 * count).reshape(2, count)
        return cls(order, keys, costs, backoffs, charset)

    def pack(self) -> str:
        """For a model's metadata; `unpack` reads it."""
        keys, costs, backoffs = self._arrays
        steps = np.diff(keys, prepend=np.uint64(0)).astype("<u8")
        planes = np.ascontiguousarray(steps[:, None].view(np.uint8).reshape(-1, 8).T)
        head = bytes((self.order, len(set(self.symbols)) - 1))
        body = head + planes.tobytes() + costs.tobytes() + backoffs.tobytes()
        return base64.b64encode(zlib.compress(body, 9)).decode()


def symbols(charset: Charset) -> list[int]:
    """The symbol of each class of a charset: one for a letter of either case, from `EDGE` + 1 on; 0 for the blank.

    Raises:
        ValueError: there are more symbols than a byte can tell apart.
    """
    found: dict[int, int] = {}
    numbers = [found.setdefault(k, len(found) + EDGE + 1) for k in charset.case_folding()[1:]]
    if len(found) > _SYMBOLS:
        raise ValueError(
            f"the charset has {len(found)} characters beside case; a language model can hold {_SYMBOLS}"
        )
    return [BLANK, *numbers]


def tabulate(
    order: int, costs: Mapping[int, float], backoffs: Mapping[int, float], charset: Charset
) -> NgramLanguageModel:
    """A language model of n-grams by packed number.

    Args:
        order: length of the longest n-grams.
        costs: −log p of each n-gram's last symbol after the others, in nats.
        backoffs: −log of the weight of shorter contexts after an n-gram, in nats; 0 where absent.
        charset: the characters.

    Raises:
        ValueError: as `NgramLanguageModel`.
    """
    keys = np.array(sorted(costs), np.uint64)
    return NgramLanguageModel(
        order,
        keys,
        _sixteenths([costs[k] for k in keys.tolist()]),
        _sixteenths([max(0.0, backoffs.get(k, 0.0)) for k in keys.tolist()]),
        charset,
    )


def packed(context: Sequence[int]) -> int:
    """Symbols as one number, the last one lowest."""
    number = 0
    for symbol in context:
        number = number << _BITS | symbol
    return number


def _sixteenths(values: Sequence[float]) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(np.asarray(values, np.float64) / _STEP), 0, _LEAST).astype(np.uint8)
