"""The OpenAPI document: what views say of themselves, in one decorator, and what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from api.problems import KINDS

Method = TypeVar("Method", bound=Callable[..., Any])
ALWAYS = ("bad-parameter", "unauthorized", "not-acceptable", "unavailable", "too-many")
OF_BODIES = ("bad-body", "invalid", "too-large", "unsupported-media-type")


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library registers it
    """How a caller says who it is."""

    target_class = "api.base.CallerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme: a key of the portal, or an access token of OAuth."""
        return {"type": "http", "scheme": "bearer", "description": "A key of the portal, or an access token of OAuth."}


class ProblemError(serializers.Serializer[Any]):
    """One thing that is wrong, and where."""

    detail = serializers.CharField()
    parameter = serializers.CharField(required=False, help_text="the query parameter")
    pointer = serializers.CharField(required=False, help_text="the place in the body, as a JSON pointer (RFC 6901)")


class Problem(serializers.Serializer[Any]):
    """An error (RFC 9457)."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(required=False)
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


def documented(  # noqa: PLR0913 - what OpenAPI says of an operation
    *,
    name: str,
    tag: str,
    summary: str,
    returns: Any,
    status: int = 200,
    media_type: str = "",
    body: Any = None,
    parameters: Sequence[OpenApiParameter] = (),
    problems: Sequence[str] = (),
    moves: bool = False,
    examples: Sequence[OpenApiExample] = (),
) -> Callable[[Method], Method]:
    """Describe a method of a view in the OpenAPI document.

    `name`: the operation's id, in snake case, a verb first ("list_tools"); `tag`: the group in the reference;
    `summary`: one line; what is longer stands in the method's docstring. `returns`: a serializer, or None for no
    body, sent as JSON or as `media_type`.
    `problems`: kinds (api/problems.py) besides those that every address or body has.
    `moves`: older slugs answer 301.
    """
    key = (status, media_type) if media_type else status
    responses: dict[Any, Any] = {key: returns if returns is not None else OpenApiResponse(description="Done.")}
    if moves:
        responses[301] = OpenApiResponse(description="It has another slug now; Location names it.")

    def decorate(method: Method) -> Method:
        reads = ["precondition-failed"] if method.__name__ == "get" else []  # api/middleware.py answers If-Match of all
        bodyless = body is None and method.__name__ != "get"
        kinds = {*ALWAYS, *problems, *reads, *(OF_BODIES if body is not None else ["bad-body"] if bodyless else ())}
        for code in sorted({KINDS[kind][0] for kind in kinds}):
            said = [title for kind, (number, title) in KINDS.items() if number == code and kind in kinds]
            responses[(code, "application/problem+json")] = OpenApiResponse(Problem, description="; ".join(said))
        described: Method = extend_schema(
            operation_id=name,
            tags=[tag],
            summary=summary,
            request=body,
            responses=responses,
            parameters=list(parameters),
            examples=list(examples),
        )(method)
        described.bodyless = bodyless  # type: ignore[attr-defined]  # for api/base.py, which lets none pass unread
        return described

    return decorate


def text(name: str, description: str, *, several: bool = False, enum: Sequence[str] | None = None) -> OpenApiParameter:
    """Return the description of a query parameter that is a text."""
    return OpenApiParameter(name, str, description=description, many=several, enum=list(enum) if enum else None)


PAGED = (
    OpenApiParameter(
        "cursor",
        str,
        description="Where the list goes on, with its filters and order; a part of `next` and `previous`, which are"
        " asked for as they are.",
    ),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 24}, description="Rows of a page."
    ),
)


def pages_of(row: Any, name: str) -> Any:
    """Return a serializer of a page of rows, which the document calls `name`."""
    fields = {
        "results": row(many=True),
        "next": serializers.URLField(allow_null=True, help_text="the next page, null on the last: ask for it as it is"),
        "previous": serializers.URLField(allow_null=True, help_text="the page before, null on the first"),
    }
    return type(name, (serializers.Serializer,), fields)


def all_of(row: Any, name: str) -> Any:
    """Return a serializer of a list that comes whole, which the document calls `name`."""
    return type(name, (serializers.Serializer,), {"results": row(many=True)})
