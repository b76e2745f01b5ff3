"""If-Match: a change that names what it was made from is made on that, or not at all (RFC 9110, section 13.1.1).

If-Match compares strongly, so what can be changed conditionally has strong ETags: the SHA-256 of the answer's bytes. A
version or a date would not do: such a tag has to change with every byte (section 8.8.1), and answers also say what
other rows do, the names of a list's tools and what the rules of today find wrong with a record.

Where an answer is sent packed, GZipMiddleware puts W/ before its ETag. That is passed over here: else nobody whose
client unpacks, as most do, could ever send a tag that fits. What stands behind it is the hash of every byte all the
same, so nothing that differs is taken for equal, which is all that the strong comparison is for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import Problem
from api.rendering import dumps


def if_match(told: str) -> OpenApiParameter:
    """Return the description of the header of an operation."""
    return OpenApiParameter("If-Match", {"type": "string"}, OpenApiParameter.HEADER, description=told)


IF_MATCH = if_match("An ETag: do it only if it is still what that names, else answer 412. “*”: if it is there at all.")


def etag(body: Any) -> str:
    """Return the strong ETag of an answer's body."""
    return f'"{hashlib.sha256(dumps(body)).hexdigest()[:32]}"'


def tagged(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that is a whole representation, with its strong ETag."""
    return Response(body, status=status, headers={"ETag": etag(body), **(headers or {})})


def check(request: Request, body: Callable[[], Any]) -> None:
    """Let a request pass whose If-Match names what `body` returns, or that has none. Raises Problem.

    What `body` reads has to be locked, in the transaction of the change: of two with the same tag, one wins.
    """
    asked = request.headers.get("If-Match")
    if asked is None:
        return
    named = parse_etags(asked)
    if named != ["*"] and etag(body()) not in [one.removeprefix("W/") for one in named]:
        raise Problem(
            "precondition-failed",
            "This is not what If-Match names any more, so nothing was changed. Read it again, put your change into what"
            " it says, and send that with its ETag.",
        )
