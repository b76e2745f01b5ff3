"""Idempotency-Key: a POST that is sent again, as its answer got lost, makes nothing twice.

draft-ietf-httpapi-idempotency-key-header-07. What the first request made is written down in its own transaction: both
are there, or neither is, so a process that dies between them does not exist. What failed is not remembered: nothing was
made, so the same key makes it later. An answer is not kept: the second gets the thing as it is by then. What is shown
once only, a key or a token, is not shown again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import IdempotencyKey
from api.problems import Problem

KEPT = dt.timedelta(hours=24)
SHAPE = re.compile(r"[\x21-\x7e]{1,255}")
PROBLEMS = ["bad-header", "conflict", "key-reused", "under-way"]
HEADER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A text that you make up for this request, such as a UUID. Sent again with it within 24 hours, the same"
    " request makes nothing more.",
)


def once(request: Request, make: Callable[[], Response], again: Callable[[str], Response]) -> Response:
    """Return the answer of `make`, which makes something and names it in Location; in one transaction.

    Where the request has the Idempotency-Key of one that made something, `again` answers with what that is called (the
    end of its address), and nothing is made. Raises Problem: bad-header, key-reused, under-way, conflict.
    """
    key = key_of(request)
    if not key:
        return make()
    with transaction.atomic():
        _alone(request, key)
        made = made_by(request, key)
        if made:
            try:
                return again(made)
            except Http404:
                told = "What this Idempotency-Key made is not there any more. Send another one to make it anew."
                raise Problem("conflict", told) from None
        answer = make()
        _write(request, key, answer.headers["Location"].rpartition("/")[2])
        return answer


def note(request: Request, made: str) -> None:
    """Write down what a request makes that asks others first: `once` would do that inside of a transaction.

    Call it in the transaction of the making. Raises Problem like `once`, and conflict when it was made already.
    """
    key = key_of(request)
    if key:
        _alone(request, key)
        refuse_again(request)
        _write(request, key, made)


def refuse_again(request: Request) -> None:
    """Refuse a request whose Idempotency-Key made what is shown once. Raises Problem."""
    if made := made_by(request, key_of(request)):
        raise shown_once(made)


def shown_once(made: str) -> Problem:
    """Return the problem of a second request for what the first answer showed, and nobody can show again."""
    return Problem(
        "conflict",
        f"The first request with this Idempotency-Key made {made}. What is secret of it was in that answer alone: if"
        " you do not have it, end that one, and make another with another Idempotency-Key.",
    )


def key_of(request: Request) -> str:
    """Return the Idempotency-Key of a request, as it came; "" for none. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not SHAPE.fullmatch(key):
        raise Problem(
            "bad-header",
            "Idempotency-Key has to be 1 to 255 visible characters of ASCII, without spaces. A UUID is a good one.",
        )
    return key or ""


def made_by(request: Request, key: str) -> str:
    """Return what the same request with this key made in the last 24 hours; "" for nothing. Raises Problem."""
    rows = IdempotencyKey.objects.visible_to(request.user).filter(key=key, created_at__gt=timezone.now() - KEPT)
    row = rows.first() if key else None
    if row is not None and row.digest != _digest(request):
        raise Problem(
            "key-reused",
            "This Idempotency-Key was sent with another request in the last 24 hours: another address or another body."
            " Nothing was made. Make up a new one for each thing that you want to make.",
        )
    return row.made if row else ""


def _alone(request: Request, key: str) -> None:
    """Let no other request of the account use this key until the transaction ends. Raises Problem, and never waits."""
    user: Any = request.user
    with connection.cursor() as cursor:
        name = f"idempotency {user.pk} {key}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            told = "The first request with this Idempotency-Key is not answered yet. Send the same again in a second."
            raise Problem("under-way", told, headers={"Retry-After": "1"})


def _write(request: Request, key: str, made: str) -> None:
    user: Any = request.user
    values = {"digest": _digest(request), "made": made, "created_at": timezone.now()}
    IdempotencyKey.objects.update_or_create(account=user, key=key, defaults=values)  # over one that is too old


def _digest(request: Request) -> str:
    said = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()
