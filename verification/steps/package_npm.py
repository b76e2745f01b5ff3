"""A package on npm, or on the registry that the operator names with NPM_URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings

from core.safehttp import BadDocument, Limits
from verification import interfaces
from verification.context import Context
from verification.contract import Outcome, Step
from verification.reading import packages

MIB = 1_048_576


def check(context: Context) -> Outcome:
    """Ask for the latest version, then for the dates of all; those are left out where the document is too large."""
    name = context.subject.address.removeprefix("pkg:npm/")
    if not settings.NPM_URL:
        return context.say("no_registry", setting="NPM_URL")
    address = f"{settings.NPM_URL}/{quote(name, safe='@')}"
    answer = context.fetch(f"{address}/latest")
    trouble = context.trouble(answer)
    if trouble is not None:
        return context.say("registry_trouble", reason=trouble.sentence)
    try:
        latest = packages.read(answer)
    except packages.Missing:
        return context.say("missing", package=name)
    except BadDocument as error:
        return context.say("registry_trouble", reason=error.message)
    return packages.judge(context, packages.from_npm(name, latest, _times(context, address)))


def _times(context: Context, address: str) -> dict[str, Any] | None:
    answer = context.fetch(address)
    if answer.verdict != "ok":
        return None
    try:
        found = packages.read(answer).get("time")
    except (packages.Missing, BadDocument):
        return None
    return found if isinstance(found, dict) else None


STEP = Step(
    key="package_npm",
    title="Package on npm",
    group="packages",
    proves="A package of this name is published and its own text points back to the tool. It does not prove that the"
    " code does no harm.",
    codes=packages.NPM_CODES,
    check=check,
    subjects=interfaces.packages("npm"),
    requests=2,
    limits=Limits(total=15, raw_bytes=8 * MIB, body_bytes=16 * MIB),
)
