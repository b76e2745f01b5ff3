"""Who asks: the account behind a key, its keys, and what they used."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api import bodies, idempotency, keys, limits, paging, schema, usage
from api.base import PUBLIC, View
from api.models import ApiKey
from api.problems import Problem
from api.rendering import moment
from api.scopes import SCOPES
from core import clients
from core.site import absolute

LONGEST = 3_650  # days


class MeShape(serializers.Serializer[Any]):
    """Who asks, and by what."""

    id = serializers.UUIDField(help_text="what the site's logs call the account")
    email = serializers.EmailField()
    name = serializers.CharField(allow_null=True)
    by = serializers.ChoiceField(choices=["key", "token"])
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))
    key = serializers.CharField(allow_null=True, help_text="the beginning of the key that was sent")


class NumbersShape(serializers.Serializer[Any]):
    """What was used in some time."""

    requests = serializers.IntegerField()
    units = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="answered by 304, which costs nothing")
    refused = serializers.IntegerField(help_text="over a limit")
    errors = serializers.IntegerField(  # type: ignore[assignment]  # its name, not the serializer's errors
        help_text="any other answer from 400 on"
    )


class DayShape(NumbersShape):
    """A day."""

    day = serializers.DateField()


class UsageShape(serializers.Serializer[Any]):
    """What an account used in the last 30 days (UTC), all keys and tokens together."""

    total = NumbersShape()
    days = DayShape(many=True)
    units_a_minute = serializers.IntegerField(help_text="what each key may spend")
    units_a_day = serializers.IntegerField(help_text="what the account may spend")


class KeyShape(serializers.Serializer[Any]):
    """A key, without its secret."""

    prefix = serializers.CharField(help_text="its first eight characters after aicat_live_, which name it")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=list(SCOPES)))
    works = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="to the minute")
    replaces = serializers.CharField(allow_null=True, help_text="the prefix of the key whose place it took")


class NewKeyShape(KeyShape):
    """A key that was just made. `key` is shown this once."""

    key = serializers.CharField()


class MakeKeyShape(serializers.Serializer[Any]):
    """What a new key is for."""

    name = bodies.Line(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=list(SCOPES)), min_length=1, help_text="of those that the caller has"
    )
    lasts_days = serializers.IntegerField(
        min_value=1, max_value=LONGEST, allow_null=True, required=False, help_text="null: until it is revoked"
    )


class RotateShape(serializers.Serializer[Any]):
    """How long the old key goes on."""

    overlap_hours = serializers.IntegerField(min_value=0, max_value=720, required=False, default=24)


class LeakShape(serializers.Serializer[Any]):
    """A key that somebody found."""

    key = serializers.CharField(max_length=200)


class LeakAnswerShape(serializers.Serializer[Any]):
    """What became of it."""

    revoked = serializers.BooleanField(help_text="false: it is no key of this site, or worked no more")


def key_row(row: ApiKey) -> dict[str, Any]:
    """Return a key (with the one that it replaced fetched)."""
    return {
        "prefix": row.prefix,
        "name": row.name,
        "scopes": row.scopes,
        "works": row.works(timezone.now()),
        "created_at": moment(row.created_at),
        "expires_at": moment(row.expires_at),
        "revoked_at": moment(row.revoked_at),
        "last_used_at": moment(row.last_used_at),
        "replaces": row.replaced.prefix if row.replaced else None,
    }


KEYS = paging.Paged[ApiKey]("keys", ("-created_at", "-id"), key_row)


class Me(View):
    """Who asks."""

    scopes = {"GET": "account:read"}

    @schema.documented(name="get_me", tag="account", summary="Who asks, and what the key may do", returns=MeShape)
    def get(self, request: Request) -> Response:
        """Return the account behind the key or token."""
        caller = self.caller
        user: Any = caller.user
        return Response(
            {
                "id": str(user.public_id),
                "email": user.email,
                "name": user.name or None,
                "by": caller.kind,
                "scopes": sorted(caller.scopes),
                "key": caller.key.prefix if caller.key else None,
            }
        )


class MyUsage(View):
    """What one used."""

    scopes = {"GET": "account:read"}

    @schema.documented(
        name="get_my_usage",
        tag="account",
        summary="What the account used in the last 30 days, by day",
        returns=UsageShape,
    )
    def get(self, request: Request) -> Response:
        """Return requests and units; counts are written every few seconds."""
        user: Any = self.caller.user
        report = usage.of(user.pk, timezone.now().date())
        return Response(
            {
                "total": vars(report.total),
                "days": [{"day": day.isoformat(), **vars(row)} for day, row in report.days],
                "units_a_minute": limits.KEY.most,
                "units_a_day": limits.ACCOUNT_DAY.most,
            }
        )


class Keys(View):
    """One's keys."""

    scopes = {"GET": "account:read", "POST": "keys:write"}
    parameters = paging.PAGED

    @schema.documented(
        name="list_keys",
        tag="account",
        summary="Keys of the account, without their secrets, the latest first",
        returns=schema.pages_of(KeyShape, "KeyPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return keys that work and those that ended."""
        rows = ApiKey.objects.visible_to(self.caller.user).select_related("replaced")
        return paging.answer(rows, KEYS, request)

    @schema.documented(
        name="create_key",
        tag="account",
        summary="Make a key with no more than the scopes and the time of the caller",
        returns=NewKeyShape,
        status=201,
        body=MakeKeyShape,
        parameters=[idempotency.HEADER],
        problems=idempotency.PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        """Make a key. Its secret is in this answer and nowhere else."""
        asked = bodies.read(MakeKeyShape, request)
        idempotency.refuse_again(request)
        self.allow(limits.MAKE_KEY)
        over = sorted(set(asked["scopes"]) - self.caller.scopes)
        if over:
            told_ = f"The caller does not have {', '.join(over)} itself, so that a key of it cannot either."
            raise bodies.invalid("/scopes", told_)
        days, own = asked.get("lasts_days"), self.caller.key.expires_at if self.caller.key else None
        ends = timezone.now() + dt.timedelta(days=days) if days else None
        if own is not None:
            ends = min(ends, own) if ends else own
        user: Any = self.caller.user
        try:
            with transaction.atomic():
                row, key = keys.create(owner=user, name=asked["name"], scopes=asked["scopes"], expires_at=ends)
                idempotency.note(request, row.prefix)
        except keys.TooMany as error:
            raise Problem("conflict", str(error)) from None
        return _made(row, key)


class OneKey(View):
    """One of one's keys."""

    scopes = {"GET": "account:read", "DELETE": "keys:write"}

    @schema.documented(
        name="get_key", tag="account", summary="A key, without its secret", returns=KeyShape, problems=["not-found"]
    )
    def get(self, request: Request, prefix: str) -> Response:
        """Return a key of the account."""
        return Response(key_row(_mine(self, prefix)))

    @schema.documented(
        name="revoke_key",
        tag="account",
        summary="End a key at once, also the one that asks",
        returns=None,
        status=204,
        problems=["forbidden", "not-found"],
    )
    def delete(self, request: Request, prefix: str) -> Response:
        """Revoke a key with no more scopes than the caller has; one that has ended already stays as it is."""
        row, user = _mine(self, prefix), cast("User", self.caller.user)
        _within(self, row)
        keys.revoke(row, by=user)
        return Response(status=204)


class Rotation(View):
    """A key's successor."""

    scopes = {"POST": "keys:write"}

    @schema.documented(
        name="rotate_key",
        tag="account",
        summary="Make a key that takes the place of another; both work for a while",
        returns=NewKeyShape,
        status=201,
        body=RotateShape,
        parameters=[idempotency.HEADER],
        problems=["forbidden", "not-found", *idempotency.PROBLEMS],
    )
    def post(self, request: Request, prefix: str) -> Response:
        """Make the successor of a key: the same name, scopes and time. The old one ends after the overlap."""
        asked, row = bodies.read(RotateShape, request), _mine(self, prefix)
        idempotency.refuse_again(request)
        self.allow(limits.MAKE_KEY)
        _within(self, row)
        try:
            until = self.caller.key.expires_at if self.caller.key else None
            with transaction.atomic():
                new, key = keys.rotate(row, ends_in=dt.timedelta(hours=asked["overlap_hours"]), until=until)
                idempotency.note(request, new.prefix)
        except (keys.NotLive, keys.TooMany) as error:
            raise Problem("conflict", str(error)) from None
        return _made(new, key)


class Leaks(View):
    """Keys that were found."""

    scopes = {"POST": PUBLIC}

    @schema.documented(
        name="report_key",
        tag="account",
        summary="Report a key that you found where others can read it: it is revoked at once",
        returns=LeakAnswerShape,
        body=LeakShape,
    )
    def post(self, request: Request) -> Response:
        """Revoke a key that somebody found. Whoever has it may do that: it is the key that proves it."""
        asked = bodies.read(LeakShape, request)
        self.allow(limits.LEAKS, clients.network(request._request))
        found = keys.found_as(asked["key"].strip())
        return Response({"revoked": found is not None and keys.revoke(found, by=None, leaked=True)})


def _mine(view: View, prefix: str) -> ApiKey:
    rows = ApiKey.objects.visible_to(view.caller.user).select_related("replaced", "owner")
    row = rows.filter(prefix=prefix).first()
    if row is None:
        raise Http404("There is no such key, or it is not yours.")
    return row


def _within(view: View, row: ApiKey) -> None:
    """Let nobody make or end what may do more than they. Raises Problem."""
    if set(row.scopes) - view.caller.scopes:
        raise Problem("forbidden", "That key has scopes which the caller does not have.")


def _made(row: ApiKey, key: str) -> Response:
    return Response(
        {**key_row(row), "key": key}, status=201, headers={"Location": absolute(f"/api/v1/keys/{row.prefix}")}
    )
