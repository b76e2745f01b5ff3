"""What a method is given, what it may say, and how it asks: politely, through the safe client only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from core import safehttp
from core.safehttp import Answer, Limits, Policy
from verification import redaction
from verification.context import Context, Gate
from verification.contract import Listing, Outcome, Step, Subject
from verification.ownership.codes import CODES
from verification.ownership.tokens import TOKEN
from verification.verdicts import Verdict

KIB = 1_024
SHOWN = 120  # characters of something seen that are kept


@dataclass(frozen=True)
class Asked:
    """One proof to look for."""

    name: str  # domain, host or package URL
    token_id: str
    fits: Callable[[str], bool]  # whether a text is the token; compares hashes in constant time
    at: dt.datetime
    proved_at: dt.datetime | None = None  # None: for the first time


Probe = Callable[["Asked", Context], Outcome]


def context_for(name: str, gate: Gate, *, limits: Limits | None = None, policy: Policy | None = None) -> Context:
    """Return what a probe asks with; `name` is a domain, a host or a package URL."""
    step = Step(
        key="ownership", title="Ownership", group="site", proves="The account controls the name.", codes=CODES,
        check=lambda context: context.say("missing", where=name), limits=limits or Limits(),
    )  # fmt: skip
    return Context(step, Listing("", name, f"https://{name}/"), Subject(name), gate=gate, policy=policy)


def trouble(context: Context, answer: Answer) -> Outcome | None:
    """Return what a fetch means that shows no page, None to go on. What may pass never counts: it is inconclusive."""
    found = context.trouble(answer)
    if found is None:
        return None
    kept = Verdict.FAIL if found.verdict == Verdict.FAIL and not found.soft else Verdict.INCONCLUSIVE
    return replace(found, verdict=kept, soft=False, detail={**found.detail, **seen_at(answer)})


def seen_at(answer: Answer) -> dict[str, Any]:
    """Return where an answer came from and what it was, for the evidence."""
    last = answer.last
    return {
        "url": answer.final_url,
        "status": answer.status,
        "content_type": answer.content_type,
        "address": last.dialled if last else "",
        "bytes": len(answer.body),
    }


def shown(text: str) -> str:
    """Return a text for the evidence: without secrets, of tokens only the beginning, then short."""
    masked = re.sub(rf"(?<![0-9a-f]){TOKEN.pattern}(?![0-9a-f])", lambda found: f"{found[0][:4]}…", text)
    printable = redaction.text("".join(mark if mark.isprintable() else " " for mark in masked))
    return printable if len(printable) <= SHOWN else f"{printable[: SHOWN - 1]}…"


def servers(policy: Policy | None) -> tuple[tuple[str, int], ...]:
    """Return the name servers to ask, each for itself: OWNERSHIP_RESOLVERS, else those of the system."""
    configured = [safehttp.name_server("OWNERSHIP_RESOLVERS", text) for text in settings.OWNERSHIP_RESOLVERS]
    return tuple(dict.fromkeys(configured)) or safehttp.name_servers(policy)


def merged(outcome: Outcome, more: Mapping[str, Any]) -> Outcome:
    """Return an outcome with more of what was seen."""
    return replace(outcome, detail={**outcome.detail, **more})
