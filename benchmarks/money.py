"""How many amounts of synthetic receipts are read rightly, with the language model and without it.

    python benchmarks/money.py [--count 5000] [--seed 1] [--split all] [--worn] [--recognition MODEL]

Amounts of twelve formats, as many of each, drawn in all styles of the generator over the fonts of the split: clean, or
as worn and as badly photographed as the lines of the training. One is right where every character but the spaces is.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
from random import Random

import numpy as np
import numpy.typing as npt

from ocr.datasets.synthetic.fonts import Face
from ocr.datasets.synthetic.lines import SyntheticLines, set_line
from ocr.datasets.synthetic.phrases import DEFAULT_CHARACTERS
from ocr.engine.choice import resolve
from ocr.recognition.recognizer import Recognizer


def _amount(rng: Random, point: str, thousands: str = "") -> str:
    whole = round(10 ** rng.uniform(0, 4.2))
    text = f"{whole:,}".replace(",", thousands) if thousands else str(whole)
    # Prices seldom end in noughts where they are not round; a language model expects noughts everywhere.
    return f"{text}{point}{rng.randrange(100):02d}"


#: Formats by what they show.
FORMATS: dict[str, Callable[[Random], str]] = {
    "1234.56": lambda rng: _amount(rng, "."),
    "1234,56": lambda rng: _amount(rng, ","),
    "1,234.56": lambda rng: _amount(rng, ".", ","),
    "1.234,56": lambda rng: _amount(rng, ",", "."),
    "3,49C": lambda rng: _amount(rng, ",") + rng.choice("ABCDEFG"),
    "3.49 A": lambda rng: f"{_amount(rng, '.')} {rng.choice('ABCST')}",
    "*4,50": lambda rng: "*" + _amount(rng, ","),
    "-1.00": lambda rng: "-" + _amount(rng, "."),
    "1.00-": lambda rng: _amount(rng, ",") + "-",
    "$ 12.99": lambda rng: rng.choice(("$", "€", "£", "RM", "$ ", "EUR ")) + _amount(rng, "."),
    "9,95 €": lambda rng: _amount(rng, ",") + rng.choice(("€", " €", " EUR", " zl", " Kc")),
    "2 x 3,49": lambda rng: f"{rng.randrange(1, 13)} {rng.choice('xX')} {_amount(rng, ',')}",
}


def _clean(rng: Random, face: Face, text: str) -> npt.NDArray[np.uint8]:
    """The text in ink on plain paper, (H, W) uint8 grey."""
    ink = set_line(rng, face, text)
    ink = ink.scaled(*[rng.uniform(18, 26) / max(1.0, ink.cap_height)] * 2)
    height, width = ink.mask.shape
    paper = np.full((height + 4, width + 12), 240.0)
    paper[2 : 2 + height, 6 : 6 + width] -= ink.mask * (rng.uniform(150, 220) / 255)
    return paper.astype(np.uint8)


def main() -> None:
    """Print the share of right amounts a format."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=("train", "validation", "all"), default="all")
    parser.add_argument("--worn", action="store_true", help="as worn as the lines of the training")
    parser.add_argument("--recognition", help="model; the shipped one if not given")
    parser.add_argument(
        "--show", type=int, default=0, help="print this many amounts that only one of both reads"
    )
    chosen = parser.parse_args()
    lines = SyntheticLines(chosen.seed, DEFAULT_CHARACTERS, chosen.split)
    with_model = Recognizer(resolve(chosen.recognition, "recognition"), 1)
    without = with_model.with_lm_weight(0.0)
    right: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    shown = 0
    for k in range(chosen.count):
        name = list(FORMATS)[k % len(FORMATS)]
        rng = Random(f"money:{chosen.seed}:{k}")
        text = FORMATS[name](rng)
        face = lines.fonts.choose(rng, text, monospaced=rng.random() < 0.5)
        if face is None:
            continue
        crop = lines.draw(rng, face, text) if chosen.worn else _clean(rng, face, text)
        height, width = crop.shape
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        texts = [reader.read(crop, [quad])[0].text for reader in (with_model, without)]
        verdicts = [read.replace(" ", "") == text.replace(" ", "") for read in texts]
        right[name].append((verdicts[0], verdicts[1]))
        if verdicts[0] != verdicts[1] and shown < chosen.show:
            shown += 1
            print(f"{text!r}: with {texts[0]!r}, without {texts[1]!r}")
    print("| format | amounts | right with the language model | without |")
    print("|---|---|---|---|")
    for name, verdicts in (*right.items(), ("all", [one for every in right.values() for one in every])):
        shares = np.mean(verdicts, axis=0)
        print(f"| `{name}` | {len(verdicts)} | {shares[0]:.4f} | {shares[1]:.4f} |")


if __name__ == "__main__":
    main()
