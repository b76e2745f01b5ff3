"""What was seen of a tool: its standing, claims, health, incidents, runs and their evidence."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import paging, parameters, schema
from api.base import PUBLIC, View
from api.found import listed_tool
from api.rendering import moment
from api.shapes import verification as shapes
from api.shapes.tools import LEVEL_NAMES
from catalog.choices import LISTED
from catalog.models import Tool
from verification import summary
from verification.claims.services import holding
from verification.listing import listing_of
from verification.models import Claim, Incident, Run
from verification.over_time import OverTime, over_time
from verification.run_json import run_json, stored_text

RUNS = paging.Paged[Run]("runs", ("-created_at", "-id"), lambda row: shapes.run(row, row.tool.slug))
INCIDENTS = paging.Paged[Incident](
    "incidents", ("-began_at", "-id"), lambda row: shapes.incident(row, row.endpoint.tool.slug)
)
WAIT = "no-store"  # of what is about to change


def known(request: Request, slug: str) -> tuple[Tool, OverTime]:
    """Return a listed tool and what is known of it over time. At most 14 statements."""
    rows = Tool.objects.prefetch_related("plans", "interfaces")
    tool = listed_tool(request, slug, rows)
    return tool, over_time(tool, hours=True)


class Verification(View):
    """What may be said of a tool."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_tool_verification",
        tag="verification",
        summary="What may be said of a tool, by what, until when, and whether it works",
        returns=shapes.VerificationShape,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return level, claims, health and the last run. A level rests on claims, each with evidence and a date."""
        tool, over = known(request, slug)
        checked, at = summary.checked(tool), timezone.now()
        claims = [row for row in over.claims if row.claim]
        return Response(
            {
                **shapes.health(tool, over),
                "level": tool.level,
                "name": LEVEL_NAMES[tool.level],
                "since": moment(tool.level_since),
                "missing": list(over.missing),
                "claims": [shapes.claim(row.claim, at, holds=row.words == "Holds") for row in claims if row.claim],
                "next_to_expire": over.next.kind if over.next else None,
                "latest_run": shapes.run(checked.run, tool.slug) if checked.run else None,
                "running": checked.running is not None,
            }
        )


class Health(View):
    """Whether a tool works."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_tool_health",
        tag="verification",
        summary="Whether a tool works right now, address by address, and its uptime",
        returns=shapes.HealthShape,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return each watched address with its state; what could not be told counts neither way."""
        tool, over = known(request, slug)
        return Response(shapes.health(tool, over))


class Claims(View):
    """All claims of a tool."""

    scopes = {"GET": PUBLIC}
    parameters = paging.PAGED

    @schema.documented(
        name="list_tool_claims",
        tag="verification",
        summary="All that was ever proved of a tool, the latest first, with receipts",
        returns=schema.pages_of(shapes.ClaimShape, "ClaimPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return claims that hold and those that ended."""
        tool = listed_tool(request, slug, Tool.objects.prefetch_related("plans", "interfaces"))
        at = timezone.now()
        held = {
            one.pk for one in holding(Claim.objects.filter(tool=tool, ended_at=None), listing_of(tool), at).values()
        }
        listed = paging.Paged[Claim](
            f"claims {tool.pk}", ("-granted_at", "-id"), lambda row: shapes.claim(row, at, holds=row.pk in held)
        )
        return paging.answer(Claim.objects.filter(tool=tool), listed, request)


class Incidents(View):
    """Incidents of all tools."""

    scopes = {"GET": PUBLIC}
    parameters = ("open", *paging.PAGED)

    @schema.documented(
        name="list_incidents",
        tag="verification",
        summary="Times in which addresses of listed tools were unreachable, the latest first",
        returns=schema.pages_of(shapes.IncidentShape, "IncidentPage"),
        parameters=[
            schema.text("open", "1: only those that are open.", enum=["0", "1", "true", "false"]),
            *schema.PAGED,
        ],
    )
    def get(self, request: Request) -> Response:
        """Return incidents with their timelines."""
        rows = Incident.objects.filter(endpoint__tool__status__in=LISTED)
        if parameters.yes(paging.filters("incidents", request), "open"):
            rows = rows.open()
        return paging.answer(rows.select_related("endpoint__tool").prefetch_related("updates"), INCIDENTS, request)


class IncidentsOfTool(View):
    """Incidents of a tool."""

    scopes = {"GET": PUBLIC}
    parameters = paging.PAGED

    @schema.documented(
        name="list_tool_incidents",
        tag="verification",
        summary="Times in which addresses of a tool were unreachable, the latest first",
        returns=schema.pages_of(shapes.IncidentShape, "ToolIncidentPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return incidents with their timelines."""
        tool = listed_tool(request, slug)
        rows = Incident.objects.filter(endpoint__tool=tool).select_related("endpoint__tool").prefetch_related("updates")
        return paging.answer(rows, INCIDENTS, request)


class Runs(View):
    """Runs of a tool."""

    scopes = {"GET": PUBLIC}
    parameters = paging.PAGED

    @schema.documented(
        name="list_tool_runs",
        tag="verification",
        summary="Verifications of a tool, the latest first",
        returns=schema.pages_of(shapes.RunShape, "RunPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return runs, whole and light ones."""
        tool = listed_tool(request, slug)
        return paging.answer(Run.objects.filter(tool=tool).select_related("tool"), RUNS, request)


class RunDetailShape(serializers.Serializer[Any]):
    """A run with every step, its result and its exchanges (docs/verification.md)."""

    run = serializers.IntegerField()
    tool = serializers.SlugField()
    url = serializers.URLField()
    state = serializers.ChoiceField(choices=Run.State.values)
    trigger = serializers.ChoiceField(choices=Run.Trigger.values)
    light = serializers.BooleanField()
    vantage = serializers.CharField()
    checker = serializers.CharField()
    fingerprint = serializers.CharField(help_text="sha256 of the listing that was verified")
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counts = shapes.CountsShape()
    steps = shapes.RunStepShape(many=True)
    evidence = serializers.DictField(child=serializers.DictField(), help_text="bodies that are kept, by sha256")


def listed_run(slug: str, run: int) -> Run:
    """Return a run of a listed tool. Raises Http404."""
    found = Run.objects.filter(pk=run, tool__slug=slug, tool__status__in=LISTED).select_related("tool").first()
    if found is None:
        raise Http404(f"There is no run {run} of “{slug}”. /api/v1/tools/{slug}/runs names all there are.")
    return found


class OneRun(View):
    """One run."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_tool_run",
        tag="verification",
        summary="One verification: every step, what it saw, what was sent and received",
        returns=RunDetailShape,
        problems=["not-found"],
    )
    def get(self, request: Request, slug: str, run: int) -> Response:
        """Return the evidence of a run. One that is under way has the results that are there."""
        found = listed_run(slug, run)
        response = Response(run_json(found))
        if found.state == Run.State.RUNNING:
            response.headers["Cache-Control"] = WAIT
        return response


class Evidence(View):
    """A stored body."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_tool_evidence",
        tag="verification",
        summary="A text that a run received or sent, as it was stored",
        returns=OpenApiResponse(OpenApiTypes.STR, description="The text."),
        media_type="text/plain",
        problems=["not-found"],
    )
    def get(self, request: Request, slug: str, run: int, sha256: str) -> HttpResponse:
        """Return a body as text to download, whatever it was: nothing in it is to be believed or run."""
        text = stored_text(listed_run(slug, run), sha256)
        if text is None:
            raise Http404("This run has no such text, or it is no longer kept: texts are kept for 90 days.")
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="{sha256[:12]}.txt"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
