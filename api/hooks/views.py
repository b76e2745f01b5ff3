"""One's webhooks, by program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from api import bodies, idempotency, limits, paging, preconditions, schema
from api.base import View, require
from api.hooks import events, services, shapes
from api.hooks.services import NotNow, TooMany, Wanted, Wrong
from api.models import WebhookDelivery, WebhookEndpoint
from api.problems import Problem
from core.ratelimit import Limit
from core.site import absolute

READ, WRITE, LISTS = "webhooks:read", "webhooks:write", "lists:read"
NO_HOOK = "There is no such webhook, or it is not yours."
HOOKS = paging.Paged[WebhookEndpoint]("webhooks", ("-created_at", "-id"), shapes.webhook)
DELIVERIES = paging.Paged[WebhookDelivery]("webhook_deliveries", ("-id",), shapes.delivery)


class Webhooks(View):
    """One's webhooks."""

    scopes = {"GET": READ, "POST": WRITE}
    parameters = paging.PAGED

    @schema.documented(
        name="list_webhooks",
        tag="webhooks",
        summary="Webhooks of the account, without their secrets, the latest first",
        returns=schema.pages_of(shapes.WebhookShape, "WebhookPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return webhooks, also those that are paused or disabled."""
        return paging.answer(WebhookEndpoint.objects.visible_to(self.caller.user), HOOKS, request)

    @schema.documented(
        name="create_webhook",
        tag="webhooks",
        summary="Have changes told to an address of yours, signed",
        returns=shapes.NewWebhookShape,
        status=201,
        body=shapes.MakeWebhookBody,
        parameters=[idempotency.HEADER],
        problems=idempotency.PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        """Make a webhook. Its secret is in this answer and nowhere else. only=kept needs lists:read too."""
        asked = bodies.read(shapes.MakeWebhookBody, request)
        idempotency.refuse_again(request)
        self.allow(limits.MAKE_HOOK)
        asked.setdefault("types", [*events.TYPES])
        asked.setdefault("slugs", [])
        _may_tell(self, asked["only"])
        try:
            with transaction.atomic():
                row, secret = services.create(account=_account(self), wanted=Wanted(**asked))
                idempotency.note(request, row.key)
        except Wrong as error:
            raise bodies.invalid(f"/{error.where}", str(error)) from None
        except TooMany as error:
            raise Problem("conflict", str(error)) from None
        return _shown(row, secret, 201)


class OneWebhook(View):
    """One of one's webhooks."""

    scopes = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}

    @schema.documented(
        name="get_webhook", tag="webhooks", summary="A webhook, without its secret", returns=shapes.WebhookShape,
        problems=["not-found"],
    )  # fmt: skip
    def get(self, request: Request, hook: str) -> Response:
        """Return a webhook of the account."""
        return preconditions.tagged(shapes.webhook(_mine(self, hook)))

    @schema.documented(
        name="change_webhook",
        tag="webhooks",
        summary="Change a webhook, pause or resume it",
        returns=shapes.WebhookShape,
        body=shapes.WebhookBody,
        parameters=[preconditions.IF_MATCH],
        problems=["not-found", "conflict", "precondition-failed"],
    )
    def patch(self, request: Request, hook: str) -> Response:
        """Set what the body names. After a pause what happened meanwhile is sent; after it was disabled it is not.

        only=kept needs lists:read too.
        """
        asked = bodies.read(shapes.WebhookBody, request)
        _mine(self, hook)
        self.allow(limits.CHANGE_HOOKS)
        state, by = asked.pop("state", ""), _account(self)
        if asked.get("only", WebhookEndpoint.Only.TOOLS) != WebhookEndpoint.Only.TOOLS:
            asked.setdefault("slugs", [])  # those that it was told of till now are none that somebody names
        try:
            with _held(self, hook) as held:
                said = {name: asked.get(name, getattr(held, name)) for name in Wanted.__dataclass_fields__}
                if asked:  # also the address alone: what is private would go elsewhere
                    for only in (held.only, said["only"]):  # or what waits of somebody's lists would go elsewhere
                        _may_tell(self, only, kept=services.waits_for_kept(held))
                row = services.change(held, Wanted(**said), by=by) if asked else held
                if state:
                    row = (services.pause if state == "paused" else services.resume)(row, by=by)
        except Wrong as error:
            raise bodies.invalid(f"/{error.where}", str(error)) from None
        except NotNow as error:
            raise Problem("conflict", str(error)) from None
        return preconditions.tagged(shapes.webhook(row))

    @schema.documented(
        name="delete_webhook", tag="webhooks", summary="Remove a webhook and what is known of its deliveries",
        returns=None, status=204, parameters=[preconditions.IF_MATCH], problems=["not-found", "precondition-failed"],
    )  # fmt: skip
    def delete(self, request: Request, hook: str) -> Response:
        """Remove a webhook for good; nothing more is sent there."""
        _mine(self, hook)
        self.allow(limits.CHANGE_HOOKS)
        with _held(self, hook) as row:
            services.remove(row, by=_account(self))
        return Response(status=204)


class WebhookTest(View):
    """A test event."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="test_webhook", tag="webhooks", summary="Have a test event sent within seconds",
        returns=shapes.DeliveryShape, status=202, problems=["not-found", "conflict"],
    )  # fmt: skip
    def post(self, request: Request, hook: str) -> Response:
        """Send an event of the type catalog.test; its delivery says how it went."""
        row = _mine(self, hook)
        return _queued(self, limits.SEND_HOOK, lambda: services.send_test(row, by=_account(self)))


class WebhookRotation(View):
    """Another secret."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="rotate_webhook", tag="webhooks", summary="Give a webhook another secret; both sign for 24 hours",
        returns=shapes.NewWebhookShape, problems=["not-found"],
    )  # fmt: skip
    def post(self, request: Request, hook: str) -> Response:
        """Make another secret. It is in this answer and nowhere else."""
        row = _mine(self, hook)
        self.allow(limits.CHANGE_HOOKS)
        return _shown(*services.rotate(row, by=_account(self)), 200)


class WebhookDeliveries(View):
    """What was sent."""

    scopes = {"GET": READ}
    parameters = paging.PAGED

    @schema.documented(
        name="list_webhook_deliveries",
        tag="webhooks",
        summary="Events for a webhook and how they went, the latest first",
        returns=schema.pages_of(shapes.DeliveryShape, "DeliveryPage"),
        parameters=schema.PAGED,
        problems=["not-found"],
    )
    def get(self, request: Request, hook: str) -> Response:
        """Return the deliveries of the last 30 days, and those that still wait. only=kept needs lists:read too.

        Without it, those made while the webhook told of what you keep are left out, whatever it tells of now.
        """
        row = _mine(self, hook)
        _may_tell(self, row.only)
        rows = WebhookDelivery.objects.filter(endpoint=row)
        if LISTS not in self.caller.scopes:
            rows = rows.filter(of_kept=False)
        return paging.answer(shapes.with_tries(rows), DELIVERIES, request)


class WebhookRedelivery(View):
    """An event once more."""

    scopes = {"POST": WRITE}

    @schema.documented(
        name="redeliver_webhook", tag="webhooks", summary="Have an event sent again within seconds, with the same id",
        returns=shapes.DeliveryShape, status=202, problems=["not-found", "conflict"],
    )  # fmt: skip
    def post(self, request: Request, hook: str, event: str) -> Response:
        """Send an event again, whatever came of it before. One of what you keep needs lists:read too."""
        endpoint = _mine(self, hook)
        _may_tell(self, endpoint.only)
        row = WebhookDelivery.objects.select_related("endpoint").filter(endpoint=endpoint, event_id=event).first()
        if row is None:
            raise Http404("There is no such delivery; they are kept for 30 days.")
        _may_tell(self, endpoint.only, kept=row.of_kept)
        return _queued(self, limits.SEND_HOOK, lambda: services.redeliver(row, by=_account(self)))


def _queued(view: View, limit: Limit, do: Any) -> Response:
    view.allow(limit)
    try:
        row = shapes.with_tries(WebhookDelivery.objects.filter(pk=do().pk)).get()
        return Response(shapes.delivery(row), status=202)
    except NotNow as error:
        raise Problem("conflict", str(error)) from None


def _shown(row: WebhookEndpoint, secret: str, status: int) -> Response:
    where = {"Location": absolute(f"/api/v1/webhooks/{row.key}")} if status == 201 else {}
    row.refresh_from_db()
    said = shapes.webhook(row)
    tag = {"ETag": preconditions.etag(said)}  # of what GET answers, to go on from
    return Response({**said, "secret": secret}, status=status, headers={**where, **tag})


def _account(view: View) -> User:
    user: Any = view.caller.user
    found: User = user
    return found


def _may_tell(view: View, only: str, *, kept: bool = False) -> None:
    """Let nobody learn by a webhook which tools somebody saved who may not read it. Raises Problem.

    `kept`: it is about an event of that time, whatever the webhook is told of now.
    """
    if kept or only == WebhookEndpoint.Only.KEPT:
        require(view.caller, LISTS)


@contextmanager
def _held(view: View, key: str) -> Iterator[WebhookEndpoint]:
    """Let nobody else change a webhook of the caller's meanwhile, and see that it is what If-Match names.

    One transaction. Raises Http404, Problem.
    """
    with transaction.atomic():
        row = _mine(view, key, lock=True)
        preconditions.check(view.request, lambda: shapes.webhook(row))
        yield row


def _mine(view: View, key: str, *, lock: bool = False) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.visible_to(view.caller.user).filter(key=key)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise Http404(NO_HOOK)
    return row
