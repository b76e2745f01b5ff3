"""Idempotency-Key: what is sent again makes nothing twice, also at once; and what is secret is not shown again."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.models import User
from api import idempotency, privacy
from api.models import ApiKey, IdempotencyKey, WebhookEndpoint
from catalog.models import ToolList
from catalog.personal import keeping
from core.outbox.models import OutgoingMail
from submissions.models import Submission
from tests.api.at_once import together
from tests.api.client import Api, key_of
from tests.people import person
from verification.models import OwnershipChallenge

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
CHALLENGE = {"name": "one.example.com", "method": "http-file"}
# address, body, another body, what it makes
MAKES: list[tuple[str, dict[str, Any], dict[str, Any], type[Any]]] = [
    ("/lists", {"title": "One"}, {"title": "Two"}, ToolList),
    ("/submissions", {"record": {"name": "One", "tags": ["a"]}}, {"record": {"name": "Two"}}, Submission),
    ("/keys", {"name": "one", "scopes": ["catalog:read"]}, {"name": "two", "scopes": ["catalog:read"]}, ApiKey),
    ("/webhooks", {"url": "https://a.example-ai.com/"}, {"url": "https://b.example-ai.com/"}, WebhookEndpoint),
    ("/ownership/challenges", CHALLENGE, {**CHALLENGE, "name": "two.example.com"}, OwnershipChallenge),
]
SHOWN_AGAIN, SHOWN_ONCE = MAKES[:2], MAKES[2:]
each = pytest.mark.parametrize(("path", "body", "other", "model"), MAKES, ids=[path for path, *_ in MAKES])


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").partition("#")[2]


def send(api: Api, path: str, body: Any, key: str = KEY) -> Any:
    return api.send("POST", path, body, **{"Idempotency-Key": key})


def count(model: type[Any]) -> int:
    found: QuerySet[Any] = model.objects.all()
    return found.exclude(name="of a test").count() if model is ApiKey else found.count()


@pytest.mark.parametrize(("path", "body", "other", "model"), SHOWN_AGAIN, ids=["lists", "submissions"])
def test_what_is_sent_again_is_answered_with_what_was_made(
    mine: Api, path: str, body: Any, other: Any, model: type[Any]
) -> None:
    first, again = send(mine, path, body), send(mine, path, dict(reversed(body.items())))
    assert (first.status_code, first.content) == (201, again.content)
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        first.headers[name] for name in ("Location", "ETag")
    ]
    assert (again.status_code, count(model)) == (201, 1)
    assert send(mine, path, body, key="another").json()["key"] != first.json()["key"]
    assert mine.post(path, body).status_code == 201  # without a key, each is a new one
    assert count(model) == 3


def test_what_is_sent_again_is_answered_as_it_is_by_then(mine: Api) -> None:
    made = send(mine, "/lists", {"title": "One"}).json()
    changed = mine.send("PATCH", f"/lists/{made['key']}", {"title": "Two"})
    assert send(mine, "/lists", {"title": "One"}).content == changed.content
    mine.send("DELETE", f"/lists/{made['key']}")
    gone = send(mine, "/lists", {"title": "One"})
    assert (kind(gone), ToolList.objects.count()) == ((409, "conflict"), 0)
    assert gone.json()["detail"].startswith("What this Idempotency-Key made is not there any more.")


@pytest.mark.parametrize(("path", "body", "other", "model"), SHOWN_ONCE, ids=["keys", "webhooks", "challenges"])
def test_what_is_shown_once_is_not_shown_again_nor_kept(
    mine: Api, path: str, body: Any, other: Any, model: type[Any]
) -> None:
    first, mails = send(mine, path, body), OutgoingMail.objects.count()
    name = first.headers["Location"].rpartition("/")[2]
    secret = next(first.json()[field] for field in ("secret", "key", "token") if field in first.json())
    again = send(mine, path, body)
    assert (first.status_code, kind(again), count(model)) == (201, (409, "conflict"), 1)
    assert (name in again.json()["detail"], secret in again.content.decode()) == (True, False)
    assert secret not in str(IdempotencyKey.objects.values())
    assert OutgoingMail.objects.count() == mails


@each
def test_a_key_stands_for_one_request(mine: Api, path: str, body: Any, other: Any, model: type[Any]) -> None:
    assert send(mine, path, body).status_code == 201
    assert kind(send(mine, path, other)) == (422, "key-reused")
    elsewhere = "/lists" if path != "/lists" else "/keys"
    there = next(body for where, body, *_ in MAKES if where == elsewhere)
    assert kind(send(mine, elsewhere, there)) == (422, "key-reused")
    assert (count(model), IdempotencyKey.objects.count()) == (1, 1)


@each
def test_what_made_nothing_is_not_remembered(mine: Api, path: str, body: Any, other: Any, model: type[Any]) -> None:
    assert kind(send(mine, path, {})) == (422, "invalid")
    assert (IdempotencyKey.objects.count(), send(mine, path, body).status_code) == (0, 201)


def test_what_was_refused_as_there_is_no_room_is_made_when_there_is(mine: Api, ana: User) -> None:
    for _ in range(keeping.MOST_LISTS):
        keeping.create_list(user=ana, title="Full")
    assert kind(send(mine, "/lists", {"title": "One"})) == (409, "conflict")
    ToolList.objects.first().delete()  # type: ignore[union-attr]
    assert send(mine, "/lists", {"title": "One"}).status_code == 201


def test_keys_of_two_accounts_have_nothing_to_do_with_each_other(mine: Api) -> None:
    other = Api(key_of(person("ben@example.com")))
    keys = {send(api, "/lists", {"title": "One"}).json()["key"] for api in (mine, other, mine)}
    assert (len(keys), ToolList.objects.count()) == (2, 2)


@each
def test_after_a_day_a_key_is_a_new_one(mine: Api, path: str, body: Any, other: Any, model: type[Any]) -> None:
    send(mine, path, body)
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(created_at=row.created_at - idempotency.KEPT)
    assert send(mine, path, other).status_code == 201
    now = IdempotencyKey.objects.get()
    assert (now.pk, now.made != row.made, now.created_at - row.created_at < dt.timedelta(minutes=1)) == (
        row.pk,
        True,
        True,
    )


@pytest.mark.parametrize("key", ["", " ", "two words", "é", "a\tb", "x" * 256, "\x7f"])
@each
def test_a_key_that_is_none_is_refused_by_its_name(
    mine: Api, path: str, body: Any, other: Any, model: type[Any], key: str
) -> None:
    answer = send(mine, path, body, key)
    assert kind(answer) == (400, "bad-header")
    assert "Idempotency-Key" in answer.json()["detail"]
    assert (count(model), IdempotencyKey.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", ["a", '"quoted"', "x" * 255, "%00';--"])
def test_a_key_is_any_visible_text(mine: Api, key: str) -> None:
    assert {send(mine, "/lists", {"title": "One"}, key).status_code for _ in range(2)} == {201}
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == [key]


@each
def test_many_at_once_make_one(ana: User, path: str, body: Any, other: Any, model: type[Any]) -> None:
    api = key_of(ana)

    def ask() -> tuple[int, str]:
        return kind(send(Api(api), path, body))

    found = together([ask] * 6)
    assert (count(model), IdempotencyKey.objects.count()) == (1, 1)
    assert (201, "") in found
    assert set(found) <= {(201, ""), (409, "under-way"), (409, "conflict")}
    if (path, body) in [(where, what) for where, what, *_ in SHOWN_ONCE]:
        assert found.count((201, "")) == 1


def test_one_that_comes_while_the_first_is_under_way_is_told_to_come_again(ana: User) -> None:
    api = key_of(ana)
    ask: Callable[[], Any] = functools.partial(send, Api(api), "/lists", {"title": "One"})
    second, first = together([ask, ask], User.objects.filter(pk=ana.pk), waiting=1)
    assert (kind(second), second.headers["Retry-After"], first.status_code) == ((409, "under-way"), "1", 201)
    assert ask().content == first.content
    assert ToolList.objects.count() == 1


def test_it_is_in_the_copy_of_ones_data_and_goes_with_the_account(mine: Api, ana: User) -> None:
    made = send(mine, "/lists", {"title": "One"}).json()["key"]
    (told,) = privacy._exported(ana)["idempotency keys"]
    assert {name: told[name] for name in ("key", "made")} == {"key": KEY, "made": made}
    privacy._erase(ana)
    assert IdempotencyKey.objects.count() == 0
