"""Proving by program that a name is one's own: challenges, looks at what was published, and what is proved."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, idempotency, paging, schema
from api.base import View
from api.problems import Problem
from api.shapes import ownership as shapes
from catalog.models import Tool
from core.site import absolute
from submissions import limits
from submissions.owner_forms import FIELD_OF
from verification import ownership
from verification.domains import host_of, registrable
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import ClaimState, Method
from verification.ownership import owners

READ, WRITE = "ownership:read", "ownership:write"
# too many at once, or somebody has to be left alone for a while: nothing in the body is wrong
LATER = {"too_many_starts", "too_many_open", "too_many_mails", "no_turn"}


class ChallengeBody(serializers.Serializer[Any]):
    """What to prove, and how: a name, or the listed tool whose home page it is."""

    name = bodies.Line(max_length=300, required=False, help_text="a domain, a host, or pkg:pypi/NAME, pkg:npm/NAME")
    tool = serializers.SlugField(required=False, help_text="a listed tool: the host of its home page")
    method = serializers.ChoiceField(choices=Method.choices)
    address = bodies.Line(max_length=254, required=False, help_text="by e-mail: where the link goes, admin@ by default")


class Challenges(View):
    """One's challenges."""

    scopes = {"GET": READ, "POST": WRITE}
    parameters = paging.PAGED

    @schema.documented(
        name="list_challenges",
        tag="ownership",
        summary="Proofs that the account began, the latest first, without their tokens",
        returns=schema.pages_of(shapes.ChallengeShape, "ChallengePage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return open challenges, and those that ended in the last 90 days."""
        at = timezone.now()
        listed = paging.Paged[OwnershipChallenge](
            "challenges", ("-created_at", "-id"), lambda row: shapes.challenge(row, at)
        )
        return paging.answer(_challenges(self), listed, request)

    @schema.documented(
        name="create_challenge",
        tag="ownership",
        summary="Begin to prove that a domain, a host or a package is yours",
        returns=shapes.NewChallengeShape,
        status=201,
        body=ChallengeBody,
        parameters=[idempotency.HEADER],
        problems=idempotency.PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        """Return a token and where to publish it. It replaces an open challenge for the same name and method."""
        asked = bodies.read(ChallengeBody, request)
        idempotency.refuse_again(request)
        self.allow(limits.PROVE)
        name, method, user = _name(asked), Method(asked["method"]), self.caller.user
        address = asked.get("address", "")
        if method == Method.EMAIL:
            address = address or f"admin@{registrable(host_of(f'https://{name}') or name)}"
        try:
            begun = ownership.start(
                account=user, typed=name, method=method, address=address,
                within=lambda made: idempotency.note(request, made.token_id),
            )  # fmt: skip
        except ownership.BadName as error:
            if error.code in LATER:
                raise Problem("conflict", error.message) from None
            raise bodies.invalid(_place(error.code, asked), error.message) from None
        body = shapes.challenge(begun.challenge, timezone.now())
        headers = {"Location": absolute(f"/api/v1/ownership/challenges/{begun.challenge.token_id}")}
        shown = {"token": begun.token or None, "instructions": begun.instructions}
        return Response(body | shown, status=201, headers=headers)


class OneChallenge(View):
    """A challenge."""

    scopes = {"GET": READ}

    @schema.documented(
        name="get_challenge",
        tag="ownership",
        summary="A proof that was begun, and what the last look saw",
        returns=shapes.ChallengeShape,
        problems=["not-found"],
    )
    def get(self, request: Request, token_id: str) -> Response:
        """Return a challenge of the account, without its token: only a hash of it is kept."""
        return Response(shapes.challenge(mine(self, token_id), timezone.now()))


class CheckOfChallenge(View):
    """A look at what was published."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="check_challenge",
        tag="ownership",
        summary="Look now whether the token is published; takes up to 20 seconds",
        returns=shapes.CheckedChallengeShape,
        body=None,
        problems=["bad-body", "not-found", "too-large", "unsupported-media-type", "too-many"],
    )
    def post(self, request: Request, token_id: str) -> Response:
        """Look, and say what was seen: pass makes the claim verified. May be repeated, after ten seconds."""
        row = mine(self, token_id)
        self.allow(limits.PROVE)
        outcome = ownership.check(challenge=row)
        row = mine(self, token_id)
        seen = {"verdict": str(outcome.verdict), "code": outcome.code, "sentence": outcome.sentence}
        return Response({**shapes.challenge(row, timezone.now()), "seen": seen})


class OwnershipClaims(View):
    """What one has proved."""

    scopes = {"GET": READ}
    parameters = paging.PAGED

    @schema.documented(
        name="list_ownership_claims",
        tag="ownership",
        summary="What the account proved to own: until when each counts, and which tools it covers",
        returns=schema.pages_of(shapes.OwnershipClaimShape, "OwnershipClaimPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return claims that count, those that wait for a proof, and those that are lost; the latest first."""
        at, user = timezone.now(), self.caller.user
        rows = OwnershipClaim.objects.filter(account=user.pk).exclude(state=ClaimState.UNVERIFIED)
        held = list(OwnershipClaim.objects.holding(at).filter(account=user.pk))
        tools = list(Tool.objects.listed().filter(owners.about(held)).by_name()) if held else []
        listed = paging.Paged[OwnershipClaim]("ownership claims", ("-id",), lambda row: shapes.claim(row, at, tools))
        return paging.answer(rows.select_related("account"), listed, request)


def mine(view: View, token_id: str) -> OwnershipChallenge:
    """Return a challenge of the caller's account. Raises Http404."""
    row = _challenges(view).filter(token_id=token_id).first()
    if row is None:
        raise Http404("There is no such challenge, or it is not yours.")
    return row


def _challenges(view: View) -> QuerySet[OwnershipChallenge]:
    return OwnershipChallenge.objects.filter(claim__account=view.caller.user.pk).select_related("claim__account")


def _name(asked: dict[str, Any]) -> str:
    """Return what is to be proved; without "www." where DNS proves the domain, as the page does. Raises Problem."""
    if ("name" in asked) == ("tool" in asked):
        raise bodies.invalid("", "Name what you want to prove, or the listed tool whose home page it is: one of both.")
    name = str(asked.get("name", ""))
    if "tool" in asked:
        tool = Tool.objects.listed().filter(slug=asked["tool"]).first()
        if tool is None:
            raise bodies.invalid("/tool", f"No tool is listed as “{asked['tool']}”.")
        name = host_of(tool.homepage) or ""
    host = name.rpartition("://")[2].partition("/")[0].lower()
    if asked["method"] == Method.DNS_TXT and host.startswith("www.") and registrable(host) == host[4:]:
        return host[4:]
    return name


def _place(code: str, asked: dict[str, Any]) -> str:
    """Return the pointer to what has to change in the body for a name that cannot be proved so."""
    field = {"name": "name" if "name" in asked else "tool", "mailbox": "address"}.get(FIELD_OF.get(code, "name"))
    return bodies.pointer(field or "method")
