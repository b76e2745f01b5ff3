"""What changed: the change log, in the order of commits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters, schema
from api.base import PUBLIC, View
from api.problems import Problem
from api.rendering import dumps, moment
from catalog import forgetting
from catalog.changes import PRIVATE
from catalog.filters import BadParameter
from catalog.models import Change
from core.negotiation import wants_lines
from core.site import absolute
from core.streams import RETRY, Full, bounded

MOST, USUAL = 1_000, 500
PAGE = 320 << 10  # bytes of changes after which a page ends: the kernel takes it at once, however slowly it is read
BLOCK = 500  # changes in memory at once, where all are streamed
BIGGEST = 2**63 - 1
SINCE = {"type": "integer", "minimum": 0, "default": 0}
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}


class ChangeShape(serializers.Serializer[Any]):
    """One thing that happened to the listing of a tool."""

    serial = serializers.IntegerField()
    tool = serializers.SlugField(help_text="its slug at that time")
    action = serializers.ChoiceField(choices=Change.Action.values)
    at = serializers.DateTimeField()
    fields = serializers.DictField(  # type: ignore[assignment]  # its name, not the serializer's fields
        child=serializers.ListField(child=serializers.JSONField(), min_length=2, max_length=2),
        help_text="of an update: for each field what it said and what it says; null: nothing",
    )


class ChangesShape(serializers.Serializer[Any]):
    """A part of the change log."""

    changes = ChangeShape(many=True)
    last_serial = serializers.IntegerField(help_text="ask for what came after this one next")
    has_more = serializers.BooleanField()


class Changes(View):
    """The change log."""

    scopes = {"GET": PUBLIC}
    parameters = ("since", "limit")
    lines = True

    @schema.documented(
        name="list_changes",
        tag="catalog",
        summary="What changed in the catalog since a serial, in the order of commits",
        returns=ChangesShape,
        parameters=[
            OpenApiParameter("since", SINCE, description="The last serial that you have; 0 for the beginning."),
            OpenApiParameter(
                "limit", LIMIT, description="Changes at once, at most: a page that grows large ends before."
            ),
        ],
        problems=["gone"],
    )
    def get(self, request: Request) -> Any:
        """Return changes, oldest first. Serials follow the order of commits: none can appear later.

        With “Accept: application/jsonl” all of them come at once, a line each, whatever “limit” says.
        """
        since = parameters.whole(self.query, "since", 0, 0, BIGGEST)
        limit = parameters.whole(self.query, "limit", USUAL, 1, MOST)
        if wants_lines(request._request):
            return _stream(request, since)
        rows = _after(since, limit + 1)
        if not rows and since:
            _refuse_future(since)
        found = _fitting(rows[:limit])
        return Response(
            {
                "changes": [said for row, said in found if told(row)],
                "last_serial": found[-1][0].serial if found else since,
                "has_more": len(rows) > len(found),
            }
        )


def _after(since: int, most: int) -> list[Change]:
    """Return what came after a serial, `most` at most. Two statements. Raises Problem (410)."""
    rows = list(Change.objects.since(since).defer("actor")[:most])
    _refuse_forgotten(since)  # after the rows were read: what is forgotten in between would be a gap that nobody sees
    return rows


def _fitting(rows: list[Change]) -> list[tuple[Change, dict[str, Any]]]:
    """Return the first of them and what is said of each, as many as PAGE has room for, one at least."""
    found: list[tuple[Change, dict[str, Any]]] = []
    size = 0
    for row in rows:
        said = change(row)
        size += len(dumps(said))
        if found and size > PAGE:
            break
        found.append((row, said))
    return found


def _refuse_future(since: int) -> None:
    """Refuse a serial that was not given yet: who has one knows of another log than this. Raises BadParameter."""
    last = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
    if since > last:
        raise BadParameter(
            "since",
            f"The last serial is {last:,}, so “since” cannot be {since:,}. If you had that from here, this site was"
            " restored from a backup, and what you know may never have been: read all tools anew, then go on from"
            f" since={last}.",
        )


def _refuse_forgotten(since: int) -> None:
    """Refuse a serial after which changes are not kept any more. Raises Problem (410), which leads to the exports."""
    if since >= (last := forgetting.forgotten()):
        return
    exports = absolute(reverse("api:exports"))
    raise Problem(
        "gone",
        f"Changes up to {last:,} are not kept any more, so what came after {since:,} cannot be told whole. Begin anew"
        f" with the latest export ({exports}), then go on from its serial.",
        headers={"Link": f'<{exports}>; rel="alternate"'},
    )


def _stream(request: Request, since: int) -> HttpResponseBase:
    """Return all changes after a serial as JSON Lines, read as they are sent."""
    _refuse_forgotten(since)
    last = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
    if since > last:
        _refuse_future(since)
    tag = f'W/"{since}-{last}"'
    if unchanged := get_conditional_response(request._request, etag=tag):
        return unchanged  # takes no place
    try:
        lines: Iterable[bytes] = () if request.method == "HEAD" else bounded(request._request, _lines(since, last))
    except Full as error:
        raise Problem("unavailable", str(error), headers={"Retry-After": str(RETRY)}) from error
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    return StreamingHttpResponse(lines, content_type="application/jsonl", headers=headers)


def _lines(since: int, last: int) -> Iterator[bytes]:
    """Yield blocks of lines, each read by itself: a slow reader keeps no transaction open.

    Where the log is forgotten meanwhile, the answer breaks off, which a reader sees: its last chunk never comes.
    """
    while since < last and (rows := _after(since, BLOCK)):
        yield b"".join(dumps(change(row)) + b"\n" for row in rows if row.serial <= last and told(row))
        since = rows[-1].serial


def told(row: Change) -> bool:
    """Say whether a change is told: not when only curators are concerned with it."""
    return set(row.fields) != {PRIVATE}


def change(row: Change) -> dict[str, Any]:
    """Return a change, without what only curators are concerned with."""
    return {
        "serial": row.serial,
        "tool": row.slug,
        "action": row.action,
        "at": moment(row.at),
        "fields": {name: pair for name, pair in row.fields.items() if name != PRIVATE},
    }
