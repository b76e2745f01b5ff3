"""Every row of the retention table that the daily job removes: what is old goes, what is young stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.privacy.models import DataExport, Erasure
from api import keys
from api.models import ApiKey, IdempotencyKey, Usage, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from catalog.models import FilterDay, ToolDay, ToolSearch
from config import settings as site_settings
from core import retention
from core.outbox.models import OutgoingMail
from featured.models import Booking, Order, Waiting, WebhookEvent
from submissions.models import Maintainer, Prefill, Report
from tests import make
from tests.accounts.privacy.somebody import desk_line
from tests.featured import care_rows
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
DAY, MINUTE = dt.timedelta(days=1), dt.timedelta(minutes=1)
NOW = timezone.now()
Left = Callable[[], list[str]]


def sessions() -> Left:
    for name in ("old", "young"):
        user = person(f"{name}@example.com")
        sign_in(Client(), user.email)
    mine = UserSession.objects.filter(user__email="old@example.com").values("session_key")
    Session.objects.filter(session_key__in=mine).update(expire_date=NOW - MINUTE)
    UserSession.objects.update(created_at=NOW - DAY)
    return lambda: [f"{one.user.email}" for one in UserSession.objects.all() if one.exists()]


def unconfirmed() -> Left:
    roles.ensure()
    for name, days in (("old", 31), ("young", 29), ("used", 31), ("ed", 31), ("made-at-the-desk", 31), ("sure", 31)):
        user = User.objects.create_user(f"{name}@example.com", date_joined=NOW - days * DAY)
        if name != "made-at-the-desk":
            EmailAddress.objects.create(user=user, email=user.email, verified=name == "sure", primary=True)
        if name == "used":
            User.objects.filter(pk=user.pk).update(last_login=NOW)
        if name == "ed":
            user.groups.add(Group.objects.get(name=roles.EDITOR))
    return lambda: sorted(user.email for user in User.objects.all() if not user.email.startswith(KEPT_ACCOUNTS))


KEPT_ACCOUNTS = ("used", "ed", "made", "sure")


def exports() -> Left:
    for name, made, asked in (
        ("old", NOW - 7 * DAY - MINUTE, NOW - 8 * DAY),
        ("young", NOW - 7 * DAY + MINUTE, NOW - 9 * DAY),
        ("old-never-made", None, NOW - 7 * DAY - MINUTE),
        ("young-waiting", None, NOW - DAY),
    ):
        user = person(f"{name}@example.com")
        DataExport.objects.create(user=user, asked_at=asked, made_at=made, content=b"x" if made else None)
    return lambda: [one.user.email for one in DataExport.objects.order_by("user")]


def wishes() -> Left:
    for name, days in (("old", 91), ("young", 89)):
        for state in ("done", "cancelled"):
            user, at = person(f"{name}-{state}@example.com"), NOW - days * DAY
            states = {"done": {"started_at": at, "done_at": at}, "cancelled": {"cancelled_at": at}}
            Erasure.objects.create(user=user, asked_at=at - DAY, due_at=at, **states[state])
    Erasure.objects.create(user=person("young-open@example.com"), asked_at=NOW - 99 * DAY, due_at=NOW - 98 * DAY)
    return lambda: [one.user.email for one in Erasure.objects.order_by("pk")]


def desk_history() -> Left:
    user = person("boss@example.com")
    for name, days in (("old", 366), ("young", 364)):
        line = desk_line(by=user, about=user)
        LogEntry.objects.filter(pk=line.pk).update(object_repr=name, action_time=NOW - days * DAY)
    return lambda: list(LogEntry.objects.values_list("object_repr", flat=True))


def readings() -> Left:
    owner = person("owner@example.com")
    for name, days in (("old", 91), ("young", 89)):
        Prefill.objects.create(by=owner, url=f"https://{name}.example.com", created_at=NOW - days * DAY)
    return lambda: [one.url.removeprefix("https://").partition(".")[0] for one in Prefill.objects.order_by("pk")]


def invitations() -> Left:
    owner, tool = person("owner@example.com"), make.tool()
    for name, days in (("old", 91), ("young", 89)):
        at = NOW - days * DAY
        values = {"tool": tool, "email": f"{name}@example.com", "invited_by": owner}
        Maintainer.objects.create(**values, expires_at=at)
        Maintainer.objects.create(**values, user=owner, expires_at=at, accepted_at=at, ended_at=at)
    Maintainer.objects.create(
        tool=tool, email="still@example.com", user=owner, expires_at=NOW - 99 * DAY, accepted_at=NOW
    )
    return lambda: list(Maintainer.objects.order_by("pk").values_list("email", flat=True))


def report_addresses() -> Left:
    for name, days in (("old", 201), ("young", 199)):
        Report.objects.create(tool=make.tool(), reason="wrong", text="So.", email=f"{name}@example.com",
                              decided_at=NOW - days * DAY)  # fmt: skip
    Report.objects.create(tool=make.tool(), reason="wrong", text="So.", email="young-open@example.com")
    return lambda: list(Report.objects.exclude(email="").order_by("id").values_list("email", flat=True))


def reach_days() -> Left:
    tool = make.tool()
    for days in (401, 399):
        day = (NOW - days * DAY).date()
        ToolDay.objects.create(tool=tool, day=day, channel="site", views=days)
        FilterDay.objects.create(day=day, facet="kind", count=days)
    return lambda: [
        "old" if days == 401 else "young"
        for days in [
            *ToolDay.objects.values_list("views", flat=True),
            *FilterDay.objects.values_list("count", flat=True),
        ]
    ]


def reach_searches() -> Left:
    tool = make.tool()
    for text, days in (("old", 91), ("young", 89)):
        ToolSearch.objects.create(tool=tool, day=(NOW - days * DAY).date(), text=text, count=1)
    return lambda: list(ToolSearch.objects.values_list("text", flat=True))


def webhook_events() -> Left:
    for name, days in (("old", 91), ("young", 89)):
        at = NOW - days * DAY
        WebhookEvent.objects.create(event_id=name, type="x", created_at=at, received_at=at, applied_at=at)
    WebhookEvent.objects.create(event_id="young-not-applied", type="x", created_at=NOW - 99 * DAY)
    return lambda: list(WebhookEvent.objects.order_by("received_at").values_list("event_id", flat=True))


def waitlist() -> Left:
    user, tool = person("waits@example.com"), make.tool()
    for name, days in (("old", 92), ("young", 89)):
        week = (NOW - days * DAY).date()
        Waiting.objects.create(user=user, tool=tool, surface="home", place=name, week=week, state="over")
    return lambda: list(Waiting.objects.order_by("pk").values_list("place", flat=True))


def unpaid_orders() -> Left:
    for name, days, state in (("old", 91, "expired"), ("young", 89, "expired"), ("young-open", 91, "open")):
        one = care_rows.order(payer=name, state=state, paid=0, paid_at=None)
        Order.objects.filter(pk=one.pk).update(created_at=NOW - days * DAY)
    return lambda: list(Order.objects.exclude(buyer=None).order_by("pk").values_list("payer", flat=True))


def orders() -> Left:
    for name, years in (("old", 10), ("young", 9)):
        paid_at = NOW.replace(year=NOW.year - years, month=1, day=1) - DAY
        one = care_rows.order(payer=name, paid_at=paid_at, customer_id="cus_1")
        care_rows.booked(care_rows.owned_tool(), of=one, payer=name, position=2 if name == "old" else 1)
    return lambda: [
        name
        for name in Order.objects.exclude(buyer=None).order_by("pk").values_list("payer", flat=True)
        if Booking.objects.filter(payer=name).exclude(buyer=None).exists()
    ]


def api_keys() -> Left:
    owner = person("keys@example.com")
    for name, days, column in (
        ("old-revoked", 401, "revoked_at"),
        ("old-expired", 401, "expires_at"),
        ("young", 399, "revoked_at"),
        ("young-works", 0, ""),
    ):
        row = keys.create(owner=owner, name=name, scopes=["catalog:read"])[0]
        if column:
            ApiKey.objects.filter(pk=row.pk).update(**{column: NOW - days * DAY})
    return lambda: list(ApiKey.objects.order_by("pk").values_list("name", flat=True))


def api_usage() -> Left:
    owner = person("usage@example.com")
    for name, days in (("old", 401), ("young", 399)):
        key = keys.create(owner=owner, name=name, scopes=["catalog:read"])[0]
        Usage.objects.create(user=owner, key=key, day=(NOW - days * DAY).date(), requests=1)
    return lambda: [row.key.name for row in Usage.objects.select_related("key").order_by("pk") if row.key]


def api_idempotency() -> Left:
    account = person("repeats@example.com")
    for name, hours in (("old", 25), ("young", 23)):
        at = NOW - dt.timedelta(hours=hours)
        IdempotencyKey.objects.create(account=account, key=name, digest="0" * 64, made="x", created_at=at)
    return lambda: list(IdempotencyKey.objects.order_by("pk").values_list("key", flat=True))


def _webhook(name: str) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        account=person(f"{name}@example.com"), description=name, url="https://a.example.com/", types=["x"], position=0,
        secret=b"x",
    )  # fmt: skip


def api_webhooks() -> Left:
    hook = _webhook("hooks")
    for name, days, state in (("old", 31, "failed"), ("young", 29, "failed"), ("young-waits", 31, "due")):
        at = NOW - days * DAY
        row = WebhookDelivery.objects.create(
            endpoint=hook, event_id=name, type="x", body=b"{}", state=state, created_at=at,
            ended_at=None if state == "due" else at,
        )  # fmt: skip
        WebhookAttempt.objects.create(delivery=row, number=1, at=NOW - 31 * DAY)
    return lambda: list(WebhookDelivery.objects.order_by("pk").values_list("event_id", flat=True))


def api_webhook_secrets() -> Left:
    for name, hours in (("old", 1), ("young", -1)):
        hook = _webhook(name)
        hook.previous_secret, hook.previous_until = b"y", NOW - dt.timedelta(hours=hours)
        hook.save()
    kept = WebhookEndpoint.objects.exclude(previous_secret=None).order_by("pk")
    return lambda: list(kept.values_list("description", flat=True))


def oauth_tokens() -> Left:
    for name, days in (("old", 8), ("young", 6)):
        Token.objects.create(type=Token.Type.ACCESS_TOKEN, hash=name, expires_at=NOW - days * DAY)
    Token.objects.create(type=Token.Type.ACCESS_TOKEN, hash="works", expires_at=NOW + DAY)
    return lambda: list(Token.objects.exclude(hash="works").order_by("pk").values_list("hash", flat=True))


CASES: dict[str, Callable[[], Left]] = {
    "api-keys": api_keys,
    "api-idempotency": api_idempotency,
    "api-webhooks": api_webhooks,
    "api-webhook-secrets": api_webhook_secrets,
    "oauth-tokens": oauth_tokens,
    "api-usage": api_usage,
    "webhook-events": webhook_events,
    "waitlist": waitlist,
    "unpaid-orders": unpaid_orders,
    "orders": orders,
    "reach": reach_days,
    "reach-searches": reach_searches,
    "sessions": sessions,
    "unconfirmed": unconfirmed,
    "exports": exports,
    "wishes": wishes,
    "desk-history": desk_history,
    "invitations": invitations,
    "readings": readings,
    "report-addresses": report_addresses,
}


def test_every_row_that_the_daily_job_removes_has_a_case() -> None:
    assert {row.name for row in retention.rows() if row.remove} == set(CASES)


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_is_old_goes_and_what_is_young_stays(name: str) -> None:
    left = CASES[name]()
    before = left()
    row = next(row for row in retention.rows() if row.name == name)
    assert row.remove is not None
    removed = row.remove(NOW)
    assert left() == [one for one in before if not one.startswith("old")]
    assert removed >= len(before) - len(left()) > 0
    assert row.remove(NOW) == 0


def test_what_other_jobs_remove_is_removed_by_jobs_that_run() -> None:
    tasks = {entry["task"] for entry in site_settings.CELERY_BEAT_SCHEDULE.values()}
    others = {row.by.partition(",")[0] for row in retention.rows() if row.remove is None}
    assert others - tasks == {"nobody", "your wish", "your wish: /account/erase/", "Valkey"}
    assert "core.retention" in tasks


def test_accounts_that_were_used_or_work_here_or_were_made_by_the_staff_are_never_unconfirmed_sign_ups() -> None:
    unconfirmed()
    retention.enforce(at=NOW)
    assert sorted(user.email.partition("@")[0] for user in User.objects.all()) == [
        "ed",
        "made-at-the-desk",
        "sure",
        "used",
        "young",
    ]


def test_an_account_of_the_desk_whose_first_sign_in_has_just_asked_to_confirm_stays() -> None:
    user = User.objects.create_user("made@example.com", date_joined=NOW - 40 * DAY)
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    row = OutgoingMail.objects.create(
        user=user, to=user.email, key="k", kind="account.email_confirmation", token="t", gives_up_at=NOW
    )
    for days, left in ((29, 1), (31, 0)):
        OutgoingMail.objects.filter(pk=row.pk).update(created_at=NOW - days * DAY)
        retention.enforce(at=NOW)
        assert User.objects.filter(pk=user.pk).count() == left


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("2001:db8:1:2:3::7", "2001:db8:1::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
    ],
)
def test_of_the_address_of_a_session_only_the_network_is_stored(address: str, network: str, client: Client) -> None:
    person()
    client.defaults["REMOTE_ADDR"] = address
    sign_in(client)
    assert [row.ip for row in UserSession.objects.all()] == [network]
    UserSession.objects.update(ip=address)
    row = UserSession.objects.get()
    assert row.ip == network
    row.ip = address
    row.save()
    row.refresh_from_db()
    assert row.ip == network
    page = client.get("/account/sessions/").content.decode()
    assert (f"{network}/" in page, address in page) == (True, False)


def test_a_note_about_a_change_tells_the_network_only(client: Client, mailoutbox: Any) -> None:
    from tests.people import WORD, has_confirmed

    user = person()
    client.defaults["REMOTE_ADDR"] = "203.0.113.77"
    sign_in(client)
    has_confirmed(client, user)
    new = "another violet harbour"
    client.post("/account/password/change/", {"oldpassword": WORD, "password1": new, "password2": new})
    said = str(mailoutbox[-1].body)
    assert ("203.0.113.0/24" in said, "203.0.113.77" in said) == (True, False)
