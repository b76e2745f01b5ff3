"""Submitting by program: drafts, a dry run, the real checks, sending, withdrawing, decisions.

Everything here is one's own, whatever role an account has: what reviewers do asks for a second step, and a key is none.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, paging, schema
from api.base import View
from api.problems import Problem
from api.rendering import moment
from api.shapes import submissions as shapes
from api.shapes.record import RecordField
from catalog.models import Tool
from catalog.records import Record
from core.site import absolute
from submissions import checking, limits, record_parts, services, upload
from submissions.flow.saving import save_whole
from submissions.models import Decision, Submission
from submissions.models.submission import OPEN
from submissions.moving import Overtaken
from submissions.publishing import NotPublishable
from submissions.transitions import NotAllowed
from verification.models import Run
from verification.run_json import run_json

READ, WRITE = "submissions:read", "submissions:write"
SUBMISSIONS = paging.Paged[Submission]("submissions", ("-changed_at", "-id"), shapes.submission)
DECISIONS = paging.Paged[Decision]("decisions", ("-created_at", "-id"), shapes.decision)


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
        returns=shapes.WholeSubmissionShape,
        status=201,
        body=BeginBody,
        problems=["conflict", "not-found"],
    )
    def post(self, request: Request) -> Response:
        """Make a draft, which only its account sees. An open change of the same tool is gone on with."""
        asked = bodies.read(BeginBody, request)
        self.allow(limits.WRITE)
        record = record_of(asked["record"]) if "record" in asked else None
        tool = None
        if "tool" in asked:
            tool = Tool.objects.listed().filter(slug=asked["tool"]).first()
            if tool is None:
                raise bodies.invalid("/tool", f"No tool is listed as “{asked['tool']}”.")
        elif record is None:
            raise bodies.invalid("", "Send a record, or name the listed tool that is to be changed.")
        user: Any = self.caller.user
        if tool is not None and record is not None:
            _none_is_open(user, tool)
        try:
            made = services.begin(by=user, tool=tool, record=record)
        except services.Refused as error:
            raise Problem("conflict", str(error)) from None
        headers = {"Location": absolute(f"/api/v1/submissions/{made.key}")}
        return Response(_whole(made), status=201, headers=headers)


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
        twice = upload.listed_already(record)
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
        return Response(_whole(mine(self, key)))

    @schema.documented(
        name="change_submission",
        tag="submissions",
        summary="Put another record into a draft",
        returns=shapes.WholeSubmissionShape,
        body=ChangeBody,
        problems=["conflict", "not-found"],
    )
    def patch(self, request: Request, key: str) -> Response:
        """Replace the record. Names the version that it was made from: one that was changed meanwhile answers 409."""
        asked, row = bodies.read(ChangeBody, request), mine(self, key)
        self.allow(limits.WRITE)
        user: Any = self.caller.user
        try:
            row = save_whole(row, by=user, record=record_of(asked["record"]), version=asked["version"])
        except Overtaken:
            told = (
                "The draft has another version by now, or it was sent. Read it again, put your change into what it"
                " says, and name its version."
            )
            raise Problem("conflict", told) from None
        return Response(_whole(row))

    @schema.documented(
        name="delete_submission",
        tag="submissions",
        summary="Delete a draft that was never sent",
        returns=None,
        status=204,
        problems=["conflict", "not-found"],
    )
    def delete(self, request: Request, key: str) -> Response:
        """Delete a draft. What was sent once is withdrawn instead: what happened to it stays on record."""
        row = mine(self, key)
        self.allow(limits.WRITE)
        user: Any = self.caller.user
        try:
            services.discard(row, by=user)
        except services.Refused as error:
            raise Problem("conflict", str(error)) from None
        return Response(status=204)


class Checks(View):
    """The checks of a submission."""

    scopes = {"GET": READ, "POST": WRITE}

    @schema.documented(
        name="list_submission_checks",
        tag="submissions",
        summary="The last checks of a submission, step by step, also while they run",
        returns=shapes.ChecksShape,
        problems=["not-found"],
    )
    def get(self, request: Request, key: str) -> Response:
        """Return what the steps of the verification said of the addresses that the draft names."""
        response = Response(_checks(mine(self, key)))
        response.headers["Cache-Control"] = "no-store"
        return response

    @schema.documented(
        name="check_submission",
        tag="submissions",
        summary="Run the real checks on a draft; ask for them again until they have ended",
        returns=shapes.ChecksShape,
        status=202,
        body=None,
        problems=["conflict", "invalid", "not-found"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Begin the checks that sending would make, or go on with those under way."""
        row = mine(self, key)
        complete(row)
        self.allow(limits.CHECK)
        try:
            checking.self_check(row, by=self.caller.user)
        except Overtaken as error:
            raise Problem("conflict", str(error)) from None
        return Response(_checks(row), status=202)


