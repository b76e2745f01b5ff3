"""Who asks, and the rows that are asked for: one's own, somebody else's and everybody's."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.conf import settings
from django.contrib.admin.sites import site
from django.contrib.auth.models import Group
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import services as catalog
from catalog.choices import SaidBy
from catalog.models import Alias, Collection, Tool, ToolList
from core import audit
from core.outbox import bounces
from featured import weeks
from featured.models import Delivery, Dispute, Pause, Refund, Waiting, WebhookEvent
from submissions.models import Reply
from tests import make
from tests.featured import care_rows
from tests.matrix.expected import MEMBER, VISITOR, WHO
from tests.people import has_confirmed, person, with_app
from tests.verification import make_runs, over_time_rows
from verification.domains import host_of, registrable
from verification.models import (
    DriftCase,
    HostBudget,
    IdentityPrint,
    MaintenanceWindow,
    OptOut,
    OwnershipChallenge,
    OwnershipClaim,
    OwnershipEvent,
    OwnOutage,
    ProposedFact,
    Watch,
)

LISTED, DELISTED = "listed-tool", "delisted-tool"


class Askers:
    """Somebody of each kind, with app, passkey, recovery codes and a session in which they just said who they are."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.cookies: dict[str, str] = {}
        self.passkeys: dict[str, int] = {}
        for who in WHO[1:]:
            user = with_app(person(f"{who}@example.com", is_staff=who != MEMBER))
            if who != MEMBER:
                user.groups.add(Group.objects.get(name=who))
            RecoveryCodes.activate(user)
            key = {"name": who, "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}}
            passkey = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=key)
            client = Client()
            client.force_login(user)
            has_confirmed(client, user)
            self.users[who], self.passkeys[who] = user, passkey.pk
            self.cookies[who] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def client(self, who: str) -> Client:
        """Return a fresh browser with their session; what a view raises is its 500."""
        client = Client(raise_request_exception=False)
        if who != VISITOR:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[who]
        return client

    def answer(self, who: str, method: str, path: str, form: dict[str, Any] | None = None) -> str:
        """Return the status of one request, "login" when it leads to the sign-in. Whatever it did is undone."""
        with transaction.atomic():
            client = self.client(who)
            answer = client.post(path, form or {}) if method == "POST" else client.generic(method, path)
            transaction.set_rollback(True)
        to_login = answer.headers.get("Location", "").startswith(("/account/sign-in/", "/admin/login/"))
        return "login" if to_login else str(answer.status_code)


