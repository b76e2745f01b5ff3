"""Two workers at one digest, and caps under parallel requests: on committed rows."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import Newsletter, Saved
from catalog.personal import digest, follows, keeping
from core.outbox.models import OutgoingMail
from tests import make
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Call all at the same moment, each on a connection of its own; return what they returned or raised."""
    found: list[object] = []
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        start.wait()
        try:
            found.append(call())
        except keeping.Full as full:
            found.append(type(full))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_workers_make_one_mail() -> None:
    ana = person("ana@example.com")
    follows.follow_category(user=ana, category=make.categories()["coding"])
    digest.choose(user=ana, period="daily")
    make.tool()
    Newsletter.objects.update(next_due_at=timezone.now() - dt.timedelta(minutes=1))
    key = Newsletter.objects.get().pk
    found = at_once(*[lambda: digest.make(key)] * 4)
    assert sorted(map(str, found)) == ["False", "False", "False", "True"]
    assert OutgoingMail.objects.filter(kind="catalog.digest").count() == 1


def test_two_sweeps_claim_each_digest_once() -> None:
    people = [person(f"p{number}@example.com") for number in range(6)]
    for one in people:
        digest.choose(user=one, period="daily")
    Newsletter.objects.update(next_due_at=timezone.now() - dt.timedelta(minutes=1))
    found = at_once(digest.claim, digest.claim)
    claimed = sorted(key for keys in found for key in keys)  # type: ignore[attr-defined]
    assert claimed == sorted(Newsletter.objects.values_list("pk", flat=True))


def test_parallel_saves_do_not_pass_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_SAVED", 2)
    ana, tools = person("ana@example.com"), [make.tool() for _ in range(5)]
    found = at_once(*[lambda tool=tool: keeping.save(user=ana, tool=tool) for tool in tools])
    assert sorted(map(str, found)) == sorted(map(str, [True, True, *[keeping.Full] * 3]))
    assert Saved.objects.count() == 2


def test_parallel_moves_and_additions_keep_every_place_once() -> None:
    ana = person("ana@example.com")
    tools = [make.tool() for _ in range(6)]
    found = keeping.create_list(user=ana, title="One")
    for tool in tools[:3]:
        keeping.add(to=found, tool=tool)
    items = list(found.items.order_by("position"))
    at_once(
        *[lambda tool=tool: keeping.add(to=found, tool=tool) for tool in tools[3:]],
        lambda: keeping.move(item=items[0], up=False),
        lambda: keeping.move(item=items[2], up=True),
        lambda: keeping.remove(item=items[1]),
    )
    assert list(found.items.order_by("position").values_list("position", flat=True)) == sorted(
        set(found.items.values_list("position", flat=True))
    )
    assert found.items.count() == 5
