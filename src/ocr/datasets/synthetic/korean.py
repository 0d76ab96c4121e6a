"""What single lines of Korean receipts say."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import accumulate
from random import Random

from ocr.datasets.synthetic import phrases
from ocr.datasets.synthetic.locales import Locale, fill
from ocr.datasets.synthetic.names import date_text, moment

Maker = Callable[[Random, Locale], str]

#: The 2,350 syllables of KS X 1001, in its order.
SYLLABLES = "".join(
    bytes((row, cell)).decode("euc-kr") for row in range(0xB0, 0xC9) for cell in range(0xA1, 0xFF)
)
_DIGITS = (2, 3, 4, 5, 6, 7, 8, 9)


def business_number(rng: Random) -> str:
    """A business registration number (사업자등록번호) with its check digit, as ``123-45-67891``."""
    digits = [rng.randrange(1, 10), *(rng.randrange(10) for _ in range(8))]
    weights = (1, 3, 7, 1, 3, 7, 1, 3, 5)
    total = sum(w * d for w, d in zip(weights, digits, strict=True)) + digits[8] * 5 // 10
    text = "".join(map(str, (*digits, -total % 10)))
    return f"{text[:3]}-{text[3:5]}-{text[5:]}"


def price_value(rng: Random, locale: Locale) -> Decimal:
    """What an article costs, in won."""
    return Decimal(amount(rng))


def amount(rng: Random) -> int:
    """Won, nearly always a multiple of ten."""
    value = 6000 * 2 ** rng.gauss(0.0, 1.5) * (10 if rng.random() < 0.05 else 1)
    step = rng.choice((10, 10, 50, 100, 100, 100, 500, 500, 500, 1000, 1))
    return max(step, round(value / step) * step)


def person(rng: Random, locale: Locale) -> str:
    """Family and given name."""
    name = rng.choice(locale.words.family) + rng.choice(locale.words.given)
    draw = rng.random()
    if draw < 0.12 and len(name) == 3:
        return name[0] + "*" + name[2]
    return " ".join(name) if draw < 0.2 else name


def invented(rng: Random) -> str:
    """Random syllables, so that no reader learns words by heart and none stays unseen."""
    return "".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6))))


def company_name(rng: Random, locale: Locale) -> str:
    """The name of a shop, with its branch where it has one."""
    w = locale.words
    draw = rng.random()
    if draw < 0.3:
        core = rng.choice(w.items).split(" ")[0]
    elif draw < 0.5:
        core = rng.choice(w.given) + rng.choice(("네", "이네", "이모", "할매", "엄마", "아저씨", "표", ""))
    elif draw < 0.65:
        core = rng.choice((*w.cities[:40], *w.areas)) if rng.random() < 0.7 else rng.choice(w.brands)
    elif draw < 0.8:
        core = invented(rng)[:4]
    elif draw < 0.9:
        core = rng.choice(w.brands) + rng.choice(("", "", rng.choice(w.brands)))
    else:
        core = rng.choice(w.family) + rng.choice(w.family)
    text = core + rng.choice(("", "", " ")) + rng.choice(w.trades)
    if rng.random() < 0.55:
        text += rng.choice((" ", " ", "", "-")) + rng.choice(w.suffixes)
    draw = rng.random()
    if draw < 0.08:
        return rng.choice(("(주)", "㈜", "주식회사 ", "(유)", "(주) ")) + text
    return f"[{text}]" if draw < 0.14 else text


def address(rng: Random, locale: Locale) -> str:
    """A road address, or one by lot numbers; often only the first or the second half, as it is broken over lines."""
    w = locale.words
    number = rng.choice((str(rng.randrange(1, 400)), f"{rng.randrange(1, 300)}-{rng.randrange(1, 60)}"))
    road = rng.choice(w.streets) + rng.choice(
        ("", "", f"{rng.randrange(1, 120)}길", f" {rng.randrange(1, 90)}번길")
    )
    if rng.random() < 0.25:
        road = rng.choice([a for a in w.areas if a.endswith("동")])
        number += rng.choice(("", "번지"))
    head = f"{rng.choice(w.cities)} {rng.choice(w.areas)}"
    tail = rng.choice(
        (
            "",
            f", {rng.randrange(1, 20)}층",
            f" {rng.choice(('', 'B'))}{rng.randrange(1, 6)}층 {rng.randrange(101, 1500)}호",
            f" ({rng.choice(w.areas)})",
            f" {rng.choice(w.given)}빌딩 1층",
            f" {rng.choice(w.trades)}상가",
        )
    )
    draw = rng.random()
    if draw < 0.3:
        text = f"{head} {road} {number}"
    elif draw < 0.6:
        text = f"{road} {number}{tail}"
    elif draw < 0.75:
        text = f"{rng.choice(w.areas)} {road} {number}{tail}"
    elif draw < 0.85:
        text = head
    else:
        text = f"{head} {road} {number}{tail}"
    draw = rng.random()
    if draw < 0.12:
        return rng.choice(("주소", "주 소", "[주소]", "소재지")) + rng.choice((": ", " : ", ":", " ")) + text
    return fill(rng.choice(locale.postcodes), rng) + " " + text if draw < 0.18 else text


def address_lines(rng: Random, locale: Locale) -> tuple[str, ...]:
    """The address on one line, or broken over two."""
    text = address(rng, locale)
    words = text.split(" ")
    if len(text) < 16 or len(words) < 4 or rng.random() < 0.3:
        return (text,)
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def registration_number(rng: Random, locale: Locale) -> str:
    """See `business_number`."""
    return business_number(rng)


def item_name(rng: Random, locale: Locale) -> str:
    """The name of an article, abbreviated now and then as tills do."""
    w = locale.words
    name = rng.choice(w.items)
    draw = rng.random()
    if draw < 0.08:
        name = f"{invented(rng)[:3]}{name}"
    elif draw < 0.16:
        name = f"{rng.choice(w.items).split(' ')[0]}{name}"
    elif draw < 0.22:
        name = f"{rng.choice(w.given)}{rng.choice(('', ' ', ')', '_'))}{name}"
    if rng.random() < 0.25:
        name += rng.choice(("", " ", "")) + rng.choice(w.qualities)
    if rng.random() < 0.1:
        name = name[: rng.randrange(4, 12)].rstrip()
    return name


def _money(rng: Random) -> str:
    text = f"{amount(rng):,}"
    draw = rng.random()
    if draw < 0.10:
        return text + "원"
    if draw < 0.16:
        return rng.choice(("₩", "￦", "₩ ", "\\")) + text
    if draw < 0.22:
        return "-" + text
    if draw < 0.25:
        return text.replace(",", "")
    return text + rng.choice(("", "", "", "", "", "", "", "*", " *", "#", "T"))


def _figures(rng: Random, locale: Locale) -> str:
    draw = rng.random()
    if draw < 0.6:
        return _money(rng)
    if draw < 0.8:
        return str(rng.choice((1, 1, 1, 2, 3, rng.randrange(100)))) + rng.choice(
            ("", "", "", "개", "EA", "명", "병", "건")
        )
    if draw < 0.9:
        return f"{_money(rng)} {rng.randrange(1, 10)} {_money(rng)}"
    return fill(
        rng.choice(("############", "#############", "880##########", "####-####-####", "###.## L")), rng
    )


def _label(rng: Random, locale: Locale) -> str:
    w = locale.words
    group = rng.choice(
        (w.subtotal, w.subtotal, w.discount, w.tax, w.total, w.total, w.payment, w.cash, w.change, w.rounding,
         w.date, w.time, w.document, w.document, w.staff, w.columns, w.columns, w.titles, w.registration, w.phone)
    )  # fmt: skip
    text = rng.choice(group)
    draw = rng.random()
    if draw < 0.12 and len(text) in (2, 3) and " " not in text:
        text = rng.choice((" ", "  ")).join(text)
    draw = rng.random()
    if draw < 0.3:
        return text + rng.choice((":", " :", ":", ": "))
    if draw < 0.38:
        return f"[{text}]"
    if draw < 0.42:
        return f"({text})"
    return f"{text}({rng.randrange(1, 40)}{rng.choice(('개', '건', ''))})" if draw < 0.45 else text


def _labelled(rng: Random, locale: Locale) -> str:
    w = locale.words
    colon = rng.choice((":", ": ", " : ", " ", " :", "  "))
    draw = rng.random()
    if draw < 0.45:
        group = rng.choice((w.subtotal, w.total, w.total, w.tax, w.cash, w.change, w.discount, w.payment))
        return rng.choice(group) + colon + _money(rng)
    if draw < 0.7:
        number = fill(
            rng.choice(("########", "######", "####", "##########", "####-####", "########-##-####", "##")),
            rng,
        )
        return rng.choice(w.document) + colon + number
    if draw < 0.85:
        return (
            rng.choice(w.staff)
            + colon
            + rng.choice((person(rng, locale), fill("######", rng), "관리자", "직원"))
        )
    return " ".join(rng.sample(w.columns, rng.choice((2, 3, 4))))


def _when(rng: Random, locale: Locale) -> str:
    when = moment(rng)
    day = date(rng, when, locale)
    draw = rng.random()
    if draw < 0.25:
        return day
    if draw < 0.35:
        return clock(rng, when)
    if draw < 0.8:
        text = day + rng.choice((" ", " ", "  ")) + clock(rng, when)
        return (
            text
            if rng.random() < 0.5
            else rng.choice(locale.words.date) + rng.choice((":", ": ", " : ", " ")) + text
        )
    return rng.choice(locale.words.date) + rng.choice((":", ": ", " : ", " ")) + day


def date(rng: Random, when: datetime, locale: Locale) -> str:
    """The day, in some of the forms with its weekday."""
    text = date_text(rng, when, rng.choice(locale.dates))
    return text + (f"({'월화수목금토일'[when.weekday()]})" if rng.random() < 0.12 else "")


def clock(rng: Random, when: datetime) -> str:
    """The time of day."""
    form = rng.choice(("%H:%M:%S", "%H:%M:%S", "%H:%M", "%H시%M분", "%I:%M:%S", "%H시 %M분"))
    text = when.strftime(form)
    return rng.choice(("오전 ", "오후 ", "AM ", "PM ")) + text if "%I" in form else text


def _contact(rng: Random, locale: Locale) -> str:
    w = locale.words
    draw = rng.random()
    separator = rng.choice((": ", ":", " : ", " ", ")"))
    if draw < 0.35:
        return rng.choice(w.phone) + separator + fill(rng.choice(locale.phones), rng)
    if draw < 0.65:
        return rng.choice(w.registration) + separator + business_number(rng)
    if draw < 0.72:
        return f"{business_number(rng)} {person(rng, locale)}"
    if draw < 0.85:
        return rng.choice(("대표", "대표자", "대 표", "대표자명", "성명")) + separator + person(rng, locale)
    number = fill(rng.choice(("##", "#", "####", "###")), rng)
    return (
        rng.choice(("POS", "포스", "매장", "POS:", "포스번호:", "테이블", "매장:", "POS NO."))
        + rng.choice(("", " ", "-"))
        + number
    )


def _card(rng: Random, locale: Locale) -> str:
    w = locale.words
    colon = rng.choice((":", ": ", " : ", " "))
    draw = rng.random()
    if draw < 0.25:
        pattern = rng.choice(
            (
                "####-##**-****-####",
                "####-****-****-###*",
                "########****####",
                "####-####-****-####",
                "######******####",
            )
        )
        return rng.choice(("카드번호", "카드 번호", "[카드번호]", "")) + colon + fill(pattern, rng)
    if draw < 0.45:
        return (
            rng.choice(("승인번호", "승인 번호", "[승인번호]", "승인NO", "승인No."))
            + colon
            + fill(rng.choice(("########", "##########")), rng)
        )
    if draw < 0.6:
        return (
            rng.choice(("카드종류", "카드사", "발급사", "매입사", "카드명", "매입사명", "카드구분"))
            + colon
            + rng.choice(w.payment)
        )
    if draw < 0.75:
        return (
            rng.choice(("할부개월", "할부", "할부기간", "승인금액", "결제금액"))
            + colon
            + rng.choice(("일시불", "00개월", "3개월", _money(rng)))
        )
    if draw < 0.88:
        return (
            rng.choice(("가맹점번호", "가맹점명", "가맹번호", "단말기번호", "전표번호"))
            + colon
            + fill("#########", rng)
        )
    return (
        rng.choice(w.titles)
        + rng.choice(("", " ", ""))
        + rng.choice(("", "(고객용)", "[고객용]", "-매출", "(일시불)"))
    )


def _row(rng: Random, locale: Locale) -> str:
    name, quantity = item_name(rng, locale), rng.choice((1, 1, 1, 2, 3, 4, 10))
    price = amount(rng)
    parts = [name, f"{price:,}", str(quantity), f"{price * quantity:,}"]
    if rng.random() < 0.4:
        parts.pop(rng.choice((1, 2)))
    if rng.random() < 0.2:
        parts.insert(1, rng.choice("TGSRFV*"))
    return " ".join(parts)


def _listed(rng: Random, locale: Locale) -> str:
    name = item_name(rng, locale)
    draw = rng.random()
    if draw < 0.5:
        return name
    if draw < 0.72:
        return rng.choice(
            ("{}", "* {}", "*{}", "- {}", "-{}", "+ {}", "└{}", "▶{}", "({})", "[{}]", "> {}")
        ).format(name)
    if draw < 0.82:
        return f"{rng.randrange(1, 40):0{rng.choice((1, 2, 3))}d} {name}"
    if draw < 0.9:
        return f"{name} {rng.choice(locale.words.qualities)}"
    return f"{fill(rng.choice(('############', '####', '880##########')), rng)} {name}"


def _prose(rng: Random, locale: Locale) -> str:
    text = rng.choice((*locale.words.thanks, *locale.words.notes, *locale.words.notes))
    draw = rng.random()
    if draw < 0.15:
        return rng.choice(
            ("※ {}", "* {}", "** {} **", "★{}★", "♥ {} ♥", "< {} >", "- {} -", "■ {}", "▣ {}", "● {}")
        ).format(text)
    if draw < 0.3:
        return text + rng.choice(("!", ".", "~", "^^", "...", "!!", ":"))
    return text


@cache
def _frequent() -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Words of everyday Korean with cumulative weights where the package ``wordfreq`` is installed, else none."""
    try:
        from wordfreq import top_n_list
    except ImportError:
        return (), ()
    words = [w for w in top_n_list("ko", 30000) if all(c in _KNOWN for c in w)]
    # The square root of Zipf's law: rare words come often enough to be learnt.
    return tuple(words), tuple(accumulate((rank + 20) ** -0.5 for rank in range(len(words))))


