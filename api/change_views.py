"""What changed: the change log, in the order of commits."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters, schema
from api.base import PUBLIC, View
from api.rendering import moment
from catalog.changes import PRIVATE, public
from catalog.filters import BadParameter
from catalog.models import Change

MOST, USUAL = 1_000, 500
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

    @schema.documented(
        name="list_changes",
        tag="catalog",
        summary="What changed in the catalog since a serial, in the order of commits",
        returns=ChangesShape,
        parameters=[
            OpenApiParameter("since", SINCE, description="The last serial that you have; 0 for the beginning."),
            OpenApiParameter("limit", LIMIT, description="Changes at once."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Return changes, oldest first. Serials follow the order of commits: none can appear later. Two statements."""
        since = parameters.whole(self.query, "since", 0, 0, BIGGEST)
        limit = parameters.whole(self.query, "limit", USUAL, 1, MOST)
        rows = list(Change.objects.since(since)[: limit + 1])
        if not rows and since:
            _refuse_future(since)
        more, rows = len(rows) > limit, rows[:limit]
        return Response(
            {
                "changes": [change(row) for row in public(rows)],
                "last_serial": rows[-1].serial if rows else since,
                "has_more": more,
            }
        )


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


def change(row: Change) -> dict[str, Any]:
    """Return a change, without what only curators are concerned with."""
    return {
        "serial": row.serial,
        "tool": row.slug,
        "action": row.action,
        "at": moment(row.at),
        "fields": {name: pair for name, pair in row.fields.items() if name != PRIVATE},
    }
