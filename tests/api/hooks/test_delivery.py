"""From a change to a receiver: signed, in order, tried again, given up."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from standardwebhooks import WebhookVerificationError

from accounts.models import User
from api.change_views import change
from api.hooks import delivery, events, services
from api.hooks.services import Wanted
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from catalog import services as catalog
from catalog.models import Change
from catalog.personal import keeping
from core import sealed
from core.outbox.models import OutgoingMail
from tests import make
from tests.api.hooks.receiver import URL, Receiver

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def hook(owner: User, **changes: Any) -> tuple[WebhookEndpoint, str]:
    """Return a webhook of somebody and its secret."""
    return services.create(account=owner, wanted=Wanted(URL, **changes))


def listed(**changes: Any) -> Any:
    """List a tool; the change log tells of it."""
    return make.tool(**changes)


def three_changes() -> None:
    """List a tool, change it and remove it."""
    tool = listed()
    catalog.update_tool(tool, make.record(slug=tool.slug, tagline="Another line of it"), categories=make.categories())
    catalog.delist_tools([tool])


def later(**by: float) -> None:
    """Let time pass for all that waits."""
    for row in WebhookDelivery.objects.filter(state="due"):
        row.due_at -= dt.timedelta(**by)
        row.save()


def states() -> list[tuple[str, str, int]]:
    return list(WebhookDelivery.objects.order_by("id").values_list("type", "state", "attempts"))


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_a_change_comes_to_the_receiver_signed_as_the_standard_says(ana: User, inbox: Receiver, settings: Any) -> None:
    listed()
    _, secret = hook(ana)
    tool = listed()
    assert delivery.deliver() == delivery.Round(made=1, delivered=1)
    row = Change.objects.get(tool_id=tool.pk)
    assert inbox.verified(secret) == {
        "specversion": "1.0", "id": f"change-{row.serial}", "source": settings.SITE_URL,
        "type": "catalog.tool.listed", "subject": tool.slug, "time": change(row)["at"],
        "datacontenttype": "application/json", "data": change(row),
    }  # fmt: skip
    headers, _ = inbox.came[0]
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["webhook-id"] == f"change-{row.serial}"
    assert states() == [("catalog.tool.listed", "delivered", 1)]
    assert delivery.deliver() == delivery.Round()


def test_a_body_that_was_changed_on_the_way_is_not_verified(ana: User, inbox: Receiver) -> None:
    _, secret = hook(ana)
    listed()
    delivery.deliver()
    headers, body = inbox.came[0]
    inbox.came.append((headers, body.replace(b"listed", b"lifted")))
    with pytest.raises(WebhookVerificationError):
        inbox.verified(secret)


def test_for_a_day_after_a_rotation_both_secrets_verify(ana: User, inbox: Receiver) -> None:
    row, first = hook(ana)
    row, second = services.rotate(row, by=ana)
    listed()
    delivery.deliver()
    assert len(inbox.came[0][0]["webhook-signature"].split()) == 2
    assert inbox.verified(first) == inbox.verified(second)
    WebhookEndpoint.objects.update(previous_until=timezone.now())
    listed()
    delivery.deliver()
    inbox.verified(second)
    with pytest.raises(WebhookVerificationError):
        inbox.verified(first)
    assert services.forget_secrets(timezone.now()) == 1
    assert WebhookEndpoint.objects.filter(previous_secret=None).exists()


def test_secrets_are_kept_encrypted(ana: User, inbox: Receiver, settings: Any) -> None:
    row, secret = hook(ana)
    kept = b"".join(bytes(one) for one in WebhookEndpoint.objects.values_list("secret", flat=True))
    assert secret.removeprefix("whsec_").encode() not in kept
    with pytest.raises(sealed.CannotOpen):
        sealed.unseal(bytes(row.secret), "another purpose")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key of fifty characters, as nobody can guess"
    listed()
    assert delivery.deliver() == delivery.Round(made=1, put_off=1)
    assert inbox.came == []
    settings.SECRET_KEY_FALLBACKS = [old]
    later(hours=1)
    assert delivery.deliver() == delivery.Round(delivered=1)
    inbox.verified(secret)


def test_each_kind_of_change_has_its_type_and_only_those_chosen_come(ana: User, inbox: Receiver) -> None:
    hook(ana)
    hook(ana, types=["catalog.tool.removed"])
    three_changes()
    delivery.deliver()
    kinds = [kind for kind, _, _ in states()]
    assert kinds == ["catalog.tool.listed", "catalog.tool.changed", "catalog.tool.removed", "catalog.tool.removed"]


def test_events_come_in_the_order_of_the_change_log(ana: User, inbox: Receiver) -> None:
    hook(ana)
    three_changes()
    three_changes()
    delivery.deliver()
    last = events.last_serial()
    assert inbox.ids == [f"change-{serial}" for serial in range(last - 5, last + 1)]


def test_an_endpoint_is_told_of_what_its_owner_keeps_or_named_and_no_more(ana: User, inbox: Receiver) -> None:
    saved, on_list, named = (make.tool(slug=f"tool-{name}") for name in ("a", "b", "c"))
    other = make.tool(slug="tool-d")
    keeping.save(user=ana, tool=saved)
    keeping.add(to=keeping.create_list(user=ana, title="List"), tool=on_list)
    kept, _ = hook(ana, only="kept")
    tools, _ = hook(ana, only="tools", slugs=[named.slug])
    catalog.delist_tools([saved, on_list, named, other])
    delivery.deliver()
    told = {row.key: [] for row in (kept, tools)}  # type: dict[str, list[int]]
    for row in WebhookDelivery.objects.select_related("endpoint").order_by("id"):
        told[row.endpoint.key].append(Change.objects.get(serial=row.serial or 0).tool_id)
    assert {key: sorted(found) for key, found in told.items()} == {
        kept.key: sorted([saved.pk, on_list.pk]), tools.key: [named.pk]
    }  # fmt: skip


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_fails_is_tried_again_over_days_with_the_same_id_and_body(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed()
    inbox.answers = [500] * 10
    waits = []
    for number in range(1, 11):
        before = timezone.now()
        assert delivery.deliver().delivered == 0
        row = WebhookDelivery.objects.get()
        assert (row.attempts, row.status) == (number, 500)
        assert row.error == "The receiver answered with 500; it has to be from 200 to 299."
        if row.state == "due":
            waits.append((row.due_at - before).total_seconds())
            assert delivery.deliver() == delivery.Round()
            later(days=2)
    assert row.state == "failed"
    expected = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    assert [low <= wait <= low * 1.1 + 2 for low, wait in zip(expected, waits, strict=True)] == [True] * 9
    assert set(inbox.ids) == {row.event_id}
    assert len({body for _, body in inbox.came}) == 1
    assert WebhookAttempt.objects.count() == len(inbox.came) == 10
    services.redeliver(row, by=ana)
    assert delivery.deliver() == delivery.Round(delivered=1)
    assert (inbox.ids[-1], WebhookAttempt.objects.count()) == (row.event_id, 11)


def test_one_event_that_fails_does_not_keep_others_waiting(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed()
    inbox.by_event = {f"change-{events.last_serial()}": 500}
    listed()
    assert delivery.deliver() == delivery.Round(made=2, delivered=1, put_off=1)


def test_redirects_are_not_followed(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed()
    inbox.answers, inbox.headers = [302], {"Location": "http://other.example-ai.com/"}
    delivery.deliver()
    assert len(inbox.came) == 1
    told = "The receiver answered with 302: redirects are not followed. Change the address."
    assert WebhookDelivery.objects.get().error == told


def test_a_long_answer_is_not_read_to_its_end_and_nothing_of_it_is_kept(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed()
    inbox.answers, inbox.body = [200], b"private " * 1_000_000
    assert delivery.deliver() == delivery.Round(made=1, delivered=1)
    assert "private" not in str(WebhookAttempt.objects.values_list().get())


def test_nothing_is_sent_to_an_address_inside(ana: User, inbox: Receiver, settings: Any) -> None:
    hook(ana)
    listed()
    settings.PROBE_ALLOW_NETS = ""
    settings.PROBE_PORTS = ""
    assert delivery.deliver() == delivery.Round(made=1, put_off=1)
    assert inbox.came == []
    assert WebhookDelivery.objects.get().error == (
        "hooks.example-ai.com resolves to 127.0.0.1, which is not a public address (loopback 127.0.0.0/8)."
        " Nothing was sent."
    )


def test_410_disables_the_endpoint_and_its_owner_gets_a_mail(ana: User, inbox: Receiver) -> None:
    row, _ = hook(ana)
    listed(), listed()
    inbox.answers = [410]
    assert delivery.deliver() == delivery.Round(made=2, failed=1)
    row.refresh_from_db()
    assert (row.state, row.reason) == ("disabled", "The receiver answered with 410: it wants nothing more.")
    assert [state for _, state, _ in states()] == ["failed", "cancelled"]
    sent = OutgoingMail.objects.get(kind="api.webhook_disabled")
    assert (sent.to, row.reason.encode() in bytes(sent.message)) == (ana.email, True)
    listed()
    assert delivery.deliver() == delivery.Round()
    services.resume(row, by=ana)
    assert delivery.deliver() == delivery.Round()  # what happened meanwhile is not told
    listed()
    assert delivery.deliver() == delivery.Round(made=1, delivered=1)


def test_an_endpoint_that_takes_nothing_for_five_days_is_disabled(ana: User, inbox: Receiver) -> None:
    row, _ = hook(ana)
    inbox.answers = [500, 204, 500, 500, 500]
    listed()
    delivery.deliver()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - 4 * DAY)
    later(hours=1)
    delivery.deliver()
    row.refresh_from_db()
    assert row.failing_since is None
    listed()
    delivery.deliver()
    WebhookEndpoint.objects.update(failing_since=timezone.now() - 5 * DAY - dt.timedelta(hours=1))
    later(hours=1)
    delivery.deliver()
    row.refresh_from_db()
    assert row.state == "active"  # too few tries: perhaps this site was down for most of the time
    failed = WebhookDelivery.objects.filter(status=500).latest("id")
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(delivery=failed, number=100 + n, status=500, ended_at=timezone.now()) for n in range(8)
    )
    later(hours=1)
    delivery.deliver()
    row.refresh_from_db()
    assert (row.state, row.reason) == (
        "disabled",
        "Nothing was taken for five days. The last time: The receiver answered with 500; it has to be from 200 to 299.",
    )
    assert OutgoingMail.objects.filter(kind="api.webhook_disabled").count() == 1


def test_a_paused_endpoint_gets_later_what_happened_meanwhile(ana: User, inbox: Receiver) -> None:
    row, _ = hook(ana)
    services.pause(row, by=ana)
    listed()
    assert delivery.deliver() == delivery.Round()
    services.resume(row, by=ana)
    assert delivery.deliver() == delivery.Round(made=1, delivered=1)


def test_who_fails_is_asked_after_those_who_do_not(ana: User, inbox: Receiver) -> None:
    failing, _ = hook(ana)
    listed()
    fine, _ = hook(ana)
    WebhookEndpoint.objects.filter(pk=failing.pk).update(failing_since=timezone.now())
    listed()
    events.sweep()
    order = []
    while row := delivery.claim():
        order.append(row.endpoint.key)
        WebhookEndpoint.objects.filter(pk=row.endpoint_id).update(busy_until=None)
    assert order == [fine.key, failing.key, failing.key]


def test_one_delivery_at_a_time_goes_to_an_endpoint(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed(), listed()
    events.sweep()
    assert delivery.claim() is not None
    assert delivery.claim() is None


def test_tries_never_change(ana: User, inbox: Receiver) -> None:
    hook(ana)
    listed()
    delivery.deliver()
    listed()
    events.sweep()
    delivery.claim()
    ended, begun = WebhookAttempt.objects.filter(status=204), WebhookAttempt.objects.filter(ended_at=None)
    assert (ended.count(), begun.count()) == (1, 1)
    for rows, changes in ((ended, {"status": 200}), (ended, {"ended_at": None}), (begun, {"status": 200}),
                          (begun, {"ended_at": timezone.now(), "number": 5})):  # fmt: skip
        with pytest.raises(IntegrityError, match="a try never changes"), transaction.atomic():
            rows.update(**changes)


# -- what a webhook may be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example-ai.com/", "https://127.0.0.1/", "https://localhost/", "https://user:x@example.com/",
        "https://hooks.example-ai.com:22/", "https://hooks", "ftp://example.com/", "//example.com/", "",
    ],
)  # fmt: skip
def test_only_https_of_a_public_name_is_an_address(ana: User, url: str) -> None:
    with pytest.raises(services.Wrong) as wrong:
        services.create(account=ana, wanted=Wanted(url))
    assert wrong.value.where == "url"
    assert WebhookEndpoint.objects.count() == 0


def test_an_account_has_ten_webhooks_at_most(ana: User, inbox: Receiver) -> None:
    for _ in range(10):
        hook(ana)
    with pytest.raises(services.TooMany):
        hook(ana)
