"""One proposed value with its source and quote, and the rules that keep hostile text and guesses out."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog import choices, launch
from catalog.validation import INTERFACE_FIELDS, INTERFACE_LIMITS, INTERFACE_NEEDS, LICENCE, PACKAGE, VARIABLE
from core import safehttp
from core.safehttp import Policy
from verification import redaction
from verification.domains import domain_of
from verification.mcp import poisoning
from verification.reading import content_rules

QUOTE = 300  # characters of what the source says, kept word for word
WHERE = 500  # characters of the address of a source
MOST = 40  # proposals of one source
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# characters, shortest and longest; what does not fit is left out: a text that was cut is not what the vendor says
LENGTHS = {"name": (2, 100), "vendor": (2, 100), "tagline": (20, 90), "description": (60, 2_000)}
WORDS = (35, 90)  # of a description, as in the seed files
ADDRESSES = ("docs_url", "repo_url", "pricing_url", "api_url", "status_url")
LISTS = {"platforms": choices.Platform, "modality_in": choices.Modality, "modality_out": choices.Modality,
         "price_model": choices.PriceModel}  # fmt: skip
OTHER_DOMAIN, OTHER_CURRENCY, BESIDE = "other_domain", "currency_sign", "beside"
FLAGS = {
    OTHER_DOMAIN: "It leads to another domain than the home page.",
    OTHER_CURRENCY: "The sign of the currency may stand for others too.",
    BESIDE: "The listing has another one of this kind on the same host; it stays, and this one is added.",
}


# ISO 4217: what is paid with today, without funds, metals and codes for tests
CURRENCIES = frozenset(
    (  # noqa: SIM905
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
        "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
        "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
        "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
        "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
        "TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    ).split()
)


@dataclass(frozen=True)
class Source:
    """Where values are read from."""

    kind: str  # ai_catalog, server_json, agent_card, openapi, llms_txt, jsonld, pricing_page
    url: str
    at: dt.datetime
    domain: str  # registrable domain of the tool's home page
    policy: Policy | None = None


@dataclass(frozen=True)
class Proposal:
    """One value that a source states for one field of the catalog's record."""

    field: str
    value: Any
    source_kind: str
    source_url: str
    quote: str
    at: dt.datetime
    flags: tuple[str, ...] = ()


@dataclass
class Found:
    """Takes what a reader finds and keeps what may be proposed: cleaned, bounded, quoted, each value once."""

    source: Source
    proposals: list[Proposal] = field(default_factory=list)

    def say(self, name: str, value: object, quote: object = None, *, flags: tuple[str, ...] = ()) -> None:
        """Take a value for a field with the words that state it (the value itself when none are given).

        Left out without a word: values that are none, do not fit their field, or hold HTML, a secret or an order.
        """
        clean = self._clean(name, value)
        # first without secrets, then cut: what stands for one may be longer than it
        words = redaction.text(plain(quote if quote is not None else value))[:QUOTE]
        if clean is None or not words or len(self.proposals) >= MOST:
            return
        if self._elsewhere(clean):
            flags = (*flags, OTHER_DOMAIN)
        source = self.source
        where = redaction.text(source.url)[:WHERE]  # a home page may send us to an address with a session in it
        made = Proposal(name, clean, source.kind, where, words, source.at, flags)
        if (name, clean) not in [(one.field, one.value) for one in self.proposals]:
            self.proposals.append(made)

    def _clean(self, name: str, value: object) -> Any:
        if name in LENGTHS:
            return text(value, *LENGTHS[name]) if name != "description" else description(value)
        if name in ADDRESSES:
            return address(value, self.source.policy)
        if name in LISTS:
            known = LISTS[name].values
            found = sorted({one for one in value if one in known}) if isinstance(value, list | tuple | set) else []
            return found or None
        if name == "access":
            return value if value in choices.Access.values and value != choices.Access.UNKNOWN else None
        if name == "licence":
            found_text = text(value, 2, 60)
            return found_text if found_text and LICENCE.fullmatch(found_text) else None
        if name == "launched":
            return day(value)
        return {"interface": self._interface, "plan": plan}[name](value)

    def _interface(self, value: object) -> dict[str, str] | None:
        """Return an interface as a record has it, None when a part of it is not in order or a needed one lacks."""
        if not isinstance(value, Mapping) or value.get("kind") not in choices.InterfaceKind.values:
            return None
        found: dict[str, str] = {"kind": str(value["kind"])}
        for name, part in value.items():
            if name in {"kind", "said_by"} or name not in INTERFACE_FIELDS or not part:
                continue
            clean = self._part(name, part)
            if clean is None or len(clean) > INTERFACE_LIMITS.get(name, 500):
                return None
            found[name] = clean
        needs = INTERFACE_NEEDS.get(found["kind"], ())
        return found if len(found) > 1 and all(name in found for name in needs) else None

    def _part(self, name: str, part: object) -> str | None:
        if name in {"url", "base_url", "docs", "openapi"}:
            return address(part, self.source.policy)
        if not isinstance(part, str):
            return None
        closed = {"auth": choices.Auth.values, "registry": choices.Registry.values}
        if name in closed:
            return part if part in closed[name] else None
        return part if (VARIABLE if name == "env" else PACKAGE).fullmatch(part) else None

    def _elsewhere(self, value: Any) -> bool:
        parts = value.values() if isinstance(value, dict) else [value]
        links = [part for part in parts if isinstance(part, str) and part.startswith("https://")]
        return any(domain_of(link) != self.source.domain for link in links)


