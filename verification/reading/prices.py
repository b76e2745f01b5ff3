"""Finds amounts of money in a text, in the many ways that price pages write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from verification.reading.html import json_nodes

MOST = 50  # amounts that are kept of one page
LONGEST = 200_000  # characters that are searched

# What a sign may stand for; the first is the likeliest.
SIGNS: dict[str, tuple[str, ...]] = {
    "US$": ("USD",), "CA$": ("CAD",), "C$": ("CAD",), "AU$": ("AUD",), "A$": ("AUD",), "NZ$": ("NZD",),
    "HK$": ("HKD",), "SG$": ("SGD",), "S$": ("SGD",), "NT$": ("TWD",), "MX$": ("MXN",), "R$": ("BRL",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "€": ("EUR",), "£": ("GBP",), "₹": ("INR",),
    "\uff04": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "$US": ("USD",), "kr.": ("SEK", "NOK", "DKK", "ISK"),
    "¥": ("JPY", "CNY"), "￥": ("JPY", "CNY"), "円": ("JPY",), "元": ("CNY",), "₩": ("KRW",), "원": ("KRW",),
    "₽": ("RUB",), "₺": ("TRY",), "₫": ("VND",), "₴": ("UAH",), "₪": ("ILS",), "฿": ("THB",), "₱": ("PHP",),
    "₦": ("NGN",), "zł": ("PLN",), "Kč": ("CZK",), "kr": ("SEK", "NOK", "DKK", "ISK"), "Rs.": ("INR",),
    "Rs": ("INR",), "Fr.": ("CHF",), "Ft": ("HUF",), "lei": ("RON",),
    "¢": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"),
}  # fmt: skip
WORDS = {"US dollars": ("USD",), "dollars": ("USD",), "euros": ("EUR",)}
ISO = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "INR", "JPY", "CNY", "RMB",
       "KRW", "RUB", "TRY", "VND", "UAH", "ILS", "THB", "PHP", "NGN", "PLN", "CZK", "SEK", "NOK", "DKK", "ISK", "HUF",
       "RON", "ZAR", "AED", "SAR", "IDR", "MYR")  # fmt: skip
# where a point followed by three digits groups thousands: "1.200 €"
POINT_GROUPS = {"EUR", "BRL", "TRY", "DKK", "VND", "IDR", "ISK", "RUB", "PLN", "CZK", "HUF", "RON"}

_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_NUMBER = (
    r"\d{1,2}(?:,\d{2}){1,3},\d{3}(?!\d)(?:\.\d{1,2}(?!\d))?"  # as India groups: 1,20,000
    r"|\d{1,3}(?:[,.'\u2019\u00a0\u202f ]\d{3}){1,3}(?![\d])(?:[.,]\d{1,2}(?!\d))?|\d{1,9}(?:[.,]\d{1,6}(?!\d))?"
)
_ROUND = r"(?:[.,][-\u2013\u2014]{1,2}|:-)?"  # "20,-", "99:-"
_BLANK = r"[ \t\u00a0\u202f\n]{0,2}"
PRICE = re.compile(
    rf"(?<![\w$€£.,])(?:(?P<before>{_SIGN}|(?:{'|'.join(ISO)})(?![A-Za-z])){_BLANK}(?P<first>{_NUMBER})"
    rf"|(?P<second>{_NUMBER}){_ROUND}{_BLANK}"
    rf"(?P<after>(?:{_SIGN}|{'|'.join(ISO)})(?![A-Za-z])|(?:{'|'.join(WORDS)})(?![A-Za-z-])))"
)
UPPER = re.compile(rf"[-\u2013](?P<number>{_NUMBER})(?![\w%-])")  # the upper end of "$20-40"
LARGE = re.compile(r"(?i)\s{0,2}(?:[kmb]|bn|mn|million|billion|thousand|trillion)(?![a-z/])\+?")
CENTS = re.compile(r"\s?¢")  # behind a whole number: "$15¢" are fifteen cents, while "$0.15¢" are fifteen too
MONTH = re.compile(r"(?i)/ ?mo(?:nth)?\b|month|monat|\bmois\b|\bmes\b|\bmese\b|\bmo\b|\bmaand\b|月|월|/ ?m\b")
YEAR = re.compile(r"(?i)/ ?y(?:ea)?r\b|year|annual|jahr|\ban\b|\baño\b|\banno\b|/ ?yr\b|\bjaar\b|年|연")
UNIT = re.compile(
    r"(?i)(?<![a-z])(?:/|per|pro|par|por|a|each)\s?(?:[\d.,]{1,9}\s?)?(?:thousand|million|k|m)?\s?"
    r"(?:input |output )?(?:tokens?|images?|requests?|calls?|credits?|minutes?|mins?|hours?|hrs?|gb|pages?|characters?"
    r"|chars?|words?|messages?|seconds?|secs?|runs?|tasks?|documents?|videos?|songs?|generations?|searches|queries)\b"
)
SEAT = re.compile(r"(?i)(?:/|per|pro|par|por)\s?(?:user|seat|member|editor|developer|person|nutzer|utilisateur|agent)")
FREE = re.compile(r"(?i)(?<![\w-])free(?![\w-])|\bkostenlos|\bgratuit|\bgratis\b|无料|無料|免费|免費|무료")
NOT_FREE = re.compile(r"(?i)\bfeel $|\btoll[ -]$|\brisk[ -]$")
TRIAL = re.compile(r"(?i)\btrial\b|\btesten\b|\bessai\b|\bprueba\b|体験|试用")
WHILE = re.compile(r"(?i)^.{0,30}?\b(?:trial|demo|days?|weeks?|consultation|shipping|call|testen)\b")


@dataclass(frozen=True)
class Price:
    """One amount as a page states it."""

    amount: str  # a decimal number as text
    currencies: tuple[str, ...]  # what its sign may stand for, the likeliest first
    period: str  # month, year, unit or "" when nothing near says so
    seat: bool  # per user
    text: str  # the words around it, at most 120 characters

    def as_json(self) -> dict[str, Any]:
        """Return it for a step's detail."""
        return asdict(self) | {"currencies": list(self.currencies)}


