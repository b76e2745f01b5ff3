"""Limits in front of views: who has used them up gets 429, or 503 when nobody can count, with when to come back.

Headers are those of draft-ietf-httpapi-ratelimit-headers-10; bodies for programs are RFC 9457 problems with the types
of that draft. Pages carry the headers only when they refuse: what everybody may get must not tell one client's count.
"""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render

from core import clients
from core.negotiation import prefers
from core.ratelimit import SECOND, Ask, Decision, Limit, take_all

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
PROBLEM = "application/problem+json"
TYPES = "https://iana.org/assignments/http-problem-types#"
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
DOWN = (
    "Before anybody may sign in or change something, this site counts how often that is tried, and what it counts with"
    " does not answer just now. Nothing was changed."
)


def writes(request: HttpRequest) -> bool:
    """Say whether a request may change something (RFC 9110, section 9.2.1)."""
    return request.method not in {"GET", "HEAD", "OPTIONS"}


def searches(request: HttpRequest) -> bool:
    """Say whether a request has words to search for."""
    return any(text.strip() for text in request.GET.getlist("q"))


def limited(
    limit: Limit,
    *,
    by: Callable[[HttpRequest], str] = clients.network,
    when: Callable[[HttpRequest], bool] | None = None,
    as_json: bool = False,
) -> Callable[[View], View]:
    """Let requests to a view pass only within one limit, counted by what `by` returns; the rest as `limited_all`."""
    return limited_all(lambda request: [Ask(limit, by(request))], when=when, as_json=as_json)


def limited_all(
    asks: Callable[[HttpRequest], Sequence[Ask]],
    *,
    when: Callable[[HttpRequest], bool] | None = None,
    as_json: bool = False,
) -> Callable[[View], View]:
    """Let requests to a view pass only when all limits that `asks` names for them do; else none is taken from.

    Only requests for which `when` holds are counted. `as_json`: the view answers programs only, so refusals are JSON.
    """

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            refused = None
            if when is None or when(request):
                refused = refusal(request, take_all(asks(request)), as_json=as_json)
            return refused or view(request, *args, **kwargs)

        return cast("View", guarded)

    return decorate


def refusal(request: HttpRequest, decisions: Sequence[Decision], *, as_json: bool = False) -> HttpResponse | None:
    """Return the answer for who is refused, as a page or as a problem; None when every limit lets it pass."""
    refusing = [one for one in decisions if not one.allowed]
    if not refusing:
        return None
    last = max(refusing, key=lambda one: one.retry_after)
    counted = last.counted != "nowhere"
    status, title = (429, "Too many requests") if counted else (503, "Not possible just now")
    reason = told(last) if counted else f"{DOWN} Try again in {in_words(last.retry_after)}."
    accept = request.headers.get("Accept", "")
    if as_json or prefers(accept, PROBLEM, "text/html") or prefers(accept, "application/json", "text/html"):
        kind = "quota-exceeded" if counted else "temporary-reduced-capacity"
        problem = {"type": f"{TYPES}{kind}", "title": title, "status": status, "detail": reason}
        policies = {"violated-policies": [one.limit.name for one in refusing]} if counted else {}
        response: HttpResponse = JsonResponse(problem | policies, status=status, content_type=PROBLEM)
    else:
        context = {"status": status, "title": title, "reason": reason}
        response = render(request, "errors/error.html", context, status=status)
    for name, value in headers(decisions).items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response


def unavailable(request: HttpRequest, reason: str, seconds: int) -> HttpResponse:
    """Return a 503 page that says why, and after how many seconds to ask again."""
    context = {"status": 503, "title": "Not possible just now", "reason": reason}
    response = render(request, "errors/error.html", context, status=503)
    response.headers["Retry-After"], response.headers["Cache-Control"] = str(seconds), "no-store"
    return response


def told(decision: Decision) -> str:
    """Return what happened, why, and when to come back."""
    limit = decision.limit
    what = limit.told.format(quota=f"{limit.most:,}", window=_each(limit.window))
    return f"{what} This request was not carried out; try again in {in_words(decision.retry_after)}."


def in_words(seconds: float) -> str:
    """Return a time to wait in the largest unit of which it has two, rounded up: "90 seconds", "3 minutes"."""
    whole = max(1, math.ceil(seconds))
    size, unit = next(((size, unit) for size, unit in UNITS if whole >= 2 * size), UNITS[-1])
    number = -(-whole // size)
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _each(window: int) -> str:
    """Return the window of a limit in words: "a minute", "5 minutes"."""
    size, unit = next((size, unit) for size, unit in UNITS if window % size == 0)
    if window > size:
        return f"{window // size} {unit}s"
    return f"{'an' if unit == 'hour' else 'a'} {unit}"


def headers(decisions: Sequence[Decision]) -> dict[str, str]:
    """Return RateLimit-Policy, RateLimit (of what was counted) and, when one refuses, Retry-After in whole seconds."""
    found = {"RateLimit-Policy": policy_header(decisions)}
    counted = [one for one in decisions if one.counted != "nowhere"]
    if counted:
        found["RateLimit"] = limit_header(counted)
    waits = [one.retry_after for one in decisions if not one.allowed]
    if waits:
        found["Retry-After"] = str(max(1, math.ceil(max(waits))))
    return found


def policy_header(decisions: Sequence[Decision]) -> str:
    """Return the value of RateLimit-Policy: for each limit its quota, its window in seconds and whom it counts."""
    return ", ".join(f'"{one.limit.name}";q={one.limit.most};w={one.limit.window};pk={_pk(one)}' for one in decisions)


def limit_header(decisions: Sequence[Decision]) -> str:
    """Return the value of RateLimit: for each limit what is left, and the seconds until all of it is back.

    Of a limit of which nothing is left, until the next unit is: clients wait that long (huggingface_hub does).
    """
    return ", ".join(
        f'"{one.limit.name}";r={one.remaining};t={math.ceil(_back_in(one))};pk={_pk(one)}' for one in decisions
    )


def _back_in(decision: Decision) -> float:
    limit = decision.limit
    whole = decision.reset_after
    return whole if decision.remaining else max(0.0, whole - (limit.most - 1) * limit.interval / SECOND)


def _pk(decision: Decision) -> str:
    """Return the partition key as a byte sequence (RFC 9651, section 3.3.5): a digest, never the address itself."""
    return f":{base64.b64encode(bytes.fromhex(decision.partition)).decode()}:"
