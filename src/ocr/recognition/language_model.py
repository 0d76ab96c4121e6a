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

import numpy as np
import numpy.typing as npt

from ocr.recognition.charset import BLANK, Charset
from ocr.runtime.lazy import cached_property

#: Begin and end of a line, as a symbol beside the characters; 0 is no symbol at all.
EDGE = 1
#: An n-gram is one number of 64 bits. Symbols have 8 of them at least, and as many more as their number takes.
_LEAST_BITS, _NUMBER_BITS = 8, 64
#: Longest n-grams, of symbols of 8 bits.
MAX_ORDER = _NUMBER_BITS // _LEAST_BITS
#: Symbols of a table whose head is two bytes, order and symbols; that of others is a 0, the order, and the symbols in
#: three bytes.
_SHORT_HEAD = 255
#: N-grams at most, and bytes of a table unpacked: what comes from a file is bounded.
_MAX_ENTRIES = 1_000_000
#: Logarithms are kept in sixteenths of a nat, from 0 to −15.9.
_STEP = 1 / 16
_LEAST = 255


class NgramLanguageModel:
    """Probabilities of characters in their context, with back-off (Katz, 1987) from long contexts to shorter ones.

    Case does not count: the print decides it. Made once, then only read.

    Args:
        order: length of the longest n-grams, 1 to `max_order` of the charset: 8 up to 254 symbols, 7 up to 510, 6 up
            to 1022.
        keys: (N,) uint64, rising: n-grams of `symbols`, of `symbol_bits` each, the last one lowest.
        costs: (N,) uint8, −log p of the last symbol after the others, in sixteenths of a nat.
        backoffs: (N,) uint8, −log of the weight that shorter contexts have after this n-gram, likewise.
        charset: the characters that the symbols stand for.

    Raises:
        ValueError: the arrays do not fit each other, or the order is too great for the charset.
    """

    def __init__(
        self,
        order: int,
        keys: npt.NDArray[np.uint64],
        costs: npt.NDArray[np.uint8],
        backoffs: npt.NDArray[np.uint8],
        charset: Charset,
    ) -> None:
        if not 1 <= order <= max_order(charset):
            raise ValueError(f"order is {order!r}; expected 1 to {max_order(charset)} with this charset")
        if not len(keys) == len(costs) == len(backoffs) <= _MAX_ENTRIES or (np.diff(keys) == 0).any():
            raise ValueError(
                f"{len(keys)} n-grams, {len(costs)} costs and {len(backoffs)} back-offs; expected as many of each, no "
                f"more than {_MAX_ENTRIES}, each n-gram once"
            )
        self.order = order
        self._arrays = keys, costs, backoffs
        self.symbols = symbols(charset)
        self.bits = symbol_bits(charset)
        self._kept = (1 << self.bits * (order - 1)) - 1
        self._cost: dict[int, float] = dict(zip(keys.tolist(), (costs * _STEP).tolist(), strict=True))
        contexts = _contexts(keys, self.bits)
        self._backoff: dict[int, float] = dict.fromkeys(contexts.tolist(), 0.0)
        weighty = backoffs > 0
        self._backoff.update(zip(keys[weighty].tolist(), (backoffs[weighty] * _STEP).tolist(), strict=True))

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
        """The context that a symbol leaves behind, packed as the n-grams are.

        These are the last symbols, as many of them as n-grams begin with: costs are the same after more of them.
        """
        context = (context << self.bits | symbol) & self._kept
        known = self._backoff
        if context in known:
            return context
        bits = (context.bit_length() - 1) // self.bits * self.bits
        while bits > 0:
            context &= (1 << bits) - 1
            if context in known:
                return context
            bits -= self.bits
        return 0

    def cost(self, context: int, symbol: int) -> float:
        """−log p of a symbol after a context, in nats."""
        spent = 0.0
        width = self.bits
        bits = (context.bit_length() + width - 1) // width * width
        table, backoff = self._cost, self._backoff
        while True:
            cost = table.get(context << width | symbol)
            if cost is not None:
                return spent + cost
            if not bits:
                return spent + _LEAST * _STEP
            spent += backoff.get(context, 0.0)
            bits -= width
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
            head = 2 if data[0] else 5
            order, known = (data[0], data[1]) if data[0] else (data[1], int.from_bytes(data[2:5], "little"))
            count, left = divmod(len(data) - head, 8 + 1 + 1)
        except (binascii.Error, zlib.error, IndexError) as error:
            raise ValueError(f"the language model is damaged: {error}") from error
        if left or not inflate.eof or known != len(set(symbols(charset))) - 1:
            raise ValueError(f"the language model is damaged, or made for another charset ({known} symbols)")
        # Byte planes of differences: what zlib shrinks best.
        planes = np.frombuffer(data, np.uint8, 8 * count, head).reshape(8, count)
        keys = np.cumsum(np.ascontiguousarray(planes.T).view("<u8")[:, 0], dtype=np.uint64)
        costs, backoffs = np.frombuffer(data, np.uint8, 2 * count, head + 8 * count).reshape(2, count)
        return cls(order, keys, costs, backoffs, charset)

    def pack(self) -> str:
        """For a model's metadata; `unpack` reads it."""
        keys, costs, backoffs = self._arrays
        steps = np.diff(keys, prepend=np.uint64(0)).astype("<u8")
        planes = np.ascontiguousarray(steps[:, None].view(np.uint8).reshape(-1, 8).T)
        known = len(set(self.symbols)) - 1
        short = known < _SHORT_HEAD
        head = bytes((self.order, known)) if short else bytes((0, self.order)) + known.to_bytes(3, "little")
        body = head + planes.tobytes() + costs.tobytes() + backoffs.tobytes()
        return base64.b64encode(zlib.compress(body, 9)).decode()


def _contexts(keys: npt.NDArray[np.uint64], bits: int) -> npt.NDArray[np.uint64]:
    """What n-grams begin with, each once; of a context every beginning is one as well."""
    shorter, contexts = keys, []
    while shorter.any():
        shorter = shorter >> np.uint64(bits)
        # Of rising numbers equal ones stand together.
        shorter = shorter[np.diff(shorter, prepend=~shorter[:1]) != 0]
        contexts.append(shorter)
    return np.concatenate(contexts) if contexts else keys


def symbols(charset: Charset) -> list[int]:
    """The symbol of each class of a charset: one for a letter of either case, from `EDGE` + 1 on; 0 for the blank."""
    numbers: dict[int, int] = {}
    return [BLANK, *(numbers.setdefault(k, len(numbers) + EDGE + 1) for k in charset.case_folding()[1:])]


def symbol_bits(charset: Charset) -> int:
    """Bits of a symbol in an n-gram's number."""
    return max(_LEAST_BITS, max(symbols(charset)).bit_length())


def max_order(charset: Charset) -> int:
    """Length of the longest n-grams of a charset's characters that fit into a number."""
    return _NUMBER_BITS // symbol_bits(charset)


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


def packed(context: Sequence[int], bits: int) -> int:
    """Symbols of so many bits as one number, the last one lowest."""
    number = 0
    for symbol in context:
        number = number << bits | symbol
    return number


def _sixteenths(values: Sequence[float]) -> npt.NDArray[np.uint8]:
    return np.clip(np.rint(np.asarray(values, np.float64) / _STEP), 0, _LEAST).astype(np.uint8)
