"""What a site is known by, and how far two looks at it differ. Pure: no database, no requests.

Each sign adds its weight to a score; from OPEN on a person is asked. The weights are such that

- a redesign (new text, new title, new icon) with the name still on the page stays below it: 20 + 15 = 35;
- and so does one in which the name is a picture, whether it was one before or not: 20 + 20 + 15 = 55;
- a new domain that shows the same product stays below it: 40, and so does one new sign alone;
- a site on which the name is gone and the text another is above it, with or without an icon: 45 + 20 = 65.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.text import fold
from verification.domains import domain_of, host_of
from verification.identity import names
from verification.identity.names import COMMON, WORD
from verification.reading import parked_signals
from verification.reading.addresses import split

Print = Mapping[str, Any]

OPEN = 60
BACK = 20  # up to here a look is what was accepted, but for one light sign
WEIGHTS = {
    "domain": 40,  # the home page ends on another registrable domain
    "brand": 45,  # neither the tool's name nor its vendor's is on the page any more, as a name
    "brand_linked": 20,  # instead of “brand” where the page still leads where it led: a name that is a picture now
    "parked": 45,  # instead of “brand” where the name never was on the page: the domain is for sale
    "title": 20,  # instead of both: no word of the title is left
    "text": 20,  # by bits of the similarity hash, see NEAR and FAR
    "icon": 15,  # another icon, or none any more
    "issuer": 20,  # the certificate came from an authority that browsers trust, and does not any more
    "issuer_parking": 40,  # it is that of a service for parked domains
}
# of 64 bits: up to NEAR a page of the same site with news on it, from FAR on nothing in common (chance alone gives 32)
NEAR, FAR = 10, 24
LINKS = 100  # of a page that are kept, as 8 hex digits each
FEW, SHARE = 3, 3  # so many of the old links, and at least a third of them, are “many”
# paths that sites of all kinds have
USUAL = re.compile(
    r"(?i)/(?:about|blog|contact|cookie|faq|help|home|legal|log-?in|privacy|register|sign|support|terms)|/?$"
)
SENTENCES = {
    "domain": "The home page ends on {new}, not on {old}.",
    "brand": "Neither the tool's name nor its vendor's is on the page any more.",
    "brand_linked": "Neither the tool's name nor its vendor's is on the page any more, but many of its links are.",
    "parked": "The page offers its domain for sale.",
    "title": "The title has no word in common with the one before.",
    "text": "The text is another one ({bits} of 64 bits differ).",
    "text_gone": "The page has next to no text any more.",
    "icon": "The icon is another one.",
    "icon_gone": "The icon is gone.",
    "issuer": "The certificate is no longer one that browsers trust ({new}).",
    "issuer_parking": "The certificate is that of a service for parked domains.",
}


@dataclass(frozen=True)
class Signal:
    """One sign that differs, its weight and its sentence."""

    key: str
    weight: int
    sentence: str


@dataclass(frozen=True)
class Drift:
    """How far two looks differ, and in what."""

    score: int
    signals: tuple[Signal, ...]

    @property
    def opens(self) -> bool:
        """Whether a person should say if it is the same product."""
        return self.score >= OPEN

    @property
    def back(self) -> bool:
        """Whether the look is what was accepted, but for one light sign."""
        return self.score <= BACK

    @property
    def sentence(self) -> str:
        """What differs, in words."""
        return " ".join(one.sentence for one in self.signals) or "Nothing that we compare has changed."


def fingerprint(name: str, vendor: str, said: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Any] | None:
    """Return what a site is known by, None when its page could not be read.

    `said`: code and detail of the steps home, tls and favicon by key. Bot walls, logins, pages drawn by a script and
    empty ones say nothing; a page that offers its domain for sale is read even so.
    """
    code, home = said.get("home", ("", {}))
    parked = bool(home.get("parking_phrase") or home.get("parking_part"))
    if "marks" not in home or (code != "answers" and not parked):
        return None
    final = str(home.get("final_url", ""))
    domain = domain_of(final)
    links = [(str(href), str(text)) for href, text in home.get("links", ())]
    seen = "\n".join([*(str(home.get(part, "")) for part in ("title", "description", "text")),
                      *(text for _href, text in links)])  # fmt: skip
    named = names.shows(seen, name, vendor, domain) or names.accounts((href for href, _text in links), name, vendor)
    return {
        "domain": domain,
        "title": str(home.get("title", ""))[:300],
        "text": str(home.get("text", ""))[:300],
        "brand": not parked and named,
        "links": _ways(href for href, _text in links),
        "parked": parked,
        "simhash": str(home["marks"].get("simhash", "")),
        "icon": _icon(said),
        "issuer": issuer(*said.get("tls", ("", {}))),
    }


def issuer(code: str, detail: Mapping[str, Any]) -> str:
    """Return the class of a certificate: trusted, parking, untrusted, or "" for not known."""
    names = [str(one) for one in detail.get("names", ())]
    if detail.get("sha256") and parked_signals.parking_host(f"https://{one.removeprefix('*.')}/" for one in names):
        return "parking"
    if code in {"valid", "expires_soon"}:
        return "trusted"
    return "untrusted" if code in {"self_signed", "unknown_issuer"} else ""


def compare(old: Print, new: Print) -> Drift:
    """Return how far a site has moved from what it was. What either look does not know counts nothing."""
    found = [one for one in (_domain(old, new), _brand(old, new), _text(old, new), _icon_of(old, new),
                             _issuer(old, new)) if one is not None]  # fmt: skip
    return Drift(sum(one.weight for one in found), tuple(found))


def _domain(old: Print, new: Print) -> Signal | None:
    return _signal("domain", old=old["domain"], new=new["domain"]) if old["domain"] != new["domain"] else None


def _brand(old: Print, new: Print) -> Signal | None:
    if old["brand"]:
        return None if new["brand"] else _signal("brand_linked" if _leads_on(old, new) else "brand")
    if new["parked"] and not old["parked"]:
        return _signal("parked")
    before, after = (set(WORD.findall(fold(one["title"]))) - COMMON for one in (old, new))
    # once the name appears, it can only have come closer
    return _signal("title") if before and not new["brand"] and not before & after else None


def _text(old: Print, new: Print) -> Signal | None:
    if not old["simhash"]:
        return None
    if not new["simhash"]:  # readable, but fewer than twenty words
        return _signal("text", sentence="text_gone")
    bits = (int(old["simhash"], 16) ^ int(new["simhash"], 16)).bit_count()
    share = min(max(bits - NEAR, 0) / (FAR - NEAR), 1.0)
    weight = round(WEIGHTS["text"] * share)
    return _signal("text", weight=weight, bits=bits) if weight else None


def _icon_of(old: Print, new: Print) -> Signal | None:
    if not old["icon"] or old["icon"] == new["icon"] or new["icon"] is None:
        return None
    return _signal("icon") if new["icon"] else _signal("icon", sentence="icon_gone")


def _issuer(old: Print, new: Print) -> Signal | None:
    if old["issuer"] == "trusted" and new["issuer"] == "untrusted":
        return _signal("issuer", new=new["issuer"])
    if new["issuer"] == "parking" and old["issuer"] not in {"parking", ""}:
        return _signal("issuer_parking")
    return None


def _ways(hrefs: Iterable[str]) -> list[str]:
    """Return marks of the places that a page leads to, without those that any site has."""
    paths = ((host_of(href), split(href).path) for href in hrefs)
    places = {host + path.rstrip("/") for host, path in paths if not USUAL.match(path)}
    return sorted(hashlib.sha256(place.encode()).hexdigest()[:8] for place in places)[:LINKS]


def _leads_on(old: Print, new: Print) -> bool:
    """Whether a page still leads to many of the places that it led to. One that is for sale does not."""
    before, after = ({*one.get("links", ())} for one in (old, new))
    both = len(before & after)
    return not new["parked"] and both >= FEW and both * SHARE >= len(before)


def _icon(said: Mapping[str, tuple[str, Mapping[str, Any]]]) -> str | None:
    """Return the hash of the icon, "" for none, None when that is not known."""
    code, detail = said.get("favicon", ("", {}))
    if code == "absent":
        return ""
    return str(detail["sha256"]) if code == "present" and "sha256" in detail else None


def _signal(key: str, *, weight: int | None = None, sentence: str = "", **values: object) -> Signal:
    return Signal(key, WEIGHTS[key] if weight is None else weight, SENTENCES[sentence or key].format(**values))
