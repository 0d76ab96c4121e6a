"""How many of the letters that a charset has beyond another one are read, on synthetic lines of held-out fonts.

    python benchmarks/letters.py [--count 250] [--recognition MODEL] [--charset latin] [--beyond receipt]

Every second line is worn as those of the training, the others are clean. A letter counts as read where it stands
anywhere in the reading of its line.
"""

from __future__ import annotations

import argparse
from random import Random

import numpy as np

from ocr.datasets.synthetic.lines import SyntheticLines, set_line
from ocr.datasets.synthetic.locales import choose_locale
from ocr.datasets.synthetic.phrases import phrase
from ocr.engine.choice import resolve
from ocr.metrics.text import edit_distance
from ocr.recognition.charset import Charset
from ocr.recognition.recognizer import Recognizer


def main() -> None:
    """Print the share of the letters, and the character error rate of their lines."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--recognition", help="model; the shipped one if not given")
    parser.add_argument("--charset", default="latin")
    parser.add_argument("--beyond", default="receipt")
    chosen = parser.parse_args()
    charset = Charset.load(chosen.charset)
    wanted = set(charset.characters) - set(Charset.load(chosen.beyond).characters)
    lines = SyntheticLines(chosen.seed, charset.characters, "validation")
    recognizer = Recognizer(resolve(chosen.recognition, "recognition"), 1)
    rng = Random(f"letters:{chosen.seed}")
    read = letters = errors = characters = count = 0
    while count < chosen.count:
        text = " ".join(phrase(rng, choose_locale(rng)).split())[:40].strip()
        face = lines.fonts.choose(rng, text) if wanted & set(text) else None
        if face is None:
            continue
        if count % 2:
            crop = lines.draw(rng, face, text)
        else:
            mask = set_line(rng, face, text).mask
            crop = np.pad(255 - mask, 8, constant_values=255)
        height, width = crop.shape
        quad = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        got = recognizer.read(crop, [quad])[0].text
        letters += sum(c in wanted for c in text)
        read += sum(c in wanted and c in got for c in text)
        errors += edit_distance(got, text)
        characters += len(text)
        count += 1
    print(f"{count} lines: {read / letters:.3f} of {letters} letters are read, CER {errors / characters:.4f}")


if __name__ == "__main__":
    main()
