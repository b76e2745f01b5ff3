"""Pages of lists by keyset: after which row a page begins, not how many came before it.

So rows that appear or vanish between two pages neither repeat nor hide others. A cursor carries the order, the
filters and the key of the last row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from api import cursors, parameters
from catalog.filters import BadParameter
from core.site import absolute

Row = TypeVar("Row", bound=Model)
PAGED = ("cursor", "limit")
PRESENTED = ("limit", "fields", "expand", "facets")  # how rows are shown, not which: links repeat them


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """A list that has pages. `kind` and its address keep cursors of one list from being used on another.

    `order`: names of columns that are never NULL, "-" before those that fall; the last is unique.
    `position` and `place`: where nobody may read these columns from a cursor, what it holds instead, and what that
    stands for (raises BadParameter).
    """

    kind: str
    order: Sequence[str]
    shape: Callable[[Row], Any]
    position: Callable[[Row], Any] | None = None
    place: Callable[[Any], Sequence[Any]] | None = None


def page(rows: QuerySet[Row], listed: Paged[Row], request: Request) -> dict[str, Any]:
    """Return one page of rows as {"results", "next", "previous"}; one statement besides what `rows` prefetches.

    Filters are carried in the cursor. Raises BadParameter.
    """
    query, kind = request.query_params, _kind(listed.kind, request)
    size = parameters.limit(query)
    asked = _asked(query)
    after, backwards = None, False
    if "cursor" in query:
        carried, after, backwards = cursors.read(kind, str(query["cursor"]))
        carried = [(name, value) for name, value in carried]
        if asked and asked != carried:
            raise BadParameter("cursor", "“cursor” goes on with other filters than these. Send it alone.")
        asked = carried
    ordering = [_turned(name) for name in listed.order] if backwards else list(listed.order)
    found = rows.order_by(*ordering)
    if after is not None:
        after = listed.place(after) if listed.place else after
        found = found.filter(_after(ordering, after))
    got = list(found[: size + 1])
    more, got = len(got) > size, got[:size]
    if backwards:
        got.reverse()
    extra = {name: query[name] for name in PRESENTED if name in query}

    def link(row: Row, back: bool) -> str:
        columns = (name.lstrip("-") for name in listed.order)
        key = listed.position(row) if listed.position else [_value(row, name) for name in columns]
        return absolute(f"{request.path}?{urlencode({'cursor': cursors.write(kind, [asked, key, back]), **extra})}")

    forward, back = (True, more) if backwards else (more, after is not None)
    return {
        "results": [listed.shape(row) for row in got],
        "next": link(got[-1], False) if got and forward else None,
        "previous": link(got[0], True) if got and back else None,
    }


def answer(rows: QuerySet[Row], listed: Paged[Row], request: Request) -> Response:
    """Return one page of rows as an answer, with its Link header. Raises BadParameter."""
    body = page(rows, listed, request)
    return Response(body, headers=links(body))


def filters(kind: str, request: Request) -> QueryDict:
    """Return the parameters with those that the cursor carries: read filters from this. Raises BadParameter."""
    query: QueryDict = request.query_params
    if "cursor" not in query:
        return query
    carried, _, _ = cursors.read(_kind(kind, request), str(query["cursor"]))
    found = query.copy()
    for name in {name for name, _ in carried}:
        found.setlist(name, [value for one, value in carried if one == name])
    return found


def _kind(kind: str, request: Request) -> str:
    """Return what a cursor is signed for: a list at one address, so that none is taken by the list of another tool."""
    return f"{kind} {request.path}"


def _asked(query: QueryDict) -> list[tuple[str, str]]:
    shown = {"cursor", *PRESENTED}
    return sorted((name, value) for name, values in query.lists() if name not in shown for value in values)


def links(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the Link header of a page (RFC 8288); none where all rows are on it."""
    found = [f'<{body[rel]}>; rel="{short}"' for rel, short in (("next", "next"), ("previous", "prev")) if body[rel]]
    return {"Link": ", ".join(found)} if found else {}


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _after(order: Sequence[str], key: Sequence[Any]) -> Q:
    """Return what holds for rows that come after a key: (a, b) > (x, y), with each column's own direction."""
    found = Q(pk__in=[])
    for place, name in enumerate(order):
        same = Q(**{column.lstrip("-"): value for column, value in zip(order[:place], key[:place], strict=True)})
        way = "lt" if name.startswith("-") else "gt"
        found |= same & Q(**{f"{name.lstrip('-')}__{way}": key[place]})
    return found


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row.isoformat() if hasattr(row, "isoformat") else row
