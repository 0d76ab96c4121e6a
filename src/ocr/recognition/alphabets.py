"""Letters beyond ASCII of languages in Latin script, and which of the languages a page is likely to be in.

Letters are the main and auxiliary exemplar characters of CLDR, shortened. Shares are those of these letters among all
letters of running text, roughly; receipts have fewer, since many tills print capitals without accents.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

_LANGUAGES = {
    "cs": (0.12, "áčďéěíňóřšťúůýž"),
    "cy": (0.01, "âêîôûŵŷ"),
    "da": (0.025, "æøåéó"),
    "de": (0.017, "äöüß"),
    "es": (0.022, "áéíñóúüçàèò"),
    "et": (0.05, "äõöüšž"),
    "fi": (0.04, "åäöšž"),
    "fr": (0.035, "àâæçéèêëîïôœùûüÿ"),
    "ga": (0.06, "áéíóú"),
    "hr": (0.035, "čćđšž"),
    "hu": (0.12, "áéíóöőúüű"),
    "is": (0.13, "áðéíóúýþæö"),
    "it": (0.01, "àèéìíîòóù"),
    "lt": (0.08, "ąčęėįšųūž"),
    "lv": (0.09, "āčēģīķļņšūž"),
    "mt": (0.06, "àċġħżèìòù"),
    "nl": (0.003, "áéèëíïóöúü"),
    "no": (0.025, "æøåéèêóòâôü"),
    "pl": (0.07, "ąćęłńóśźż"),
    "pt": (0.04, "áàâãçéêíóôõúü"),
    "ro": (0.06, "ăâîșțşţ"),
    "sk": (0.11, "áäčďéíĺľňóôŕšťúýž"),
    "sv": (0.045, "åäöé"),
    "tr": (0.10, "çğıöşüâîû"),
    "vi": (0.28, "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
}
_UPPER = {"ı": "", "ß": "ẞ"}
#: Share of the letters in running text, and the letters in both cases, by language.
ALPHABETS = {
    language: (share, frozenset(letters + "".join(_UPPER.get(c, c.upper()) for c in letters)))
    for language, (share, letters) in _LANGUAGES.items()
}
ALPHABETS["tr"] = (ALPHABETS["tr"][0], ALPHABETS["tr"][1] | {"İ"})
#: Part of a language's share that a page in it has at least, and that it has of letters at least: about one clear one.
_LEAST, _FEWEST = 0.2, 0.9
#: So many letters that the first language does not have speak for a further one.
_FURTHER = 2.5
#: Letters that no accent makes of a basic one, and the ligatures.
_BASES = dict(zip("ĐđØøŁłĦħŦŧıŒœÆæÐðÞþßẞƠơƯưſŊŋŉĸ", "DdOoLlHhTtiOoAaDdPpsSOoUusNnnk", strict=True))


def likely_letters(seen: Mapping[str, float], letters: int) -> frozenset[str]:
    """Letters of the languages that a page seems to be in.

    That is the language that most of the seen letters belong to, or all such languages where several fit alike; and
    further ones, as where receipts of two countries lie side by side, while several letters remain that none of them
    has.

    Args:
        seen: how often each letter beyond ASCII was read, each reading by its certainty.
        letters: how many letters there are on the page. A language that would show several times as many of its
            letters on it is not meant: a speck above one R does not make a page Slovak.
    """
    found: frozenset[str] = frozenset()
    while True:
        least = _FURTHER if found else _FEWEST
        share = _LEAST / 2 if found else _LEAST
        more = _of_likeliest({k: v for k, v in seen.items() if k not in found}, letters, least, share)
        if not more:
            return found
        found |= more


def _of_likeliest(seen: Mapping[str, float], letters: int, least: float, part: float) -> frozenset[str]:
    """Letters of the language that most of the seen ones belong to; empty where it is none."""
    fits = {}
    for language, (share, alphabet) in ALPHABETS.items():
        count = sum(number for letter, number in seen.items() if letter in alphabet)
        if count >= max(least, part * share * letters):
            fits[language] = count
    most = max(fits.values(), default=0)
    return frozenset().union(*(ALPHABETS[language][1] for language, fit in fits.items() if fit > most - 1e-6))


def basic_letter(character: str) -> str:
    """The letter that a letter with accents or strokes is made of; the character itself where it is made of none."""
    return _BASES.get(character) or unicodedata.normalize("NFD", character)[0]
