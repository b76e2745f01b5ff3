"""The domain is in use: neither parked nor for sale."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from core import safehttp
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.domains import host_of
from verification.reading import documents, html, likeness, parked_signals
from verification.robots import origin_of
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Count the signs of a parked domain.

    Only what parking services alone leave behind accuses anybody. That every address shows the same page, or that a
    page has no parts of its own, is also true of small honest sites: such a sign counts beside one of the others only.
    """
    home = context.earlier("home")
    if home is None or "marks" not in home.detail:
        return context.unmet("home", "The home page answers")
    kept, final = home.detail, str(home.detail["final_url"])
    shared = documents.shared_host(final)
    if shared:  # the domain of a large host is in use; nothing has to be asked
        return context.say("in_use", host=shared)
    strong = _strong(kept, final, context.earlier("dns"))
    weak: dict[str, str] = {}
    if not kept["needs_javascript"]:  # such sites send one page for every address and let a script choose
        if _same_page_everywhere(context, kept, final):
            weak["same_page"] = "every address shows the same page"
        own_links = sum(1 for href, _text in kept["links"] if host_of(href) == host_of(final))
        if not kept["own_assets"] and kept["other_assets"] and own_links < 2 and kept["words"] < 150:
            weak["no_own_parts"] = "the page has no part of its own"
    detail: dict[str, Any] = {"signs": strong | weak}
    host = host_of(context.subject.address)
    # anybody may write such a phrase, about the names it sells or the domain it is at; a parking service leaves more
    if strong.keys() - {"phrase"} and len(strong) + len(weak) >= 2:
        return context.say("parked", host=host, signs="; ".join(detail["signs"].values()), detail=detail)
    if strong:
        return context.say("one_sign", host=host, sign=next(iter(strong.values())), detail=detail)
    if "same_page" in weak:
        return context.say("same_page", host=host, detail=detail)
    return context.say("in_use", host=host, detail=detail)


def _strong(kept: Mapping[str, Any], final: str, dns: Outcome | None) -> dict[str, str]:
    found = {}
    service = parked_signals.parking_host([final, str(kept["refresh"])])
    if service:
        found["host"] = f"it leads to {service}"
    names = dns.detail if dns else {}
    server = parked_signals.parking_name([*names.get("ns", ()), *names.get("cname", ())])
    if server:
        found["name_server"] = f"its name is served by {server}"
    if kept["parking_phrase"]:
        found["phrase"] = f"it says “{kept['parking_phrase']}”"
    if kept["parking_part"] and kept["words"] <= parked_signals.LONGEST:
        found["parts"] = f"its parts come from {kept['parking_part']}"
    return found


def _same_page_everywhere(context: Context, kept: Mapping[str, Any], final: str) -> bool:
    answer = context.page(f"{origin_of(final)}/{secrets.token_hex(12)}")
    if answer.verdict != "ok" or answer.status != 200 or context.trouble(answer) is not None:
        return False
    page = html.read(safehttp.text(answer), answer.final_url)
    return bool(page.text) and likeness.alike(likeness.marks(page.text), kept["marks"])


P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
STEP = Step(
    key="parked",
    title="The domain is in use",
    group="site",
    proves="The home page shows no sign of a parked domain or of one for sale.",
    codes={
        "in_use": Code(P, "{host} shows no sign of a parked domain."),
        # a page that is proven by its address alone proves nothing on such a site
        "same_page": Code(W, "{host} shows its home page for an address that does not exist."),
        "one_sign": Code(W, "{host} shows a sign of a parked domain: {sign}."),
        "parked": Code(F, "{host} looks parked or for sale: {signs}."),
    },
    check=check,
    subjects=homepage,
    needs=("home", "dns"),
    requests=1,
    shared=True,
)
