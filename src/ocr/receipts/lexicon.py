"""Words that names of shops and addresses are made of, and which of them a misread word can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache

from ocr.receipts import countries, labels
from ocr.receipts import text as texts

#: Kinds of words that stand in names of shops, and in addresses.
IN_NAMES, IN_ADDRESSES = ("company", "street"), ("company", "street", "places")
WORD = re.compile(r"[^\W\d_]{3,}")
#: Letters of a word that may have lost one, and of a long word and two words of a place that are looked for.
_LONG, _LONG_WORD, _LEAST_PLACE = 8, 7, 8
#: Below this confidence any letter may have been read wrong, of a long word at most this share; those that look alike
#: count half.
HARDLY_READ, _WRONG_LETTERS = 0.45, 0.25
#: Likewise of the whole name of a company, read with some confidence and hardly, and of a word that a web address has.
_WRONG_IN_COMPANY, _WRONG_HARDLY_READ, _WRONG_IN_DOMAIN = 0.12, 0.2, 0.5
#: Words of a phrase, letters that a word of it keeps, and letters of a name that a web address begins with.
_TOGETHER, _SAME, WORD_BEFORE = 2, 2, 3
#: Letters that are left of a word of names of shops.
_LEAST_SHORTENED = 5
#: Letters that make another form of a word where one of them follows it.
_ENDINGS = frozenset("SNEA")
_ALIKE = frozenset(
    frozenset(pair)
    for pair in (  # noqa: SIM905
        "DI DO DL D0 D1 RK RP WU WV UV BE B8 B3 S5 SB O0 OC OQ CG I1 IL IT I7 NH NM HK HM EF EC AR TY G6 Z2 VY"
    ).split()
)


@cache
def phrases(languages: frozenset[str], kinds: tuple[str, ...]) -> frozenset[str]:
    """Words of names and addresses in some languages as they are spelt, in small letters."""
    return frozenset(
        word
        for language, phrases in labels.languages().items()
        if language in languages
        for kind in kinds
        for phrase in phrases.get(kind, ())
        for word in WORD.findall(phrase)
    )


@cache
def words() -> frozenset[str]:
    """Words of names and streets in all languages, in capitals without accents."""
    return frozenset(map(texts.upper, phrases(frozenset(labels.languages()), IN_NAMES)))


@cache
def known(languages: frozenset[str], kinds: tuple[str, ...]) -> dict[str, str]:
    """Words of names and addresses in some languages by skeleton; those that look like another one are left out."""
    by_form: dict[str, set[str]] = {}
    for word in map(texts.upper, phrases(languages, kinds)):
        by_form.setdefault(texts.skeleton(word), set()).add(word)
    return {form: next(iter(words)) for form, words in by_form.items() if len(words) == 1}


@cache
def neighbours(languages: frozenset[str], kinds: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Known words by their skeletons with any one letter unknown and, of long ones, with any one lost."""
    return _without_a_letter(known(languages, kinds))


def _spoken_in(languages: frozenset[str]) -> list[countries.Country]:
    """Countries of some languages, those of English where it is the only one."""
    telling = languages - {"en"} or languages
    return [one for one in countries.countries().values() if telling & set(one.languages)]


@cache
def long_words(languages: frozenset[str]) -> frozenset[str]:
    """Long words of names of shops, and long names of shops with many branches, in capitals without accents."""
    spelt = {texts.upper(word) for word in phrases(languages, IN_NAMES)}
    spelt.update(
        texts.upper(word)
        for country in _spoken_in(languages)
        for chain in country.chains
        for word in WORD.findall(chain)
    )
    return frozenset(word for word in spelt if len(word) >= _LONG_WORD)


def chain_like(word: str, languages: frozenset[str]) -> str:
    """A word that was hardly read, or the only name of a shop with many branches that it can be."""
    known = _chain_words(languages)
    same = known.get(texts.skeleton(word)) if len(word) >= _LEAST_SHORTENED else None
    if same is not None:
        return spelt_like(same, word)
    return long_word_like(word, [one for one in known.values() if len(one) >= _LONG_WORD])


@cache
def _chain_words(languages: frozenset[str]) -> dict[str, str]:
    """Names of shops with many branches that are one word, in capitals, by skeleton."""
    return {
        texts.skeleton(one): texts.upper(one)
        for country in _spoken_in(languages)
        for one in country.chains
        if one.isalpha()
    }


