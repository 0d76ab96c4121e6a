"""Adds real Korean roads, districts and names to the words of synthetic receipts.

    pip install kozip faker
    python -m tools.korean_words

Roads and districts are those of the post's addresses in the package ``kozip`` (MIT), given names and words of company
names those of ``faker`` (MIT). A seeded choice of each goes into ``words/korean.txt``; another one, which no training
sees, into ``scripts/korean.json``. Words that are there already stay, so a second run changes nothing.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from ocr.datasets.synthetic.korean import SYLLABLES

_FOLDER = Path(__file__).resolve().parent.parent / "src/ocr/datasets/synthetic"
#: So many words of each field: for training, and held out.
_COUNTS = {"streets": (1500, 200), "areas": (800, 120), "given": (200, 30), "brands": (60, 10)}
#: The number of a lane behind the name of its road, which the generator draws anew: 안지랑로10길.
_LANE = re.compile(r"\d.*$")


def addresses() -> tuple[set[str], set[str]]:
    """Names of roads, and of districts, towns and villages."""
    data: dict[str, Any] = json.loads(files("kozip").joinpath("new_zip.json").read_text("utf-8"))
    roads, areas = set(), set()
    for provinces in data.values():
        for districts in provinces.values():
            for district, entries in districts.items():
                areas.update(district.split())
                for entry in entries:
                    road, _, area = entry.partition("|")
                    roads.add(_LANE.sub("", road.rpartition(" ")[0]))
                    areas.update(area.split())
    return {road for road in roads if road.endswith(("로", "길"))}, areas


def names() -> tuple[set[str], set[str]]:
    """Given names, and words that names of companies are made of."""
    people = import_module("faker.providers.person.ko_KR").Provider
    companies = import_module("faker.providers.company.ko_KR").Provider
    return set(people.first_names), set(companies.company_name_words)


def chosen(words: set[str], known: tuple[str, ...], counts: tuple[int, int]) -> tuple[list[str], list[str]]:
    """Words for training and held-out ones, of those that can be written and are not known."""
    new = sorted(w for w in words - set(known) if len(w) > 1 and set(w) <= set(SYLLABLES))
    Random(1).shuffle(new)
    held_out = new[: min(counts[1], len(new) // 8)]
    return new[len(held_out) :][: counts[0]], held_out


def main() -> None:
    """Add what is missing."""
    path, script = _FOLDER / "words/korean.txt", _FOLDER / "scripts/korean.json"
    sections = dict(re.findall(r"^\[(\w+)\]\n(.*?)(?=^\[|\Z)", path.read_text("utf-8"), re.M | re.S))
    record = json.loads(script.read_text("utf-8"))
    held = record["held_out"]["ko_KR"]
    roads, areas = addresses()
    given, companies = names()
    for field, words in {"streets": roads, "areas": areas, "given": given, "brands": companies}.items():
        if field in held:
            continue
        known = [word for word in sections[field].splitlines() if word]
        train, held_out = chosen(words, tuple(known), _COUNTS[field])
        sections[field] = "\n".join((*known, *train))
        held[field] = " ".join(held_out)
        print(f"{field}: {len(known)} known, {len(train)} added, {len(held_out)} held out")
    path.write_text("".join(f"[{name}]\n{body.strip()}\n\n" for name, body in sections.items())[:-1], "utf-8")
    # The rest of the record is written by hand, and stays as it is.
    block = ",\n".join(
        f"      {json.dumps(field)}: {json.dumps(words, ensure_ascii=False)}" for field, words in held.items()
    )
    text = re.sub(
        r'("ko_KR": \{\n).*?(\n    \})', lambda m: m[1] + block + m[2], script.read_text("utf-8"), flags=re.S
    )
    script.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
