"""What animals are made of: texts of a wanted length, and a small honest site to start from."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from tests.zoo.animal import Reply, Request, Serve, page, routes

TEXT = "text/plain; charset=utf-8"
SENTENCES = (
    "This small product reads the documents of a team and answers questions about them in plain words.",
    "Everything runs on servers in two countries, and the files of one customer never meet those of another.",
    "People invite their colleagues, choose who may see which folder, and ask what they want to know.",
    "Each answer names the pages that it was taken from, so that a reader can look for himself.",
    "The service was made by five people who used to work in libraries and wanted less paper.",
)
WORDS_PER_ROUND = sum(len(sentence.split()) for sentence in SENTENCES)
DESCRIPTION = (
    "Answers questions about the documents of a team and names the pages that each answer was taken from. Folders have "
    "readers, answers have sources, and nothing leaves the servers of the company. It reads text only."
)
LINKS = {
    "Pricing": "/pricing",
    "Documentation": "/docs",
    "Contact": "mailto:people@library.example",
    "Privacy policy": "/privacy",
    "Terms of service": "/terms",
}
SECURITY = "Contact: mailto:security@library.example\nExpires: 2099-01-01T00:00:00Z\n"


def prose(words: int, about: str = "") -> str:
    """Return at least `words` words of harmless text; `about` is said in between, so that no two pages are alike."""
    pieces: list[str] = []
    count = 0
    for number in itertools.count():
        pieces += [f"{about} part {number}.", *SENTENCES]
        count += WORDS_PER_ROUND
        if count >= words:
            return " ".join(pieces)
    raise AssertionError


def home(*, links: Mapping[str, str] = LINKS, head: str = "", text: str = "", title: str = "Library Helper") -> bytes:
    """Return an honest home page with a footer."""
    own = '<link rel="stylesheet" href="/site.css"><script src="/site.js"></script>'
    return page(title, text or prose(90, "Welcome"), "Buy time, not paper.", head=own + head, links=links)


def policy(title: str) -> Reply:
    """Return a page that is long enough for what it is."""
    return Reply(body=page(title, *(prose(90, f"{title} {number}") for number in range(6))))


def honest(changes: Mapping[str, Reply | Serve] | None = None, *, upgrade: bool = True) -> Serve:
    """Return a small honest site, with `changes` by path; plain http leads to https unless `upgrade` is false."""
    table: dict[str, Reply | Serve] = {
        "/": Reply(body=home()),
        "/robots.txt": Reply(body=b"User-agent: *\nDisallow: /private/\n", type=TEXT),
        "/privacy": policy("Privacy policy"),
        "/terms": policy("Terms of service"),
        "/pricing": Reply(body=page("Pricing", "Free plan: $0.", "Pro: $20 per month for each team.", prose(60))),
        "/docs": Reply(body=page("Documentation", "Getting started: installation and usage.", prose(60, "Examples"))),
        "/.well-known/security.txt": Reply(body=SECURITY.encode(), type=TEXT),
    }
    serve = routes(table | dict(changes or {}))

    def answer(request: Request) -> object:
        if upgrade and not request.tls:
            return Reply(301, headers=(("Location", f"https://{request.host}{request.path}"),))
        return serve(request)

    return answer  # type: ignore[return-value]


def redirect(target: str, status: int = 302) -> Reply:
    """Return a redirect."""
    return Reply(status, headers=(("Location", target),))