def fill() -> dict[str, object]:
    """Make what pages show; return what the parameters of addresses are filled with."""
    tool, gone = make.tool(slug=LISTED), make.tool(slug=DELISTED)
    for one in (tool, gone):
        catalog.set_logo(one, make.picture(), said_by=SaidBy.EDITOR)
    exchange = make_runs.exchange(received=b"<p>Seen.</p>")
    run = make_runs.run(tool, {"exchanges": [exchange]})
    make_runs.run(gone, {})
    catalog.delist_tools(Tool.objects.filter(pk=gone.pk), actor=None)
    Collection.objects.create(slug="made", title="Made", summary="For tests.", position=1, updated_on="2026-01-01")
    Alias.objects.create(slug="old-name", tool=tool)
    incident = over_time_rows.incident(over_time_rows.endpoint(tool))
    Reply.objects.create(tool=tool, incident=incident, text="It was a cable.")
    over_time_rows.claim(tool)
    over_time_rows.entry("made", tool=tool)
    OptOut.objects.create(domain="example.org")
    now = timezone.now()
    HostBudget.objects.create(key="example.org", day=now.date(), used=1)
    OwnOutage.objects.create(cause="canary", began_at=now - dt.timedelta(hours=1))
    Watch.objects.create(tool=tool, next_at=now, full_at=now)
    looks = [IdentityPrint.objects.create(tool=tool, data={}, at=now, baseline=base) for base in (True, False)]
    DriftCase.objects.create(tool=tool, baseline=looks[0], print=looks[1], score=1, signals=[])
    MaintenanceWindow.objects.create(tool=tool, starts_at=now, ends_at=now + dt.timedelta(hours=1), reason="A move.")
    claim = OwnershipClaim.objects.create(
        account=User.objects.get(email="member@example.com"), method="meta", state="unverified", scope="host",
        name="example.org",
    )  # fmt: skip
    proof, others = _proofs(tool)
    OwnershipEvent.objects.create(claim=claim, at=now, event="opened", old="unverified", new="pending")
    OwnershipChallenge.objects.create(
        claim=claim, token_id="0" * 16, token_hash="0" * 64, created_at=now, expires_at=now + dt.timedelta(days=7)
    )
    ProposedFact.objects.create(
        tool=tool, field="tagline", value="Another", source_kind="jsonld", source_url=tool.homepage, seen_at=now
    )
    audit.record(actor=None, action="made.up")
    mail.send_mail("Made", "For tests.", None, ["ana@example.com"])
    bounces.refuses("ana@example.com", "550 5.1.1")
    ToolList.objects.create(user=person("keeper@example.com"), key="shared", title="Shared", shared=True)
    return _featured(tool) | {
        "slug": LISTED, "form": "atom", "name": "tools-1", "run": run.pk, "sha256": exchange["received"], "ext": "svg",
        "logo": tool.logo_key, "token_id": "no", "token": "no", "step": "what",
        "claim": proof.pk, "other": others.pk, "handover": "no", "key": "no-key", "uidb36": "1", "url": "nothing",
        "operation": "list_categories", "prefix": "00000000", "client": "no-app", "place": "home", "id": "no-event",
        "week": f"{weeks.upcoming()[1]:%Y-%m-%d}", "day": "2026-01-01",
    }  # fmt: skip


def _proofs(tool: Tool) -> tuple[OwnershipClaim, OwnershipClaim]:
    """Let the member own a tool by DNS, and somebody else by a tag."""
    name, now = registrable(host_of(tool.homepage) or ""), timezone.now()
    values = {
        "name": name, "state": "verified", "token_id": "1" * 16, "token_hash": "1" * 64, "proved_at": now,
        "checked_at": now, "tried_at": now, "next_check_at": now + dt.timedelta(days=7),
    }  # fmt: skip
    member, keeper = User.objects.get(email="member@example.com"), person("neighbour@example.com")
    return (
        OwnershipClaim.objects.create(account=member, method="dns-txt", scope="domain", **values),
        OwnershipClaim.objects.create(account=keeper, method="meta", scope="host", **values),
    )


def _featured(tool: Tool) -> dict[str, object]:
    """Let the member have bought a slot of the next week, and all else that can be known of it."""
    member, week = User.objects.get(email="member@example.com"), weeks.upcoming(2)[1]
    order = care_rows.order(by=member)
    booking = care_rows.booked(tool, first=week, of=order)
    refund = Refund.objects.create(
        order=order, booking=booking, payment=order.payment_intent, amount=1, currency="usd", why="goodwill",
        state="to_approve",
    )  # fmt: skip
    dispute = Dispute.objects.create(
        order=order, stripe_id="dp_1", amount=1, currency="usd", status="needs_response", opened_at=week
    )
    Delivery.objects.create(booking=booking, day=week.date(), position=1, rendered=1)
    Pause.objects.create(booking=booking, why="our_outage", began_at=week, ended_at=week + dt.timedelta(hours=1))
    Waiting.objects.create(user=member, tool=tool, surface="home", place="home", week=week.date())
    WebhookEvent.objects.create(event_id="evt_1", type="checkout.session.completed", created_at=week)
    return {"booking": booking.key, "order": order.key, "refund": refund.key, "dispute": dispute.pk}


def row_of(model: str) -> object:
    """Return the key of a row that the desk has of a model; of accounts the member's; "0" when there is none."""
    kind = next(one for one in site._registry if one._meta.label_lower == model)
    found = kind._default_manager.order_by("pk").first()
    return found.pk if found else 0
