"""Webhooks by program."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.hooks import delivery, events
from api.models import WebhookDelivery, WebhookEndpoint
from catalog import services as catalog
from catalog.personal import keeping
from core.models import AuditEvent
from tests import make
from tests.api.client import Api, key_of, pointers
from tests.api.hooks.receiver import URL, Receiver
from tests.people import person

pytestmark = pytest.mark.django_db
HOOK = {"url": URL, "description": "Build"}


def made(api: Api, **changes: Any) -> Any:
    answer = api.post("/webhooks", HOOK | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_program_makes_a_webhook_and_sees_its_secret_once(mine: Api, inbox: Receiver) -> None:
    answer = mine.post("/webhooks", HOOK)
    said = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/api/v1/webhooks/{said['key']}")
    secret = said.pop("secret")
    assert secret.startswith("whsec_")
    assert (said["only"], said["state"], said["url"]) == ("all", "active", URL)
    assert said["types"] == ["catalog.tool.listed", "catalog.tool.changed", "catalog.tool.removed"]
    assert mine.json(f"/webhooks/{said['key']}") == said
    assert mine.json("/webhooks")["results"] == [said]


def test_a_test_event_arrives_and_its_delivery_says_so(mine: Api, inbox: Receiver) -> None:
    hook = made(mine)
    answer = mine.post(f"/webhooks/{hook['key']}/test")
    assert (answer.status_code, answer.json()["state"], answer.json()["type"]) == (202, "due", "catalog.test")
    delivery.deliver()
    event = inbox.verified(hook["secret"])
    assert (event["type"], event["id"], event["data"]) == (
        "catalog.test", answer.json()["id"], {"webhook": hook["key"]}
    )  # fmt: skip
    (row,) = mine.json(f"/webhooks/{hook['key']}/deliveries")["results"]
    assert (row["id"], row["state"], row["status"], row["attempts"], row["due_at"]) == (
        event["id"], "delivered", 204, 1, None
    )  # fmt: skip


def test_an_event_is_sent_again_by_hand_with_its_id(mine: Api, inbox: Receiver) -> None:
    hook = made(mine)
    make.tool()
    delivery.deliver()
    (row,) = mine.json(f"/webhooks/{hook['key']}/deliveries")["results"]
    again = mine.post(f"/webhooks/{hook['key']}/deliveries/{row['id']}/redeliver")
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (202, "due", 0)
    delivery.deliver()
    assert inbox.ids == [row["id"], row["id"]]
    assert mine.post(f"/webhooks/{hook['key']}/deliveries/change-0/redeliver").status_code == 404


def test_what_is_wrong_with_a_webhook_is_named_with_its_place(mine: Api, inbox: Receiver) -> None:
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"url": "https://10.0.0.1/"}, ["/url"]),
        ({"types": []}, ["/types"]),
        ({"types": ["catalog.all"]}, ["/types/0"]),
        ({"only": "some"}, ["/only"]),
        ({"only": "tools"}, ["/slugs"]),
        ({"only": "tools", "slugs": ["nothing"]}, ["/slugs"]),
        ({"only": "tools", "slugs": ["a"] * 101}, ["/slugs"]),
        ({"secret": "mine"}, ["/secret"]),
    ]
    for changes, places in wrong:
        answer = mine.post("/webhooks", HOOK | changes)
        assert (answer.status_code, pointers(answer)) == (422, places), changes
    assert WebhookEndpoint.objects.count() == 0


def test_a_webhook_is_changed_paused_resumed_and_removed(mine: Api, inbox: Receiver) -> None:
    tool = make.tool()
    path = f"/webhooks/{made(mine)['key']}"
    changed = mine.send("PATCH", path, {"only": "tools", "slugs": [tool.slug], "description": ""})
    said = changed.json()
    assert (changed.status_code, said["only"], said["slugs"], said["description"]) == (200, "tools", [tool.slug], None)
    assert mine.send("PATCH", path, {"state": "paused"}).json()["state"] == "paused"
    assert mine.post(f"{path}/test").status_code == 409
    assert mine.send("PATCH", path, {"state": "active"}).json()["state"] == "active"
    assert mine.send("DELETE", path).status_code == 204
    assert mine.get(path).status_code == 404
    actions = list(AuditEvent.objects.filter(action__startswith="webhook.").order_by("serial").values_list("action"))
    assert [one for (one,) in actions] == [
        "webhook.made", "webhook.changed", "webhook.paused", "webhook.resumed", "webhook.removed"
    ]  # fmt: skip


def test_a_rotation_shows_another_secret_and_until_when_the_old_one_signs(mine: Api, inbox: Receiver) -> None:
    hook = made(mine)
    answer = mine.post(f"/webhooks/{hook['key']}/rotate")
    assert answer.status_code == 200
    assert answer.json()["secret"] not in {hook["secret"], ""}
    assert answer.json()["previous_secret_until"] is not None


def test_the_same_request_makes_one_webhook(mine: Api, inbox: Receiver) -> None:
    key = {"Idempotency-Key": "8e03978e"}
    assert [mine.post("/webhooks", HOOK, **key).status_code for _ in range(2)] == [201, 409]
    assert WebhookEndpoint.objects.count() == 1


def test_a_webhook_that_was_changed_meanwhile_stays_as_it_is(mine: Api, ana: User, inbox: Receiver) -> None:
    answer = mine.post("/webhooks", HOOK)
    path, tag = f"/webhooks/{answer.json()['key']}", answer.headers["ETag"]
    seen = mine.get(path)
    assert (seen.headers["ETag"], mine.get(path, **{"If-None-Match": tag}).status_code) == (tag, 304)
    make.tool()
    delivery.deliver()
    assert mine.get(path).headers["ETag"] == tag  # what is sent does not make it another
    changed = mine.send("PATCH", path, {"description": "Other"}, **{"If-Match": tag})
    assert (changed.status_code, changed.headers["ETag"]) == (200, mine.get(path).headers["ETag"])
    for method, body in (("PATCH", {"state": "paused"}), ("DELETE", None)):
        late = mine.send(method, path, body, **{"If-Match": tag})
        assert (late.status_code, late.json()["type"].partition("#")[2]) == (412, "precondition-failed")
    assert mine.json(path) == changed.json()
    assert mine.send("DELETE", path, **{"If-Match": changed.headers["ETag"]}).status_code == 204


def test_a_key_that_may_not_read_lists_learns_nothing_of_them_by_a_webhook(ana: User, inbox: Receiver) -> None:
    poor = Api(key_of(ana, "webhooks:read", "webhooks:write"))
    rich = Api(key_of(ana, "webhooks:read", "webhooks:write", "lists:read"))
    kept, other = (made(rich, only=only)["key"] for only in ("kept", "all"))
    sent = rich.post(f"/webhooks/{kept}/test").json()
    asks: list[tuple[str, str, Any]] = [
        ("POST", "/webhooks", HOOK | {"only": "kept"}),
        ("PATCH", f"/webhooks/{other}", {"only": "kept"}),
        ("PATCH", f"/webhooks/{kept}", {"url": f"{URL}/elsewhere"}),
        ("GET", f"/webhooks/{kept}/deliveries", None),
        ("POST", f"/webhooks/{kept}/deliveries/{sent['id']}/redeliver", None),
        ("PATCH", f"/webhooks/{kept}", {"only": "all", "url": f"{URL}/elsewhere"}),
    ]
    for method, path, body in asks:
        answer = poor.send(method, path, body)
        assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (403, "missing-scope")
        assert rich.send(method, path, body).status_code in {200, 201, 202}
    assert poor.send("PATCH", f"/webhooks/{kept}", {"state": "paused"}).status_code == 200


def test_events_of_kept_tools_stay_private_when_the_webhook_is_told_of_others_later(ana: User, inbox: Receiver) -> None:
    poor = Api(key_of(ana, "webhooks:read", "webhooks:write"))
    rich = Api(key_of(ana, "webhooks:read", "webhooks:write", "lists:read"))
    path = f"/webhooks/{made(rich, only='kept')['key']}"
    saved = make.tool()
    keeping.save(user=ana, tool=saved)
    catalog.delist_tools([saved])
    events.sweep()
    assert rich.send("PATCH", path, {"only": "all"}).status_code == 200
    test = poor.post(f"{path}/test").json()["id"]
    make.tool()
    events.sweep()
    latest, _, *_, private = (one["id"] for one in rich.json(f"{path}/deliveries")["results"])
    assert [one["id"] for one in poor.json(f"{path}/deliveries")["results"]] == [latest, test]
    again = f"{path}/deliveries/{private}/redeliver"
    elsewhere = {"url": f"{URL}/elsewhere"}
    for answer in (poor.post(again), poor.send("PATCH", path, elsewhere)):  # one waits, which would go elsewhere
        assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (403, "missing-scope")
    delivery.deliver()
    assert poor.send("PATCH", path, elsewhere).status_code == 200
    assert (poor.post(again).status_code, rich.post(again).status_code) == (403, 202)


def test_what_a_change_leaves_as_it_is_is_not_judged_again(mine: Api, inbox: Receiver, settings: Any) -> None:
    gone, there = make.tool(slug="gone"), make.tool(slug="there")
    path = f"/webhooks/{made(mine, only='tools', slugs=['gone'])['key']}"
    catalog.delist_tools([gone])
    settings.PROBE_ALLOW_NETS = ""
    WebhookEndpoint.objects.update(url="http://hooks.example.com/")  # which may not be said any more
    both = {"slugs": ["gone", there.slug]}
    for body in ({"description": "Other"}, {"types": ["catalog.tool.removed"]}, {"only": "tools"}, both):
        answer = mine.send("PATCH", path, body)
        assert (answer.status_code, {**answer.json(), **body}) == (200, answer.json())
    catalog.delist_tools([there])
    other = make.tool(slug="other")
    catalog.delist_tools([other])
    refused = mine.send("PATCH", path, {"slugs": ["gone", "there", "other"]})
    assert (refused.status_code, pointers(refused)) == (422, ["/slugs"])


def test_a_delivery_names_its_tries(mine: Api, inbox: Receiver) -> None:
    hook = made(mine)
    sent = mine.post(f"/webhooks/{hook['key']}/test").json()
    assert sent["tries"] == []
    inbox.answers = [500]
    delivery.deliver()
    again = mine.post(f"/webhooks/{hook['key']}/deliveries/{sent['id']}/redeliver").json()
    assert [(one["number"], one["status"]) for one in again["tries"]] == [(1, 500)]
    delivery.deliver()
    (row,) = mine.json(f"/webhooks/{hook['key']}/deliveries")["results"]
    assert (row["attempts"], [(one["number"], one["status"], one["error"]) for one in row["tries"]]) == (
        1, [(2, 204, None), (1, 500, "The receiver answered with 500; it has to be from 200 to 299.")]
    )  # fmt: skip


def test_webhooks_of_others_are_not_there(mine: Api, inbox: Receiver) -> None:
    path = f"/webhooks/{made(mine)['key']}"
    other = Api(key_of(person("eve@example.com")))
    other.post(f"{path}/test")
    assert [
        other.get(path).status_code, other.post(f"{path}/test").status_code, other.post(f"{path}/rotate").status_code,
        other.get(f"{path}/deliveries").status_code, other.send("PATCH", path, {"state": "paused"}).status_code,
        other.send("DELETE", path).status_code,
    ] == [404] * 6  # fmt: skip
    assert other.json("/webhooks")["results"] == []
    assert WebhookDelivery.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_lists_take_the_same_number_of_statements(
    mine: Api, ana: User, inbox: Receiver, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    hooks = [made(mine) for _ in range(number)]
    key = hooks[0]["key"]
    for _ in range(number):
        mine.post(f"/webhooks/{key}/test")
    mine.get("/webhooks")  # notes the use of the key
    with django_assert_num_queries(2):
        assert len(mine.json("/webhooks")["results"]) == number
    with django_assert_num_queries(4):
        assert len(mine.json(f"/webhooks/{key}/deliveries")["results"]) == number