_KNOWN = frozenset(SYLLABLES)


def _words(rng: Random, locale: Locale) -> str:
    words, bounds = _frequent()
    if not words:
        return invented(rng)
    count = rng.choice((1, 1, 2, 2, 3))
    drawn = [words[min(bisect(bounds, rng.random() * bounds[-1]), len(words) - 1)] for _ in range(count)]
    return rng.choice(("", " ", " ")).join(drawn)


def _invented(rng: Random, locale: Locale) -> str:
    text = " ".join(invented(rng) for _ in range(rng.choice((1, 1, 2, 2))))
    draw = rng.random()
    if draw < 0.2:
        return f"{text} {_money(rng)}"
    return f"{rng.choice(locale.words.items)} {text}" if draw < 0.35 else text


def _latin(rng: Random, locale: Locale) -> str:
    return phrases.phrase(rng)


def _rule(rng: Random, locale: Locale) -> str:
    return rng.choice("-=*_.~-") * rng.randrange(3, 30)


_MAKERS: tuple[tuple[Maker, float], ...] = (
    (_figures, 9.0), (_label, 14.0), (_labelled, 8.0), (_when, 5.0), (company_name, 7.0), (address, 8.0),
    (_contact, 5.0), (_card, 5.0), (_row, 4.0), (_listed, 15.0), (_prose, 6.0), (_words, 8.0), (_invented, 14.0),
    (_latin, 11.0), (_rule, 0.4),
)  # fmt: skip
_BOUNDS = tuple(accumulate(weight for _, weight in _MAKERS))


def phrase(rng: Random, locale: Locale) -> str:
    """The text of one line of a receipt; may hold runs of spaces where columns are apart."""
    maker = _MAKERS[min(bisect(_BOUNDS, rng.random() * _BOUNDS[-1]), len(_MAKERS) - 1)][0]
    return maker(rng, locale)
