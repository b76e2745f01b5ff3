"""What is done with a submission by program: the real checks, sending, withdrawing, decisions, appeals."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, paging, preconditions, schema
from api.base import View
from api.problems import Problem
from api.rendering import moment
from api.shapes import submissions as shapes
from api.submitting import READ, WRITE, complete, held, incomplete, listed_already, mine, whole
from submissions import appeals, checking, limits, services
from submissions.models import Decision, Submission
from submissions.moving import Overtaken
from submissions.publishing import NotPublishable
from submissions.transitions import NotAllowed
from verification.models import Run
from verification.run_json import run_json

DECISIONS = paging.Paged[Decision]("decisions", ("-created_at", "-id"), shapes.appealed)


class AppealBody(serializers.Serializer[Any]):
    """Why a decision is wrong."""

    text = bodies.Text(max_length=4_000, help_text="for a reviewer who did not take part in it")


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
        parameters=[preconditions.IF_MATCH],
        problems=["conflict", "invalid", "not-found", "precondition-failed"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Send it. What is wrong with it is listed, and nothing is sent then."""
        mine(self, key)
        self.allow(limits.WRITE)
        try:
            with held(self, key) as row:
                twice = listed_already(row.record) if row.kind == Submission.Kind.NEW else ""
                if twice:
                    raise Problem("conflict", f"{twice} Nothing was sent.")
                services.send(row, by=self.caller.user)
        except services.Incomplete as error:
            raise incomplete(error.problems) from None
        except (services.Refused, NotAllowed, NotPublishable, Overtaken) as error:
            raise Problem("conflict", str(error)) from None
        row.refresh_from_db()
        return preconditions.tagged(whole(row))


class Withdrawal(View):
    """Taking back."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="withdraw_submission",
        tag="submissions",
        summary="Take a submission back before it is published",
        returns=shapes.WholeSubmissionShape,
        body=None,
        parameters=[preconditions.IF_MATCH],
        problems=["conflict", "not-found", "precondition-failed"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Withdraw it. What was published cannot be withdrawn; a change of it can be suggested."""
        mine(self, key)
        self.allow(limits.WRITE)
        try:
            with held(self, key) as row:
                services.withdraw(row, by=self.caller.user)
        except (NotAllowed, Overtaken) as error:
            raise Problem("conflict", str(error)) from None
        row.refresh_from_db()
        return preconditions.tagged(whole(row))


class Reopening(View):
    """Making a draft of it again."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="reopen_submission",
        tag="submissions",
        summary="Make a draft again of what was withdrawn or rejected",
        returns=shapes.WholeSubmissionShape,
        body=None,
        parameters=[preconditions.IF_MATCH],
        problems=["conflict", "not-found", "precondition-failed"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Open it again. What was rejected has to wait a day, later longer; a change starts from today's listing."""
        mine(self, key)
        self.allow(limits.WRITE)
        try:
            with held(self, key) as row:
                services.reopen(row, by=self.caller.user)
        except (services.Refused, NotAllowed, Overtaken) as error:
            raise Problem("conflict", str(error)) from None
        row.refresh_from_db()
        return preconditions.tagged(whole(row))


class DecisionsOfSubmission(View):
    """What was decided."""

    scopes = {"GET": READ}
    parameters = paging.PAGED

    @schema.documented(
        name="list_submission_decisions",
        tag="submissions",
        summary="What was decided about a submission and why, the latest first",
        returns=schema.pages_of(shapes.AppealedDecisionShape, "DecisionPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
    )
    def get(self, request: Request, key: str) -> Response:
        """Return decisions with the rule, the sentence and the evidence; who decided is not said."""
        rows = Decision.objects.filter(submission=mine(self, key)).select_related("appeal")
        return paging.answer(rows, DECISIONS, request)


class Filing(View):
    """An appeal."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="appeal_submission",
        tag="submissions",
        summary="Appeal against the last decision about a submission: another reviewer looks at it",
        returns=shapes.AppealedDecisionShape,
        body=AppealBody,
        problems=["conflict", "not-found"],
    )
    def post(self, request: Request, key: str) -> Response:
        """Take up an appeal against a rejection, a suspension or an archiving. Once, within six months."""
        row = mine(self, key)
        text = bodies.read(AppealBody, request)["text"]
        self.allow(limits.ANSWER)
        user: Any = self.caller.user
        decision = appeals.concerning(user).filter(submission=row).order_by("-created_at", "-id").first()
        if decision is None:
            raise Problem("conflict", "Nothing is decided about it yet, so there is nothing to appeal against.")
        try:
            appeals.file(decision, by=user, text=text)
        except services.Refused as error:
            raise Problem("conflict", str(error)) from None
        return Response(shapes.appealed(Decision.objects.select_related("appeal").get(pk=decision.pk)))


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
