"""How a name is proved, in plain words: which method fits, what each grants, and the exact lines to publish."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from verification.domains import registrable
from verification.models import OwnershipChallenge
from verification.models.ownership import MAILED, Method
from verification.ownership import tokens
from verification.ownership.methods import dns_txt, http_file, meta
from verification.ownership.tokens import brand

COOKIE = "proof"


@dataclass(frozen=True)
class Way:
    """One method as the page that lets people choose tells of it."""

    method: Method
    title: str
    fits: str
    grants: str


WAYS = [
    Way(
        Method.DNS_TXT, "A DNS record",
        "Fits when you can add a record where the DNS of the domain is managed. It takes a minute, and up to an hour"
        " until it is seen.",
        "Grants the domain and everything below it. The strongest proof.",
    ),
    Way(
        Method.HTTP_FILE, "A file on the site",
        "Fits when you can put a file on the web server, or into the folder your site is built from.",
        "Grants this host alone: www.acme.com is another than acme.com.",
    ),
    Way(
        Method.META, "A tag on the home page",
        "Fits when you can edit the <head> of the home page, as most site builders let you.",
        "Grants this host alone.",
    ),
    Way(
        Method.EMAIL, "E-mail at the domain",
        "Fits when you read admin@, webmaster@ or the like there. The quickest, and the weakest.",
        f"Grants this host alone, for {MAILED.days} days; then it needs a new link.",
    ),
    Way(
        Method.PACKAGE, "A package",
        "Fits when the tool is a package on PyPI or npm and has no site of its own.",
        "Grants that package alone, not the site.",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Snippet:
    """Something to copy: what it is, and the text."""

    title: str
    text: str


@dataclass(frozen=True)
class Instructions:
    """What to publish for a challenge, and where; `lines` need the token, `where` is known without it."""

    steps: list[str]
    lines: list[Snippet] = field(default_factory=list)
    providers: list[tuple[str, str, str]] = field(default_factory=list)  # provider, name field, value field
    look: Snippet | None = None  # how to see for oneself what we will see
    undo: str = ""


def instructions(challenge: OwnershipChallenge, token: str) -> Instructions:
    """Return what has to be done for an open challenge; `token` as it was shown."""
    claim = challenge.claim
    if claim.method == Method.DNS_TXT:
        return _dns(claim.name, token)
    if claim.method == Method.HTTP_FILE:
        return _file(claim.name, challenge.token_id, token)
    if claim.method == Method.META:
        return _meta(claim.name, token)
    return _package(claim.name, token)


def _dns(name: str, token: str) -> Instructions:
    zone = registrable(name)
    place, value = dns_txt.place(name), f"v=1; t={token}"
    short = place.removesuffix(f".{zone}")
    return Instructions(
        steps=[
            f"Open the DNS settings of {zone}, where its name servers are, and add a record of the type TXT.",
            "Copy name and value from here. Leave the TTL as it is.",
            "Save, wait a minute, then press “Check now”.",
        ],
        lines=[
            Snippet("Name, as most forms want it", short),
            Snippet("Name in full", place),
            Snippet("Value", value),
            Snippet("As a line of a zone file", f'{place}. 3600 IN TXT "{value}"'),
        ],
        providers=[
            ("Cloudflare", f"Name: {short}", f"Content: {value}"),
            ("Amazon Route 53", f"Record name: {short}", f'Value: "{value}", with the quotation marks'),
            ("GoDaddy", f"Name: {short}", f"Value: {value}"),
            ("Namecheap", f"Host: {short}", f"Value: {value}"),
            ("Google Cloud DNS", f"DNS name: {short}", f'TXT data: "{value}", with the quotation marks'),
            ("Hetzner, OVH, Gandi", f"Name: {short}", f"Value: {value}"),
        ],
        look=Snippet("See what the world sees", f"dig +short TXT {place}"),
        undo="the record",
    )


def _file(host: str, token_id: str, token: str) -> Instructions:
    where = http_file.address(host, token_id)
    return Instructions(
        steps=[
            "Download the file, or make one that holds the token and nothing else.",
            "Let it answer at the address below: status 200, as text/plain, without a redirect or a sign-in.",
            "Open the address yourself: you should see the token. Then press “Check now”.",
        ],
        lines=[
            Snippet("Address", where),
            Snippet("Folder and file under the root of the site", where.removeprefix(f"https://{host}/")),
            Snippet("What the file holds", token),
        ],
        look=Snippet("See what the world sees", f"curl -i {where}"),
        undo="the file",
    )


def _meta(host: str, token: str) -> Instructions:
    return Instructions(
        steps=[
            f"Open the template of {meta.address(host)}. Site builders call it “custom code” or “header”.",
            "Put the tag into its <head>, near the beginning: the first 64 KiB of the page are read.",
            "Publish, look into the source of the page for the tag, then press “Check now”.",
        ],
        lines=[Snippet("The tag", f'<meta name="{brand()}-verification" content="{token}">')],
        look=Snippet("See what the world sees", f"curl -s {meta.address(host)} | grep {brand()}-verification"),
        undo="the tag",
    )


def _package(name: str, token: str) -> Instructions:
    index = "PyPI" if name.startswith("pkg:pypi/") else "npm"
    return Instructions(
        steps=[
            "Put the line into the README of the package, by itself. As a comment it does not show there.",
            f"Or add the fragment to the address of your listing here, among the links of the package ({index}).",
            f"Publish a new version on {index}, then press “Check now”.",
        ],
        lines=[
            Snippet("Line of the README", f"<!-- {brand()}-verification: {token} -->"),
            Snippet("Or the fragment of the link", f"#{token}"),
        ],
        undo="the line",
    )


# -- a token that was shown once, for the browser that asked for it ----------------------------------------------------


def keep(response: HttpResponse, request: HttpRequest, challenge: OwnershipChallenge, token: str) -> None:
    """Let this browser show the token of a challenge again until the challenge ends; we keep its hash only.

    A signed cookie for the pages of this challenge alone, which says nothing to another account.
    """
    response.set_signed_cookie(
        COOKIE, token, salt=_salt(request, challenge), max_age=challenge.expires_at - challenge.created_at,
        path=_path(challenge), secure=request.is_secure(), httponly=True, samesite="Lax",
    )  # fmt: skip


def kept(request: HttpRequest, challenge: OwnershipChallenge) -> str:
    """Return the token that this browser keeps for a challenge of this account, "" where it keeps none that fits."""
    longest = dt.timedelta(days=7)  # as a challenge stays open
    token = request.get_signed_cookie(COOKIE, default="", salt=_salt(request, challenge), max_age=longest) or ""
    claim = challenge.claim
    bound = tokens.token_hash(token, account=claim.account_id, name=claim.name, method=claim.method)
    return token if tokens.same(challenge.token_hash, bound) else ""


def drop(response: HttpResponse, challenge: OwnershipChallenge) -> None:
    """Let the browser forget a token that is not needed any more."""
    response.delete_cookie(COOKIE, path=_path(challenge), samesite="Lax")


def _path(challenge: OwnershipChallenge) -> str:
    return reverse("submissions:challenge", args=[challenge.token_id])


def _salt(request: HttpRequest, challenge: OwnershipChallenge) -> str:
    account: Any = request.user
    return f"submissions.proof:{account.pk}:{challenge.token_id}"
