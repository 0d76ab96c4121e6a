"""Letters beyond ASCII of languages in Latin script (the main and auxiliary exemplar characters of CLDR, shortened)."""

from __future__ import annotations

from collections.abc import Mapping

_LOWER = {
    "cs": "áčďéěíňóřšťúůýž",
    "cy": "âêîôûŵŷ",
    "da": "æøåéó",
    "de": "äöüß",
    "es": "áéíñóúüçàèò",
    "et": "äõöüšž",
    "fi": "åäöšž",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "ga": "áéíóú",
    "hr": "čćđšž",
    "hu": "áéíóöőúüű",
    "is": "áðéíóúýþæö",
    "it": "àèéìíîòóù",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "mt": "àċġħżèìòù",
    "nl": "áéèëíïóöúü",
    "no": "æøåéèêóòâôü",
    "pl": "ąćęłńóśźż",
    "pt": "áàâãçéêíóôõúü",
    "ro": "ăâîșțşţ",
    "sk": "áäčďéíĺľňóôŕšťúýž",
    "sv": "åäöé",
    "tr": "çğıöşüâîû",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
#: By language, in both cases.
ALPHABETS = {
    language: frozenset(letters) | {c.upper() for c in letters if len(c.upper()) == 1 and c != "ı"}
    for language, letters in _LOWER.items()
}
ALPHABETS["tr"] |= {"İ"}
ALPHABETS["de"] |= {"ẞ"}


def likely_letters(seen: Mapping[str, int]) -> frozenset[str]:
    """Letters of the languages that most of the seen letters belong to, of all where several fit alike.

    Args:
        seen: how often each letter beyond ASCII was read clearly.
    """
    fits = {
        language: sum(count for letter, count in seen.items() if letter in letters)
        for language, letters in ALPHABETS.items()
    }
    most = max(fits.values())
    if not most:
        return frozenset()
    return frozenset().union(*(ALPHABETS[language] for language, fit in fits.items() if fit == most))