def plain(value: object) -> str:
    """Return a text on one line without control, bidi and zero-width characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    spaced = re.sub(r"\s+", " ", value[:10_000])
    return "".join(mark for mark in spaced if unicodedata.category(mark) not in INVISIBLE).strip()


def text(value: object, shortest: int, longest: int) -> str | None:
    """Return a clean text of a fitting length, without a full stop at its end; None for anything else."""
    found = _harmless(value)
    if found is None:
        return None
    found = found.removesuffix(".") if found.count(".") == 1 else found
    return found if shortest <= len(found) <= longest else None


def description(value: object) -> str | None:
    """Return a text of 35 to 90 words, None for a shorter or longer one."""
    found = _harmless(value)
    if found is None or not WORDS[0] <= len(found.split()) <= WORDS[1]:
        return None
    return found if len(found) <= LENGTHS["description"][1] else None


def _harmless(value: object) -> str | None:
    """Return a clean text, None when it holds HTML, a secret, or orders to whoever reads it."""
    found = plain(value)
    if (
        not found
        or "\ufffd" in found
        or content_rules.HTML.search(found)
        or "<" in found
        or redaction.text(found) != found
    ):
        return None
    return None if poisoning.look([], found) else found


def address(value: object, policy: Policy | None = None) -> str | None:
    """Return an https address in its one spelling, None for anything else."""
    if not isinstance(value, str) or len(value) > 500:
        return None
    try:
        found = safehttp.parse(value.strip(), policy)
    except safehttp.Refused:
        return None
    if found.scheme != "https" or len(found.url) > 500 or redaction.text(found.url) != found.url:
        return None
    return None if re.search(r"[\s<>\"{}|^`\\]", found.url) else found.url


def day(value: object) -> str | None:
    """Return a date as YYYY, YYYY-MM or YYYY-MM-DD that is not in the future; a time after it is left out."""
    found = plain(value).split("T", 1)[0]
    try:
        first, _last = launch.period(found)
    except ValueError:
        return None
    return found if dt.date(2000, 1, 1) <= first <= dt.datetime.now(dt.UTC).date() else None


def plan(value: object) -> dict[str, str] | None:
    """Return a plan as a record has it, without the day it was seen; None when anything about it is unclear."""
    if not isinstance(value, Mapping):
        return None
    name = text(value.get("name"), 1, 60)
    amount, currency, period = (str(value.get(part, "")) for part in ("amount", "currency", "period"))
    if name is None or not re.fullmatch(r"\d{1,7}(\.\d{1,4})?", amount):
        return None
    if period not in {"month", "year", "once"} or currency not in CURRENCIES:
        return None
    return {"name": name, "amount": amount, "currency": currency, "period": period}
