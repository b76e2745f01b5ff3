"""Errors as RFC 9457 problems: what happened, why, what to do next, and where in the request."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from catalog.filters import BadParameter
from catalog.search import SearchTimeout
from core.limited import PROBLEM, told
from core.ratelimit import Decision
from core.site import absolute

# Each kind has a paragraph at /api/docs/errors/; its address is the problem's type.
KINDS: dict[str, tuple[int, str]] = {
    "bad-parameter": (400, "A query parameter cannot be used"),
    "bad-body": (400, "The body cannot be read"),
    "bad-header": (400, "A header cannot be used"),
    "invalid": (422, "The body says something that cannot be"),
    "unauthorized": (401, "Who asks is not known"),
    "forbidden": (403, "Not allowed"),
    "missing-scope": (403, "The key lacks a scope"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "No such method here"),
    "not-acceptable": (406, "Only JSON"),
    "conflict": (409, "It is not in a state for that"),
    "under-way": (409, "The same request is under way"),
    "key-reused": (422, "This Idempotency-Key was sent with something else"),
    "gone": (410, "It is not kept any more"),
    "precondition-failed": (412, "It was changed meanwhile"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "Send JSON"),
    "too-many": (429, "More than one may do in a time"),
    "search-timeout": (503, "The search took too long"),
    "unavailable": (503, "Not possible just now"),
    "server-error": (500, "The site made a mistake"),
}


class Problem(Exception):
    """An answer that is an error. `errors` are {"detail", and "parameter" or "pointer" (RFC 6901)}."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.errors, self.headers = kind, detail, list(errors), dict(headers or {})


def document(problem: Problem, path: str) -> dict[str, Any]:
    """Return the body of a problem about a request to `path`."""
    status, title = KINDS[problem.kind]
    found: dict[str, Any] = {
        "type": absolute(f"{reverse('api:errors')}#{problem.kind}"),
        "title": title,
        "status": status,
        "detail": problem.detail,
        "instance": path,
    }
    return found | ({"errors": problem.errors} if problem.errors else {})


def response(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Return a problem as an answer, outside of DRF."""
    body = orjson.dumps(document(problem, request.path))
    answer = HttpResponse(body, status=KINDS[problem.kind][0], content_type=PROBLEM, headers=problem.headers)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer exceptions of views (REST_FRAMEWORK's EXCEPTION_HANDLER); None lets others become a 500."""
    problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    path = context["request"].path
    answer = Response(document(problem, path), status=KINDS[problem.kind][0], headers=problem.headers)
    answer.content_type = PROBLEM
    answer.headers["Cache-Control"] = "no-store"
    return answer


def problem_of(error: Exception) -> Problem | None:  # noqa: PLR0911 - one for each kind
    """Return what an exception says to the client; None where it is a fault of ours."""
    match error:
        case Problem():
            return error
        case BadParameter():
            return Problem("bad-parameter", str(error), errors=[{"parameter": error.name, "detail": str(error)}])
        case SearchTimeout():
            return Problem("search-timeout", str(error), headers={"Retry-After": "5"})
        case Http404():
            told = error.args[0] if error.args and isinstance(error.args[0], str) else ""
            return Problem("not-found", told or "Nothing is at this address.")
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return unauthorized("This needs a key or a token: send “Authorization: Bearer …”.")
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem("forbidden", str(error) or "This account may not do that.")
        case exceptions.MethodNotAllowed():
            return Problem("method-not-allowed", "This address does not take that method; Allow names those it takes.")
        case exceptions.NotAcceptable():
            return Problem("not-acceptable", "This address answers in JSON. Accept application/json.")
        case exceptions.UnsupportedMediaType():
            return Problem("unsupported-media-type", f"{error.detail} Send application/json.")
        case exceptions.ParseError():
            return Problem("bad-body", str(error.detail))
    return None


def unauthorized(detail: str, error: str = "") -> Problem:
    """Return a 401 with the challenge that RFC 6750, section 3, asks for; `error` is its code."""
    challenge = 'Bearer realm="api"' + (f', error="{error}"' if error else "")
    return Problem("unauthorized", detail, headers={"WWW-Authenticate": challenge})


def too_many(decision: Decision) -> Problem:
    """Return the problem of a limit beside the units, which says when to come back (docs/limits.md)."""
    return Problem("too-many", told(decision), headers={"Retry-After": str(math.ceil(decision.retry_after) or 1)})


def reason(status: int) -> str:
    """Return the standard words for a status."""
    return HTTPStatus(status).phrase
