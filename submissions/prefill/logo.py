"""Fetch a picture that may be a tool's logo, politely, and take it as a logo is taken (catalog/logos.py)."""

from __future__ import annotations

from catalog import logos
from catalog.logos import Picture, RefusedLogo
from core.safehttp import Limits, Policy
from submissions.prefill.gate import Deadline
from verification.context import Context, Gate
from verification.contract import Listing, Step, Subject
from verification.polite import PoliteGate, Postponed
from verification.published import crawl

SECONDS = 15.0


def fetch_logo(url: str, homepage: str, *, gate: Gate | None = None, policy: Policy | None = None) -> Picture:
    """Return the picture at an address, drawn anew. Raises RefusedLogo, also when it cannot be fetched.

    `homepage` is that of the tool. At most 15 s and 1 MiB; robots.txt of the picture's host decides.
    """
    step = Step(key="logo", title="Logo", group="site", proves="Nothing.", codes={}, check=crawl.MANNERS.check,
                requests=1, limits=Limits(raw_bytes=logos.MOST_BYTES + 1, body_bytes=logos.MOST_BYTES + 1))  # fmt: skip
    gate = Deadline(gate or PoliteGate(asked_for=True, policy=policy), SECONDS)
    context = Context(step, Listing("", "", homepage), Subject(url), gate=gate, policy=policy)
    try:
        answer = context.page(url)
    except Postponed as later:
        raise RefusedLogo("not_now", f"It is not our turn at {later.key} just now. Try again in a minute.") from later
    trouble = context.trouble(answer)
    if trouble is not None:
        advice = "Send the file itself instead."
        raise RefusedLogo(trouble.code, f"The picture could not be fetched: {trouble.sentence} {advice}")
    if answer.status != 200:
        raise RefusedLogo("absent", f"There is no picture at {url} ({answer.status}). Send the file itself instead.")
    return logos.accept(answer.body)