@cache
def chains(languages: frozenset[str]) -> frozenset[str]:
    """Names of shops with many branches by their letters and digits."""
    return frozenset(
        texts.letters_and_digits(chain) for country in _spoken_in(languages) for chain in country.chains
    )


def is_chain(text: str, languages: frozenset[str]) -> bool:
    """Whether a text is the name of a shop with many branches, of which a letter may be drawn as a symbol."""
    known = chains(languages)
    if texts.letters_and_digits(text) in known:
        return True
    bare = texts.upper(text.strip())
    if len(bare) < _LONG_WORD or sum(map(str.isalpha, bare)) != len(bare) - 1:
        return False
    pattern = re.compile("".join(c if c.isalpha() else "." for c in bare))
    return any(pattern.fullmatch(one) for one in known)


@cache
def _shortened(languages: frozenset[str]) -> dict[str, frozenset[str]]:
    """Words of names of shops by what is left of them where a letter within is lost."""
    found: dict[str, set[str]] = {}
    for word in map(texts.upper, phrases(languages, IN_NAMES)):
        if len(word) > _LEAST_SHORTENED:
            for k in range(1, len(word) - 1):
                found.setdefault(word[:k] + word[k + 1 :], set()).add(word)
    return {word: frozenset(words) for word, words in found.items()}


def lengthened(word: str, languages: frozenset[str]) -> str:
    """A word that was hardly read, or the only word of names of shops of which it has lost a letter within."""
    bare = texts.upper(word)
    near = _shortened(languages).get(bare, frozenset())
    known = len(bare) < _LEAST_SHORTENED or bare.lower() in phrases(languages, IN_NAMES)
    return word if known or len(near) != 1 else spelt_like(next(iter(near)), word)


@cache
def _companies(languages: frozenset[str]) -> dict[str, str]:
    """Whole names of companies with many shops by skeleton, as they print them."""
    return {
        texts.skeleton(name): name for country in _spoken_in(languages) for name in country.companies if name
    }


def company_like(text: str, languages: frozenset[str], confidence: float) -> str:
    """A name, or the only company with many shops that it is for all but few of its letters."""
    known = _companies(languages)
    form = texts.skeleton(text)
    share = _WRONG_IN_COMPANY if confidence >= HARDLY_READ else _WRONG_HARDLY_READ
    limit = int(share * len(form))
    near = [
        name
        for other, name in known.items()
        if abs(len(other) - len(form)) <= limit and texts.edit_distance(form, other, limit) <= limit
    ]
    if len(near) != 1 or texts.letters_and_digits(near[0]) == texts.letters_and_digits(text):
        return text
    return near[0].upper() if sum(map(str.isupper, text)) * 2 > sum(map(str.isalpha, text)) else near[0]


