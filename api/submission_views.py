"""Submitting by program: drafts and a dry run. What is done with a draft: submission_step_views.py.

Everything here is one's own, whatever role an account has: what reviewers do asks for a second step, and a key is none.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, idempotency, paging, preconditions, schema
from api.base import View
from api.problems import Problem
from api.shapes import submissions as shapes
from api.shapes.record import RecordField
from api.submitting import READ, WRITE, held, listed_already, mine, record_of, whole
from catalog.models import Tool
from catalog.records import Record
from core.site import absolute
from submissions import limits, services
from submissions.flow.saving import save_whole
from submissions.models import Submission
from submissions.models.submission import OPEN
from submissions.moving import Overtaken

SUBMISSIONS = paging.Paged[Submission]("submissions", ("-changed_at", "-id"), shapes.submission)


class RecordBody(serializers.Serializer[Any]):
    """A record to look at."""

    record = RecordField()


class BeginBody(serializers.Serializer[Any]):
    """A new submission: a record, which may be incomplete; or the listed tool that is to be changed."""

    record = RecordField(required=False)
    tool = serializers.SlugField(
        required=False, help_text="a change of this listed tool; without a record it begins with what is listed"
    )


class ChangeBody(serializers.Serializer[Any]):
    """The record as it shall be, and the version that it was made from."""

    record = RecordField(help_text="the whole of it: what is left out is taken out")
    version = serializers.IntegerField(min_value=0)


class Submissions(View):
    """One's submissions."""

    scopes = {"GET": READ, "POST": WRITE}
    parameters = paging.PAGED

    @schema.documented(
        name="list_submissions",
        tag="submissions",
        summary="Submissions of the account, the last changed first",
        returns=schema.pages_of(shapes.SubmissionShape, "SubmissionPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return drafts and what was sent."""
        rows = Submission.objects.of(self.caller.user).select_related("tool")
        return paging.answer(rows, SUBMISSIONS, request)

    @schema.documented(
        name="create_submission",
        tag="submissions",
        summary="Begin a draft: of a new tool, or of a change of a listed one",
        returns=shapes.BegunSubmissionShape,
        status=201,
        body=BeginBody,
        parameters=[idempotency.HEADER],
        problems=["not-found", *idempotency.PROBLEMS],
    )
    def post(self, request: Request) -> Response:
        """Make a draft, which only its account sees. An open change of the same tool is gone on with.

        When the same record was sent before and is still open, “same_as” names it.
        """
        asked = bodies.read(BeginBody, request)
        record = record_of(asked["record"]) if "record" in asked else None

        def make() -> Response:
            self.allow(limits.WRITE)
            return _made(_begun(self.caller.user, asked.get("tool"), record))

        return idempotency.once(request, make, lambda key: _made(mine(self, key)))


class Validation(View):
    """A dry run."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="validate_submission",
        tag="submissions",
        summary="Say all that is wrong with a record, and whether it is listed already; nothing is written",
        returns=shapes.VerdictShape,
        body=RecordBody,
    )
    def post(self, request: Request) -> Response:
        """Judge a record as sending it would, before its addresses are looked at."""
        record = record_of(bodies.read(RecordBody, request)["record"])
        problems = shapes.wrong(services.problems(record))
        twice = listed_already(record)
        return Response({"valid": not problems and not twice, "problems": problems, "listed_already": twice or None})


class OneSubmission(View):
    """A submission."""

    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @schema.documented(
        name="get_submission",
        tag="submissions",
        summary="A submission with its record and what keeps it from being sent",
        returns=shapes.WholeSubmissionShape,
        problems=["not-found"],
    )
    def get(self, request: Request, key: str) -> Response:
        """Return a submission of the account."""
        return preconditions.tagged(whole(mine(self, key)))

    @schema.documented(
        name="change_submission",
        tag="submissions",
        summary="Put another record into a draft",
        returns=shapes.WholeSubmissionShape,
        body=ChangeBody,
        parameters=[preconditions.IF_MATCH],
        problems=["conflict", "not-found", "precondition-failed"],
    )
    def patch(self, request: Request, key: str) -> Response:
        """Replace the record. Names the version that it was made from: one that was changed meanwhile answers 409."""
        asked = bodies.read(ChangeBody, request)
        mine(self, key)
        self.allow(limits.WRITE)
        user: Any = self.caller.user
        record = record_of(asked["record"])
        try:
            with held(self, key) as draft:
                row = save_whole(draft, by=user, record=record, version=asked["version"])
        except Overtaken:
            told = (
                "The draft has another version by now, or it was sent. Read it again, put your change into what it"
                " says, and name its version."
            )
            raise Problem("conflict", told) from None
        return preconditions.tagged(whole(row))

    @schema.documented(
        name="delete_submission",
        tag="submissions",
        summary="Delete a draft that was never sent",
        returns=None,
        status=204,
        parameters=[preconditions.IF_MATCH],
        problems=["conflict", "not-found", "precondition-failed"],
    )
    def delete(self, request: Request, key: str) -> Response:
        """Delete a draft. What was sent once is withdrawn instead: what happened to it stays on record."""
        mine(self, key)
        self.allow(limits.WRITE)
        user: Any = self.caller.user
        try:
            with held(self, key) as row:
                services.discard(row, by=user)
        except services.Refused as error:
            raise Problem("conflict", str(error)) from None
        return Response(status=204)


def _begun(user: Any, slug: str | None, record: Record | None) -> Submission:
    """Return a new draft, or the open change that is gone on with. Raises Problem."""
    tool = None
    if slug is not None:
        tool = Tool.objects.listed().filter(slug=slug).first()
        if tool is None:
            raise bodies.invalid("/tool", f"No tool is listed as “{slug}”.")
        if record == {}:
            told = "The record is empty. Leave it out to begin with what is listed, or send the whole of it."
            raise bodies.invalid("/record", told)
        if record is not None:
            _none_is_open(user, tool)
    elif record is None:
        raise bodies.invalid("", "Send a record, or name the listed tool that is to be changed.")
    try:
        return services.begin(by=user, tool=tool, record=record)
    except services.Refused as error:
        raise Problem("conflict", str(error)) from None


def _made(row: Submission) -> Response:
    row.refresh_from_db()  # the record in the order of the database, so that the ETag is that of a later GET
    said, same = whole(row), services.same_before(row)
    headers = {"Location": absolute(f"/api/v1/submissions/{row.key}"), "ETag": preconditions.etag(said)}
    return Response({**said, "same_as": same.key if same else None}, status=201, headers=headers)


def _none_is_open(user: Any, tool: Tool) -> None:
    """Refuse a record for a change while another of the same tool is open: it would be passed over. Raises Problem."""
    mine_of = Submission.objects.of(user).filter(tool=tool, kind=Submission.Kind.CHANGE, state__in=OPEN)
    if found := mine_of.first():
        told = f"A change of {tool.slug} is open already, as the submission {found.key}. Change or withdraw that one."
        raise Problem("conflict", told)
