"""Readers of the pages for people: JSON-LD of the home page, llms.txt, the page with prices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from verification.domains import host_of
from verification.published.proposal import OTHER_CURRENCY, Found
from verification.reading import prices
from verification.reading.addresses import joined
from verification.reading.html import Page, json_nodes

SOFTWARE = {"SoftwareApplication", "WebApplication", "MobileApplication", "WebAPI", "SoftwareSourceCode", "Product"}
SYSTEMS = {"windows": "windows", "macos": "macos", "mac os": "macos", "os x": "macos", "linux": "linux", "ios": "ios",
           "iphone": "ios", "android": "android", "web": "web", "browser": "web"}  # fmt: skip
SPDX = re.compile(r"^https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]{1,60}?)(?:\.html)?$")
LINK = re.compile(r"\[([^\]\n]{1,200})\]\(([^)\s]{1,500})\)")
LABELS = (
    ("docs_url", re.compile(r"(?i)^(?:documentation|docs|developer docs)$")),
    ("pricing_url", re.compile(r"(?i)^(?:pricing|plans|prices|plans (?:and|&) pricing)$")),
    ("api_url", re.compile(r"(?i)^(?:api|api reference|api docs|api documentation)$")),
    ("status_url", re.compile(r"(?i)^(?:status|system status|service status)$")),
    ("repo_url", re.compile(r"(?i)^(?:github|source code|source|repository|code)$")),
)
# "Pro: $20 per month": the name of a plan stands before its price on the same line, or alone on the line above
NAMED = re.compile(r"^([A-Z][\w+&' -]{1,30}?)(?: plan)?\s*[:\u2013\u2014-]\s*$")
FREE = re.compile(r"(?i)^free(?: plan| tier)?\s*(?:[:\u2013\u2014-].{0,150})?$")
JSON_AMOUNT = re.compile(r"\d{1,9}(?:\.\d{1,6})?")
THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,])")
# a price for a while, or for several at once, is not the plan's
NOT_FOR_GOOD = re.compile(
    r"(?i)\b(?:first|initial|introductory|intro|promo(?:tional)?|trial|for \d+ (?:days|weeks|months)|then|was"
    r"|instead of|until|per \d+ (?:seats|users|members))\b"
)
GOES_ON = re.compile(r"(?i)(?:for|during) (?:the |your )?first\b|then\b")  # on the line below a price
NOT_PLANS = {"save", "total", "now", "only", "was", "starting", "starting at", "from", "price", "off", "discount"}
CODE_HOSTS = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}


def links(pairs: Iterator[tuple[str, str]], base: str, found: Found) -> None:
    """Propose addresses of links whose whole text is the plain name of what they lead to."""
    for label, href in pairs:
        for name, pattern in LABELS:
            url = joined(base, href)
            if pattern.match(label.strip()) and (name != "repo_url" or host_of(url) in CODE_HOSTS):
                found.say(name, url, f"{label.strip()}: {url}")


def jsonld(page: Page, found: Found) -> None:
    """Read the JSON-LD of a page: what it says about one piece of software and who makes it."""
    for node in json_nodes(page.jsonld):
        if not SOFTWARE & _types(node):
            continue
        for name, key in (("name", "name"), ("tagline", "description"), ("description", "description"),
                          ("launched", "datePublished"), ("repo_url", "codeRepository")):  # fmt: skip
            found.say(name, node.get(key), _quote(key, node.get(key)))
        for key in ("author", "publisher", "provider", "creator", "brand"):
            makers = node.get(key)
            for maker in makers[:3] if isinstance(makers, list) else [makers]:
                if isinstance(maker, dict) and "Organization" in _types(maker):
                    found.say("vendor", maker.get("name"), _quote(f"{key}.name", maker.get("name")))
        systems = node.get("operatingSystem")
        if isinstance(systems, str):
            words = [word.strip().casefold() for word in re.split(r"[,;/]| and ", systems[:300])]
            found.say("platforms", {SYSTEMS[word] for word in words if word in SYSTEMS}, f"operatingSystem: {systems}")
        licence = SPDX.match(node["license"]) if isinstance(node.get("license"), str) else None
        if licence:
            found.say("licence", licence[1], f"license: {node['license']}")
        _offers(node, found)


def _types(node: dict[str, Any]) -> set[str]:
    """Return what a node says it is; JSON-LD allows one type and a list of them."""
    said = node.get("@type")
    return {one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)}


def _offers(node: dict[str, Any], found: Found) -> None:
    offers = node.get("offers")
    for offer in offers[:20] if isinstance(offers, list) else [offers]:
        if not isinstance(offer, dict) or (offer.get("@type") is not None and "Offer" not in _types(offer)):
            continue
        spec = offer.get("priceSpecification")
        more = spec if isinstance(spec, dict) else {}
        unit = str(more.get("unitCode") or more.get("unitText") or "").upper()
        period = (
            {"MON": "month", "MONTH": "month", "ANN": "year", "YEAR": "year"}.get(unit, "") if _single(more) else ""
        )
        price, currency = (offer.get(key, more.get(key)) for key in ("price", "priceCurrency"))
        written = str(price) if isinstance(price, str | int | float) and not isinstance(price, bool) else ""
        # "1.000" may be one or a thousand, whatever schema.org asks for
        clear = JSON_AMOUNT.fullmatch(written) and not (isinstance(price, str) and THOUSANDS.search(written))
        amount = (prices.plain(written) or "") if clear else ""
        row = {"name": offer.get("name"), "amount": amount, "currency": currency, "period": period}
        found.say("plan", row, f"Offer {offer.get('name')}: {written} {currency} {unit}")


def _single(spec: dict[str, Any]) -> bool:
    """Whether a price is for one of its unit; for several it may be each month's or that of all of them."""
    parts = [spec.get(name) for name in ("billingDuration", "billingIncrement", "referenceQuantity")]
    values = [part.get("value") if isinstance(part, dict) else part for part in parts if part is not None]
    return all(str(one) in {"1", "1.0", "P1M", "P1Y"} for one in values)


