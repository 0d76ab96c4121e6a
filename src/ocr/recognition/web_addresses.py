"""The beginning of web addresses: of three equal letters in narrow print a recogniser sees one or two."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.recognition.decoded import Decoded

_WHOLE = "www"
#: What may be the beginning of an address, before the name of a domain.
_BEGIN = re.compile(
    r"(?<![\w.@-])[wv]{1,5}(?=\.[\w-]{3,}(?:\.[\w-]+)*\.(?:com|net|org|info|biz|[a-z]{2})(?![\w@-]))",
    re.IGNORECASE,
)


def with_whole_addresses(lines: Sequence[Decoded]) -> list[Decoded]:
    """The lines; before the name of a domain ``W.``, ``WW.`` and ``VWW.`` are ``WWW.``. Confidences do not change."""
    return [_revised(line) if "." in line.text else line for line in lines]


def _revised(line: Decoded) -> Decoded:
    # From behind, so that places before stay.
    for match in reversed(list(_BEGIN.finditer(line.text))):
        run = match[0]
        whole = _WHOLE.upper() if sum(map(str.isupper, run)) > len(run) / 2 else _WHOLE
        if run.lower() != _WHOLE and "w" in run.lower():
            line = _with(line, match.start(), match.end(), whole)
    return line


def _with(line: Decoded, begin: int, end: int, text: str) -> Decoded:
    """The line with another text for a part of it, whose characters stand where those of the part do."""
    count, longer = end - begin, len(text) - (end - begin)
    at = [*range(begin), *(begin + k * count // len(text) for k in range(len(text)))]
    at += range(end, len(line.text))
    doubts = [
        doubt if doubt.position < begin else doubt._replace(position=doubt.position + longer)
        for doubt in line.doubts
        if not begin <= doubt.position < end
    ]
    return line._replace(
        text=line.text[:begin] + text + line.text[end:],
        begins=[line.begins[k] for k in at],
        ends=[line.ends[k] for k in at],
        certainties=[line.certainties[k] for k in at],
        doubts=doubts,
    )