def find(text: str) -> list[Price]:
    """Return the amounts of money in a text in order, at most 50, doubles left out."""
    found: dict[tuple[str, tuple[str, ...], str, bool], Price] = {}
    for match in PRICE.finditer(text[:LONGEST]):
        for price in _prices(text, match):
            found.setdefault((price.amount, price.currencies, price.period, price.seat), price)
        if len(found) >= MOST:
            break
    return list(found.values())[:MOST]


def _prices(text: str, match: re.Match[str]) -> Iterator[Price]:
    sign = match["before"] or match["after"]
    currencies = SIGNS.get(sign) or WORDS.get(sign) or (("CNY",) if sign == "RMB" else (sign,))
    upper = UPPER.match(text, match.end()) if match["before"] else None
    end = upper.end() if upper else match.end()
    behind = text[end : end + 60]
    if LARGE.match(behind):
        return  # "$5M": money that was raised or saved, not a price
    written = match["first"] or match["second"]
    amount = number(written, currencies[0])
    if amount is None:
        return
    if sign == "¢" or (CENTS.match(behind) and written.isdecimal()):
        amount = f"{(Decimal(amount) / 100).normalize():f}"
    behind = PRICE.split(behind, maxsplit=1)[0]  # what follows the next amount belongs to that one
    near = " ".join(text[max(0, match.start() - 50) : match.end() + 60].split())[:120]
    yield Price(amount, currencies, _period(behind), SEAT.search(behind) is not None, near)
    more = number(upper["number"], currencies[0]) if upper else None
    if more is not None and Decimal(more) > Decimal(amount):
        yield Price(more, currencies, _period(behind), SEAT.search(behind) is not None, near)


def _period(behind: str) -> str:
    if UNIT.search(behind[:30]):
        return "unit"
    month, year = MONTH.search(behind), YEAR.search(behind)
    if month and (year is None or month.start() <= year.start()):
        return "month"  # "$8 per month, billed yearly" is an amount per month
    return "year" if year else ""


def number(written: str, currency: str = "USD") -> str | None:
    """Return a number written in any of the usual ways as a plain decimal: "1.200,50" → "1200.5"; None for none."""
    text = re.sub(r"['\u2019\u00a0\u202f ]", "", written)
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:  # both: the last one begins the decimals
        text = text.replace(",", "") if point > comma else text.replace(".", "").replace(",", ".")
    elif comma >= 0:
        grouped = (len(text) - comma == 4 and not text.startswith("0")) or text.count(",") > 1
        text = text.replace(",", "" if grouped else ".")
    elif point >= 0 and (
        text.count(".") > 1 or (currency in POINT_GROUPS and len(text) - point == 4 and not text.startswith("0"))
    ):
        text = text.replace(".", "")
    return plain(text)


def plain(text: str) -> str | None:
    """Return a decimal in its shortest spelling, None when it is no sensible amount."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value < 1_000_000_000:
        return None
    return f"{value.normalize():f}"


def offers(jsonld: Iterable[Any]) -> list[Price]:
    """Return the prices of the Offers in a page's JSON-LD, at most 50."""
    found: list[Price] = []
    for node in json_nodes(list(jsonld)):
        found += _offer(node)
        if len(found) >= MOST:
            break
    return found[:MOST]


def _offer(node: dict[str, Any]) -> Iterator[Price]:
    currency = node.get("priceCurrency")
    for name in ("price", "lowPrice", "highPrice"):
        value = node.get(name)
        if isinstance(currency, str) and isinstance(value, str | int | float) and not isinstance(value, bool):
            amount = plain(str(value).replace(",", "") if isinstance(value, str) else repr(value))
            if amount is not None:
                label = node.get("name") if isinstance(node.get("name"), str) else ""
                text = f"JSON-LD {str(node.get('@type'))[:40]} {label}"[:120].strip()
                yield Price(amount, (currency.upper()[:3],), "", False, text)


def free_words(text: str) -> bool:
    """Whether a text offers something for nothing and without an end; a free trial is none."""
    for match in FREE.finditer(text[:LONGEST]):
        if NOT_FREE.search(text[max(0, match.start() - 6) : match.start()]):
            continue
        if not WHILE.match(re.split(r"[.!?\n]", text[match.end() : match.end() + 60], maxsplit=1)[0]):
            return True
    return False


def trial_words(text: str) -> bool:
    """Whether a text offers a trial."""
    return TRIAL.search(text[:LONGEST]) is not None


def shows(prices: Sequence[Price], amount: str, currency: str, *, yearly: bool = False) -> Price | None:
    """Return the first of the prices that shows an amount, None when none does.

    A yearly amount may be shown as what it comes to in a month, rounded to cents or to a whole number.
    """
    wanted = Decimal(amount)
    accepted = {wanted}
    if yearly:
        accepted |= {round(wanted / 12, 2), round(wanted / 12)}  # type: ignore[arg-type]
    for price in prices:
        if currency in price.currencies and Decimal(price.amount) in accepted:
            return price
    return None
