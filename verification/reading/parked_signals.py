"""What parked and for-sale domains have in common. The lists hold services that do nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from verification.domains import host_of

# domains of parking services and of marketplaces for domain names: where such pages are served or get their parts from
HOSTS = frozenset({
    "sedo.com", "sedoparking.com", "dan.com", "undeveloped.com", "afternic.com", "bodis.com", "bodiscdn.com",
    "parkingcrew.net", "parkingcrew.com", "hugedomains.com", "above.com", "parklogic.com", "cashparking.com",
    "smartname.com", "skenzo.com", "voodoo.com", "uniregistrymarket.link", "brandbucket.com", "namedrive.com",
    "domainmarket.com", "buydomains.com", "parking-lander.com", "efty.com", "domainnamesales.com", "trafficz.com",
    "forsale.godaddy.com", "parkingpage.namecheap.com", "parking.namesilo.com", "domain-parking.ionos.com",
    "sedoparking.net", "parkingspa.com", "domainparking.ru", "searchmagnified.com", "dsparking.com",
})  # fmt: skip
NAME_SERVERS = frozenset({
    "sedoparking.com", "bodis.com", "parkingcrew.net", "above.com", "dan.com", "undeveloped.com", "afternic.com",
    "parklogic.com", "cashparking.com", "ztomy.com", "dsredirection.com", "voodoo.com", "uniregistrymarket.link",
    "eftydns.com", "rookdns.com", "internettraffic.com", "domainparkingserver.net", "parkingspa.com", "namedrive.com",
    "smartname.com", "fabulous-parking.com", "this-domain-for-sale.com", "parkpage.foundationapi.com",
})  # fmt: skip
PHRASES = re.compile(
    r"(?i)\bdomain(?: name)? (?:is|may be) (?:for sale|available for (?:sale|purchase)|parked)"
    r"|\bbuy this domain\b|\bpurchase this domain\b|\binquire about this domain\b|\bmake an offer on this domain\b"
    r"|\bthis (?:web ?page|domain) is parked\b|\bparked free,? courtesy of\b|\bdomain (?:has expired|is expired)\b"
    r"|\bthis domain (?:name )?(?:is|was|has been) (?:recently )?(?:registered|parked)\b"
    r"|\bdomain parking\b|\bfuture home of something quite cool\b"
    r"|\bdiese domain (?:steht zum verkauf|kaufen|ist geparkt)|\bce (?:nom de )?domaine est [aà] vendre"
    r"|\beste dominio est[aá] (?:en venta|aparcado)|域名出售|このドメインは"
)
LONGEST = 300  # words: a longer page that holds such a phrase is about domains, not one that is parked


def phrase(title: str, text: str, words: int) -> str:
    """Return the phrase of a parked domain that a page holds, "" when it holds none."""
    if words > LONGEST:
        return ""
    found = PHRASES.search(f"{title}\n{text[:20_000]}")
    return found[0][:100] if found else ""


def parking_host(addresses: Iterable[str]) -> str:
    """Return the first host among the addresses that belongs to a parking service, "" when none does."""
    return next((host for host in map(host_of, addresses) if _in(host, HOSTS)), "")


def parking_name(names: Iterable[str]) -> str:
    """Return the first of the host names (of name servers, of an alias) that a parking service runs, "" for none."""
    plain = (name.rstrip(".").lower() for name in names)
    return next((name for name in plain if _in(name, NAME_SERVERS | HOSTS)), "")


def _in(host: str, domains: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels)))
