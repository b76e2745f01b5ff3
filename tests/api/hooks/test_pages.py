"""The pages of webhooks in the portal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.hooks import delivery, events, services
from api.hooks.services import Wanted
from api.models import WebhookDelivery, WebhookEndpoint
from catalog import services as catalog
from core import sent_forms
from tests import make
from tests.api.hooks.receiver import URL, Receiver
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db
FORM = {"url": URL, "description": "Build", "types": ["catalog.tool.listed"], "only": "all", "slugs": ""}


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    return client


def marked(**changes: Any) -> dict[str, Any]:
    return FORM | {"once": sent_forms.fresh()} | changes


def messages_of(answer: Any) -> list[str]:
    return [str(one) for one in answer.context["messages"]]


def test_a_webhook_is_made_on_a_page_that_shows_its_secret_once(ana: User, inbox: Receiver) -> None:
    client, form = signed(ana), marked()
    answer = client.post("/portal/webhooks/new/", form)
    assert answer.status_code == 200
    (secret,) = re.findall(r"whsec_[\w+/=]+", answer.content.decode())
    row = WebhookEndpoint.objects.get()
    services.send_test(row, by=ana)
    delivery.deliver()
    inbox.verified(secret)
    again = client.post("/portal/webhooks/new/", form)
    assert (again.status_code, WebhookEndpoint.objects.count()) == (409, 1)
    for page in ("/portal/webhooks/", f"/portal/webhooks/{row.key}/"):
        shown = client.get(page)
        assert (shown.status_code, "whsec_" in shown.content.decode()) == (200, False)


def test_what_is_wrong_stands_beside_its_field(ana: User, inbox: Receiver) -> None:
    answer = signed(ana).post("/portal/webhooks/new/", marked(url="https://localhost/"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "url": ["localhost is a name for private or special use, not on the public internet."]
    }


def test_a_test_is_sent_by_a_button_and_seen_on_the_page(ana: User, inbox: Receiver) -> None:
    client = signed(ana)
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    inbox.answers = [500]
    sent = client.post(f"/portal/webhooks/{row.key}/test/", follow=True)
    assert messages_of(sent) == ["A test is on its way. Load this page again in a few seconds to see how it went."]
    delivery.deliver()
    event = WebhookDelivery.objects.get()
    assert "The receiver answered with 500" in client.get(f"/portal/webhooks/{row.key}/").content.decode()
    client.post(f"/portal/webhooks/{row.key}/deliveries/{event.event_id}/again/")
    delivery.deliver()
    event.refresh_from_db()
    assert (event.state, inbox.ids) == ("delivered", [event.event_id] * 2)


def test_a_webhook_is_paused_resumed_changed_rotated_and_removed(ana: User, inbox: Receiver) -> None:
    client = signed(ana)
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    path = f"/portal/webhooks/{row.key}"
    client.post(f"{path}/pause/")
    refused = client.post(f"{path}/test/", follow=True)
    assert messages_of(refused)[-1:] == ["This webhook is paused: nothing is sent there. Resume it first."]
    client.post(f"{path}/resume/")
    assert client.post(f"{path}/edit/", marked(description="Other")).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.description, row.types) == ("active", "Other", ["catalog.tool.listed"])
    rotated = client.post(f"{path}/rotate/", {"once": sent_forms.fresh()})
    assert len(re.findall(r"whsec_[\w+/=]+", rotated.content.decode())) == 1
    assert client.get(f"{path}/remove/").status_code == 200
    assert client.post(f"{path}/remove/").status_code == 302
    assert WebhookEndpoint.objects.count() == 0


def test_a_description_is_changed_also_when_a_tool_was_delisted_since(ana: User, inbox: Receiver) -> None:
    tool = make.tool(slug="gone")
    row, _ = services.create(account=ana, wanted=Wanted(URL, only="tools", slugs=["gone"]))
    catalog.delist_tools([tool])
    form = marked(only="tools", slugs="gone", description="Other")
    assert signed(ana).post(f"/portal/webhooks/{row.key}/edit/", form).status_code == 302
    row.refresh_from_db()
    assert (row.description, row.slugs) == ("Other", ["gone"])


def test_nobody_sees_or_changes_the_webhooks_of_others(ana: User, inbox: Receiver) -> None:
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    client = signed(person("eve@example.com"))
    path = f"/portal/webhooks/{row.key}"
    codes = [client.get(f"{path}/{page}").status_code for page in ("", "edit/", "rotate/", "remove/")]
    codes += [client.post(f"{path}/{page}/").status_code for page in ("pause", "resume", "test", "rotate", "remove")]
    assert codes == [404] * 9


@pytest.mark.parametrize("number", [1, 3])
def test_pages_take_the_same_number_of_statements(
    ana: User, inbox: Receiver, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    rows = [services.create(account=ana, wanted=Wanted(URL))[0] for _ in range(number)]
    for _ in range(number):
        make.tool()
    events.sweep()
    client = signed(ana)
    with django_assert_num_queries(4):
        client.get("/portal/webhooks/")
    with django_assert_num_queries(7):
        client.get(f"/portal/webhooks/{rows[0].key}/")


def test_a_page_says_what_was_passed_over_and_that_a_secret_is_lost(ana: User, inbox: Receiver, settings: Any) -> None:
    client = signed(ana)
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    page = f"/portal/webhooks/{row.key}/"
    seen = client.get(page)
    assert ("Not told:" in seen.content.decode(), seen.context["readable"]) == (False, True)
    WebhookEndpoint.objects.update(left_out_from=12, left_out_to=34, left_out_at=timezone.now())
    settings.SECRET_KEY = "another key of fifty characters, as nobody can guess"
    client = signed(ana)  # whoever was signed in is not any more
    seen = client.get(page)
    assert seen.context["readable"] is False
    text = " ".join(seen.content.decode().split())
    assert "Not told: what the change log says after 12 up to 34, passed over" in text
    assert '<a class="any" href="/api/v1/changes?since=12">' in text
    assert f'<a href="{page}rotate/">Make another secret</a>' in text


def test_rotating_says_what_the_old_secret_does_from_now_on(ana: User, inbox: Receiver, settings: Any) -> None:
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    page = f"/portal/webhooks/{row.key}/rotate/"

    def said() -> list[bool]:
        client = signed(ana)
        before = " ".join(client.get(page).content.decode().split())
        after = " ".join(client.post(page, {"once": sent_forms.fresh()}).content.decode().split())
        row.refresh_from_db()
        return [
            "events are signed with both" in before, "with the new one alone" in before,
            "the old secret signs too" in after, "The old secret signs nothing any more" in after,
            row.previous_until is not None,
        ]  # fmt: skip

    assert said() == [True, False, True, False, True]
    settings.SECRET_KEY = "another key of fifty characters, as nobody can guess"
    assert said() == [False, True, False, True, False]