class Sending(View):
    """Handing in."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="send_submission",
        tag="submissions",
        summary="Send a draft: it is checked, then reviewed; small changes of owners are published at once",
        returns=shapes.WholeSubmissionShape,
        body=None,
        problems=["conflict", "invalid", "not-found"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Send it. What is wrong with it is listed, and nothing is sent then."""
        row = mine(self, key)
        self.allow(limits.WRITE)
        twice = upload.listed_already(row.record) if row.kind == Submission.Kind.NEW else ""
        if twice:
            raise Problem("conflict", f"{twice} Nothing was sent.")
        try:
            services.send(row, by=self.caller.user)
        except services.Incomplete as error:
            raise incomplete(error.problems) from None
        except (services.Refused, NotAllowed, NotPublishable, Overtaken) as error:
            raise Problem("conflict", str(error)) from None
        row.refresh_from_db()
        return Response(_whole(row))


class Withdrawal(View):
    """Taking back."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="withdraw_submission",
        tag="submissions",
        summary="Take a submission back before it is published",
        returns=shapes.WholeSubmissionShape,
        body=None,
        problems=["conflict", "not-found"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Withdraw it. What was published cannot be withdrawn; a change of it can be suggested."""
        row = mine(self, key)
        self.allow(limits.WRITE)
        try:
            services.withdraw(row, by=self.caller.user)
        except (NotAllowed, Overtaken) as error:
            raise Problem("conflict", str(error)) from None
        row.refresh_from_db()
        return Response(_whole(row))


class DecisionsOfSubmission(View):
    """What was decided."""

    scopes = {"GET": READ}
    parameters = paging.PAGED

    @schema.documented(
        name="list_submission_decisions",
        tag="submissions",
        summary="What was decided about a submission and why, the latest first",
        returns=schema.pages_of(shapes.DecisionShape, "DecisionPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
    )
    def get(self, request: Request, key: str) -> Response:
        """Return decisions with the rule, the sentence and the evidence; who decided is not said."""
        return paging.answer(Decision.objects.filter(submission=mine(self, key)), DECISIONS, request)


def mine(view: View, key: str) -> Submission:
    """Return a submission of the caller's account. Raises Http404."""
    row = Submission.objects.of(view.caller.user).select_related("tool", "shadow").filter(key=key).first()
    if row is None:
        raise Http404("There is no such submission, or it is not yours.")
    return row


def record_of(data: Record) -> Record:
    """Return the record of a body, its texts cleaned. Raises Problem with all that is wrong when it cannot be kept."""
    record, wrong = record_parts.read(data)
    if not wrong:
        return record
    errors = [
        {"pointer": bodies.pointer("record", *place), "detail": f"{told[:1].upper()}{told[1:]}."}
        for place, told in wrong
    ]
    named = {place[0] for place, _ in wrong if place}
    sound = {name: value for name, value in record.items() if name not in named}
    rest = {name: told for name, told in services.problems(sound).items() if shapes.PART.split(name)[0] not in named}
    errors += shapes.wrong(rest)
    count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
    raise Problem("invalid", f"{count} wrong with the record; errors says where.", errors=errors[: bodies.MOST_ERRORS])


def _none_is_open(user: Any, tool: Tool) -> None:
    """Refuse a record for a change while another of the same tool is open: it would be passed over. Raises Problem."""
    mine_of = Submission.objects.of(user).filter(tool=tool, kind=Submission.Kind.CHANGE, state__in=OPEN)
    if found := mine_of.first():
        told = f"A change of {tool.slug} is open already, as the submission {found.key}. Change or withdraw that one."
        raise Problem("conflict", told)


def complete(row: Submission) -> None:
    """Refuse what is not complete. Raises Problem with all that is wrong."""
    if problems := services.problems(row.record):
        raise incomplete(problems)


def incomplete(problems: Any) -> Problem:
    """Return the problem of a record that cannot be sent as it is."""
    found = shapes.wrong(problems)
    return Problem(
        "invalid", "The record is not complete, or something in it cannot be; errors says where.", errors=found
    )


def _whole(row: Submission) -> dict[str, Any]:
    return shapes.whole(row, services.problems(row.record))


def _checks(row: Submission) -> dict[str, Any]:
    run = Run.objects.full().filter(tool=row.shadow_id).select_related("tool").newest_first().first()
    if run is None or row.shadow_id is None:
        return {"run": None, "state": "none", "started_at": None, "finished_at": None, "as_it_is": False, "steps": []}
    told = run_json(run)
    steps = []
    for one in told["steps"]:
        result = one["result"] or {}
        said = {name: result.get(name) for name in ("verdict", "code", "sentence")}
        steps.append({name: one[name] for name in ("key", "title", "subject", "state")} | said)
    return {
        "run": run.pk,
        "state": run.state,
        "started_at": moment(run.created_at),
        "finished_at": moment(run.finished_at),
        "as_it_is": checking.is_checked_as_it_is(row),
        "steps": steps,
    }
