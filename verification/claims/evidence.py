"""Which claims the results of a full run support, and which they refute: pure functions of results and the listing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.choices import InterfaceKind
from verification.contract import Interface, Listing
from verification.models import Claim
from verification.steps import registry
from verification.verdicts import Verdict

K = Claim.Kind
P, W, F, S = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.SKIPPED


@dataclass(frozen=True)
class Said:
    """What a claim needs of one result."""

    key: str
    verdict: str
    code: str = ""
    soft: bool = False
    sentence: str = ""
    result: int = 0


@dataclass(frozen=True)
class Finding:
    """What a run says about one claim: supported or refuted, and by which results."""

    kind: Claim.Kind
    supported: bool
    sentence: str
    results: tuple[int, ...] = field(default_factory=tuple)


PROTOCOL = {"mcp_handshake", "mcp_tools", "openapi_document", "openai_models", "graphql", "a2a_card"}
SCANNED = ("content_lint", "blocklist", "parked", "redirects", "mcp_poisoning")
NAMED, ADDRESS = 4, 80  # interfaces that a sentence names, and characters of the address of each
NO_LIST = "no_list"  # of the blocklist: this catalog keeps none


def findings(results: Iterable[Said], listing: Listing) -> list[Finding]:
    """Return what a full run of a listing says about claims. What could not be told supports and refutes nothing."""
    rows = list(results)
    by_key: dict[str, list[Said]] = {}
    for one in rows:
        by_key.setdefault(one.key, []).append(one)
    found = [_protocol(rows, listing), _scanned(by_key), _documented(by_key), _price(by_key)]
    return [one for one in found if one is not None]


def _protocol(rows: list[Said], listing: Listing) -> Finding | None:
    told = [one for one in rows if one.key in PROTOCOL and one.verdict in {P, W, F} and not one.soft]
    against = [one for one in told if one.verdict != P]
    if against:
        return _finding(K.PROTOCOL, False, against[0].sentence, against)
    # one that was not asked, was skipped or could not be told keeps the others from being the whole truth
    subjects = {key: step.subjects(listing) for key, step in sorted(registry().items()) if key in PROTOCOL}
    passed = Counter(one.key for one in told)
    if not told or any(passed[key] < len({one.key for one in found}) for key, found in subjects.items()):
        return None
    held = {one.interface: one.address for found in subjects.values() for one in found if one.interface}
    sentences = [_held(held, listing), *(one.sentence for one in told)]
    return _finding(K.PROTOCOL, True, " ".join(sentences), told)


def _held(held: Mapping[Interface, str], listing: Listing) -> str:
    """Return which of the listed interfaces were held to a protocol, each with the address that was asked."""
    listed = dict.fromkeys(listing.interfaces)  # one that is listed twice is one
    kinds = dict(InterfaceKind.choices)
    names = [
        f"{kinds[one.kind]} {held[one] if len(held[one]) <= ADDRESS else f'{held[one][: ADDRESS - 1]}…'}"
        for one in listed
        if one in held
    ]
    named = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    if len(names) == len(listed):
        return f"All its listed interfaces were held to a protocol: {named}."
    return f"{len(names)} of its {len(listed)} listed interfaces can be held to a protocol, and were: {named}."


def _scanned(by_key: Mapping[str, list[Said]]) -> Finding | None:
    rows = [one for key in SCANNED for one in by_key.get(key, [])]
    against = [one for one in rows if one.verdict == F and not one.soft]
    if against:
        return _finding(K.SCANNED, False, against[0].sentence, against)
    looked = {one.key for one in rows}
    if not {"content_lint", "parked", "redirects"} <= looked:
        return None
    if any(one.verdict != P and not _harmless(one) for one in rows):
        return None
    sentences = [one.sentence for one in rows if one.verdict == P]
    return _finding(K.SCANNED, True, " ".join(sentences), rows)


def _harmless(one: Said) -> bool:
    """Whether a result beside a pass says nothing against a tool: style, or a list that this catalog does not keep."""
    return (one.key, one.verdict) == ("content_lint", W) or (one.key, one.code) == ("blocklist", NO_LIST)


def _documented(by_key: Mapping[str, list[Said]]) -> Finding | None:
    privacy, terms = by_key.get("privacy", []), by_key.get("terms", [])
    contact = [*by_key.get("contact", []), *by_key.get("security_txt", [])]
    rows = [*privacy, *terms, *contact]
    seen = [[one for one in group if one.verdict == P] for group in (privacy, terms, contact)]
    if all(seen):
        return _finding(K.DOCUMENTED, True, "Terms, privacy policy and a contact were found.", [g[0] for g in seen])
    gone = [one for one in rows if one.verdict == W and one.key in {"privacy", "terms"}]
    return _finding(K.DOCUMENTED, False, gone[0].sentence, gone) if gone else None


def _price(by_key: Mapping[str, list[Said]]) -> Finding | None:
    rows = by_key.get("pricing_claim", [])
    if any(one.verdict == W for one in rows):
        return _finding(K.PRICING_SEEN, False, rows[0].sentence, rows)
    seen = [one for one in rows if one.verdict == P]
    return _finding(K.PRICING_SEEN, True, seen[0].sentence, seen) if seen else None


def _finding(kind: Claim.Kind, supported: bool, sentence: str, rows: Iterable[Said]) -> Finding:
    return Finding(kind, supported, sentence[:600], tuple(one.result for one in rows if one.result))
