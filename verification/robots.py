"""robots.txt as RFC 9309 reads it: 4xx allows all, 5xx and no answer disallow all, what else is there decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from protego import Protego

from core import safehttp

if TYPE_CHECKING:
    from verification.context import Context

CODES = ("robots_disallow", "robots_unavailable")
LONGEST_DELAY = 30.0  # seconds of Crawl-delay that we keep to; who asks for more gets so many
SIZE = 500 * 1024  # bytes that have to be read at least (RFC 9309, 2.5)


@dataclass(frozen=True)
class File:
    """What an origin's robots.txt said. `rule`: "allow" everything, "disallow" it after a 5xx, or "text" when
    the text decides."""

    rule: str
    text: str = ""
    why: str = ""


def origin_of(url: str) -> str:
    """Return scheme and authority of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def ask(context: Context, url: str) -> tuple[File, safehttp.Answer | None]:
    """Return the rules for the origin of `url`, and the answer they come from (None when they were known)."""
    origin = origin_of(url)
    known = context.gate.known_robots(origin)
    if known is not None:
        return known, None
    answer = context.fetch(f"{origin}/robots.txt")
    file = _read(context, answer)
    if file.rule != "unknown":
        context.gate.learn_robots(origin, file)
        final = urlsplit(answer.final_url)
        if origin_of(answer.final_url) != origin and final.path == "/robots.txt":  # the other host's own file
            context.gate.learn_robots(origin_of(answer.final_url), file)
    return file, answer


def permits(file: File, url: str) -> bool:
    """Whether these rules let our robot fetch `url`."""
    if file.rule == "text":
        return bool(Protego.parse(file.text).can_fetch(url, agent()))
    return file.rule != "disallow"


def why_not(file: File, url: str) -> str:
    """Return the code that says why these rules keep us from fetching `url`, "" when they do not."""
    if permits(file, url):
        return ""
    disallowed, unavailable = CODES
    return unavailable if failed(file) else disallowed


def delay(file: File) -> float:
    """Return the seconds that these rules ask our robot to leave between two pages (Crawl-delay), at most 30."""
    asked = Protego.parse(file.text).crawl_delay(agent()) if file.rule == "text" else None
    return min(asked or 0.0, LONGEST_DELAY)


def failed(file: File) -> bool:
    """Whether the rules could not be read, so that we stay away although nobody asked us to (RFC 9309, 2.3.1.4)."""
    return file.rule == "disallow"


def agent() -> str:
    """Return the name that a robots.txt calls us by."""
    return f"{settings.SITE_NAME.replace(' ', '')}Bot"


def _read(context: Context, answer: safehttp.Answer) -> File:
    if answer.verdict in {"blocked", "protocol", "down", "tls", "timeout"} and _led_away(answer):
        # RFC 9309, 2.3.1.2 to 2.3.1.4: redirects that lead nowhere are as no file, a host that is silent as a 5xx.
        # Neither says anything about the page, which is elsewhere.
        if answer.last and answer.last.status:
            return File("allow", why="its robots.txt redirects to nowhere")
        return File("disallow", why="its robots.txt redirects to a host that gave no answer")
    if answer.verdict != "ok":
        return File("unknown", why=answer.message)  # the page's own fetch meets the same trouble and says so
    status = answer.status or 0
    if status >= 500:
        return File("disallow", why=f"its robots.txt answered {status}")
    if status != 200:
        return File("allow", why=f"its robots.txt answered {status}")
    if answer.content_type == "text/html" or answer.body.lstrip()[:1] == b"<":
        return File("allow", why="it serves a page instead of a robots.txt")
    return File("text", safehttp.text(answer)[:SIZE])


def _led_away(answer: safehttp.Answer) -> bool:
    """Whether the host did answer, with a redirect, and what went wrong is where that leads."""
    first = answer.hops[0].status if answer.hops else None
    return first is not None and 300 <= first < 400