@cache
def _phrases(languages: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Words of the trade that stand together, such as cash & carry, in capitals."""
    return tuple(
        tuple(texts.upper(phrase).split())
        for language, own in labels.languages().items()
        if language in languages
        for phrase in own.get("company", ())
        if len(phrase.split()) >= _TOGETHER and sum(map(str.isalpha, phrase)) >= _LEAST_PLACE
    )


def phrase_like(text: str, languages: frozenset[str]) -> str:
    """A text that was hardly read with a phrase of the trade of which all words but the end of one are there."""
    words = text.split()
    bare = [texts.upper(word).strip(".,:") for word in words]
    for phrase in _phrases(languages):
        for first in range(len(words) - len(phrase) + 1):
            wrong = [k for k, one in enumerate(phrase) if bare[first + k] != one]
            if len(wrong) == 1 and bare[first + wrong[0]][:_SAME] == phrase[wrong[0]][:_SAME]:
                k = first + wrong[0]
                words[k] = spelt_like(phrase[wrong[0]], words[k])
                return " ".join(words)
    return text


def as_in_domain(text: str, languages: frozenset[str], domains: Collection[str]) -> str:
    """A name that was hardly read with a word as it follows the words before it in a web address.

    Args:
        text: a name.
        languages: whose long words count.
        domains: names of web addresses, in capitals, letters and digits alone.
    """
    words = text.split()
    for domain in domains:
        rest = domain
        for k, word in enumerate(words):
            bare = texts.letters_and_digits(word)
            if bare and rest.startswith(bare):
                rest = rest[len(bare) :]
                continue
            meant = [one for one in long_words(languages) if rest.startswith(one)]
            begun = sum(map(str.isalpha, domain)) - sum(map(str.isalpha, rest)) >= WORD_BEFORE
            if begun and meant and _wrong_letters(bare, max(meant, key=len)) <= _WRONG_IN_DOMAIN * len(bare):
                words[k] = spelt_like(max(meant, key=len), word)
                return " ".join(words)
            break
    return text


@cache
def _places(languages: frozenset[str]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Places of two words in capitals by skeleton, and by their skeletons with any one letter unknown or lost."""
    spelt = {
        phrase
        for one, own in labels.languages().items()
        if one in languages
        for phrase in own.get("street", ())
    }
    for country in _spoken_in(languages):
        spelt.update(country.places)
    known = {
        texts.skeleton(phrase): phrase.upper()
        for phrase in spelt
        if len(phrase.split()) == 2 and sum(map(str.isalpha, phrase)) >= _LEAST_PLACE
    }
    return known, _without_a_letter(known)


def place_like(text: str, languages: frozenset[str], confidence: float) -> str:
    """Two words, or the place that is spelt like them but for one letter, which looks alike or was hardly read."""
    known, neighbours = _places(languages)
    form = texts.skeleton(text)
    if len(form) < _LEAST_PLACE or form in known:
        return text
    meant = one_letter_off(form, neighbours)
    if meant is None:
        # A letter may have been read as two.
        more = {known[one] for k in range(len(form)) if (one := form[:k] + form[k + 1 :]) in known}
        meant = next(iter(more)) if len(more) == 1 else None
    if meant is None:
        return text
    same_length = len(texts.skeleton(meant)) == len(form)
    if (
        same_length
        and confidence >= HARDLY_READ
        and _wrong_letters(texts.upper(text), texts.upper(meant)) >= 1
    ):
        return text
    return " ".join(
        spelt_like(word, printed) for word, printed in zip(meant.split(), text.split(), strict=True)
    )


def long_word_like(word: str, known: Collection[str]) -> str:
    """A long word, or the only known one that it can be for most of its letters."""
    bare = texts.upper(word)
    if len(bare) < _LONG_WORD or bare in known:
        return word
    # A speck behind a word is a letter too many.
    if bare[:-1] in known and bare[-1] not in _ENDINGS:
        return spelt_like(bare[:-1], word)
    near = sorted(
        (wrong, one)
        for one in known
        if abs(len(one) - len(bare)) <= 1
        # What begins and ends otherwise is another word, unless that is all.
        and ((one[0] == bare[0] and one[-1] == bare[-1]) or one[1:] == bare[1:])
        and (wrong := _wrong_letters(bare, one)) <= _WRONG_LETTERS * len(one)
    )
    alone = len(near) == 1 or (len(near) > 1 and near[1][0] - near[0][0] >= 1)
    return spelt_like(near[0][1], word) if near and alone else word


def one_letter_off(form: str, neighbours: Mapping[str, frozenset[str]]) -> str | None:
    """The only known word that differs in one letter; a long one may have lost one, which leaves more doubt."""
    forms = [form, *(f"{form[:k]}\0{form[k + 1 :]}" for k in range(len(form)))]
    matches = {word for one in forms for word in neighbours.get(one, ())}
    return next(iter(matches)) if len(matches) == 1 else None


def spelt_like(word: str, printed: str) -> str:
    """A word in the letters of the print."""
    if printed.isupper() or sum(c.isupper() for c in printed) * 2 > len(printed):
        return word.upper()
    return word.capitalize() if printed[:1].isupper() else word.lower()


def _without_a_letter(known: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """What is known by skeleton, by its skeletons with any one letter unknown and, of long ones, with any one lost."""
    found: dict[str, set[str]] = {}
    for form, word in known.items():
        for k in range(len(form)):
            found.setdefault(f"{form[:k]}\0{form[k + 1 :]}", set()).add(word)
            if len(form) >= _LONG:
                found.setdefault(form[:k] + form[k + 1 :], set()).add(word)
    return {form: frozenset(words) for form, words in found.items()}


def _wrong_letters(read: str, meant: str) -> float:
    """Letters that are read wrong, left out or added; those that look alike count half."""
    row = [float(k) for k in range(len(meant) + 1)]
    for i, c in enumerate(read, 1):
        diagonal, row[0] = row[0], float(i)
        for j, d in enumerate(meant, 1):
            cost = 0.0 if c == d else 0.5 if frozenset((c, d)) in _ALIKE else 1.0
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    return row[-1]