def llms_txt(text: str, found: Found) -> None:
    """Read an llms.txt: its heading, the quote below it, and links that are called what they are."""
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()[:2_000] if line.strip()]
    if not lines or not lines[0].startswith("# "):
        return
    found.say("name", lines[0][2:], lines[0])
    quoted: list[str] = []
    for line in lines[1:]:
        if not line.startswith(">"):
            break
        quoted.append(line[1:].strip())
    summary = " ".join(quoted)
    found.say("tagline", summary)
    found.say("description", summary)
    pairs = ((match[1], match[2]) for line in lines for match in LINK.finditer(line[:2_000]))
    links(pairs, found.source.url, found)


def pricing_page(page: Page, found: Found) -> None:
    """Read the page with prices: plans whose name and price stand on one line, and whether something is free."""
    lines = page.text.splitlines()[:2_000]
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if len(line) > 200 or NOT_FOR_GOOD.search(line) or GOES_ON.match(below):
            continue
        first = prices.PRICE.search(line)
        named = NAMED.match(line[: first.start()]) if first else None
        amounts = prices.find(line)
        if (
            first is None
            or named is None
            or len(amounts) != 1
            or amounts[0].period not in {"month", "year"}
            or amounts[0].seat
        ):
            continue
        price = amounts[0]
        if named[1].casefold() in NOT_PLANS or not _clear(first[0], price):
            continue
        row = {"name": named[1], "amount": price.amount, "currency": price.currencies[0], "period": price.period}
        found.say("plan", row, line, flags=(OTHER_CURRENCY,) if len(price.currencies) > 1 else ())
    # without a price beside it "Free" may be a plan, a trial or the whole: then nothing is said
    if any(one.amount != "0" for one in prices.find(page.text)):
        free = next((line for line in lines if FREE.match(line) and not prices.trial_words(line)), None)
        found.say("access", "free_tier", free or "")


def _clear(written: str, price: prices.Price) -> bool:
    """Whether an amount is clear: "1.000" is where all that its sign may stand for group thousands by points."""
    return THOUSANDS.search(written) is None or set(price.currencies) <= prices.POINT_GROUPS


def _quote(key: str, value: object) -> str:
    return f"{key}: {value}" if isinstance(value, str) and value else ""
