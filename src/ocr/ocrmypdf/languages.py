"""Which languages can be written with the letters of a recognition model."""

from __future__ import annotations

from collections.abc import Iterable

_LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Code of Tesseract, and the lower-case letters beyond a to z that everyday texts of the language have.
_LETTERS = {
    "afr": "êë",
    "ces": "áčďéěíňóřšťúůýž",
    "cat": "àçèéíïòóúü",
    "dan": "æøå",
    "deu": "äöüß",
    "eng": "",
    "est": "äõöü",
    "eus": "ñ",
    "fin": "äöå",
    "fra": "àâçèéêëîïôùûü",
    "gle": "áéíóú",
    "glg": "áéíñóú",
    "hrv": "čćđšž",
    "hun": "áéíóöőúüű",
    "ind": "",
    "isl": "áæðéíóöþúý",
    "ita": "àèéìòù",
    "lat": "",
    "lav": "āčēģīķļņšūž",
    "lit": "ąčęėįšųūž",
    "msa": "",
    "nld": "éëï",
    "nor": "æøå",
    "pol": "ąćęłńóśźż",
    "por": "áâãàçéêíóôõú",
    "ron": "ăâîșț",
    "slk": "áäčďéíĺľňóôŕšťúýž",
    "slv": "čšž",
    "spa": "áéíñóúü",
    "swe": "äåö",
    "tur": "çğıöşü",
    "vie": "ăâđêôơưáàảãạếềểễệ",
}


def written_with(charset: Iterable[str]) -> set[str]:
    """The languages, in the codes of Tesseract, all of whose letters are in a charset."""
    known = set(charset)
    if not known.issuperset(_LATIN):
        return set()
    return {language for language, letters in _LETTERS.items() if known.issuperset(letters)}
