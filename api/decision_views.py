"""What was decided: the public log, and one's own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from api import paging, parameters, schema
from api.base import PUBLIC, View, require
from api.shapes import decisions as shapes
from catalog.filters import BadParameter
from submissions import appeals
from submissions.models import Decision
from submissions.public import transparency

KIND, OWN = "decisions", "submissions:read"


def position(row: Any) -> str:
    """Return what a cursor of the log holds: its number and its moment would tell the day, which the log does not."""
    return str(row.key)


def place(key: str) -> tuple[dt.datetime, str, int]:
    """Return where the log has a decision. Raises BadParameter."""
    row = transparency.placed(Decision.objects.filter(key=key)).annotate(at=F("told"), said=F("words")).first()
    if row is None:
        raise BadParameter("cursor", "“cursor” goes on from a decision that is gone. Begin anew without it.")
    return row.at, row.said, row.pk


MINE = paging.Paged[Decision](KIND, ("-created_at", "-id"), shapes.own)
LOG = paging.Paged[Decision](KIND, ("-told", "words", "-id"), shapes.logged, position, place)


class Decisions(View):
    """Decisions."""

    scopes = {"GET": PUBLIC}
    parameters = ("mine", *paging.PAGED)

    @schema.documented(
        name="list_decisions",
        tag="submissions",
        summary="What was decided, the latest first: the public log, or in full what concerns the account",
        returns=schema.pages_of(shapes.LoggedDecisionShape, "DecisionLogPage"),
        parameters=[
            schema.text(
                "mine", "1: those that concern the account; needs submissions:read.", enum=["0", "1", "true", "false"]
            ),
            *schema.PAGED,
        ],
        problems=["missing-scope"],
    )
    def get(self, request: Request) -> Response:
        """Return the log without anybody's name. With `mine`: about what the account sent, reported or speaks for."""
        if not parameters.yes(paging.filters(KIND, request), "mine"):
            return paging.answer(transparency.logged(), LOG, request)
        require(self.caller, OWN)
        rows = appeals.concerning(self.caller.user).select_related("tool", "submission__tool")
        return paging.answer(rows, MINE, request)
