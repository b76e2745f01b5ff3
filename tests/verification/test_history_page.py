"""All claims and incidents of a tool on its verification page, a page at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from tests import make
from tests.verification import over_time_rows
from tests.verification.over_time_rows import DAY, HOUR
from verification.models import Claim

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool() -> Tool:
    return make.tool()


def listed(client: Client, tool: Tool, **query: str) -> list[Any]:
    response = client.get(f"/tools/{tool.slug}/verification/", query)
    assert response.status_code == 200
    return list(response.context["shown"])


def test_claims_that_ended_stay_as_history_latest_first(client: Client, tool: Tool) -> None:
    at = timezone.now()
    for back in range(23, 0, -1):
        granted, ended = at - (back + 1) * DAY, at - back * DAY
        over_time_rows.claim(
            tool, granted_at=granted, renewed_at=granted, ended_at=ended, ended=Claim.Ended.LAPSED, sentence=f"{back}"
        )
    held = over_time_rows.claim(tool, granted_at=at - HOUR)
    rows = [*listed(client, tool, show="claims"), *listed(client, tool, show="claims", page="2")]
    assert [(row.words, row.sentence) for row in rows] == [
        ("Holds", held.sentence),
        *(("Ended", str(back)) for back in range(1, 24)),
    ]


def test_incidents_are_paged_with_their_timelines(client: Client, tool: Tool, django_assert_num_queries: Any) -> None:
    address = over_time_rows.endpoint(tool)
    began = timezone.now() - 30 * DAY
    made = [
        over_time_rows.incident(address, "Gone.", "Back.", closed=True, began_at=began).pk for _ in range(23)
    ]  # all at the same moment
    rows = [*listed(client, tool, show="incidents"), *listed(client, tool, show="incidents", page="2")]
    assert [row.pk for row in rows] == sorted(made, reverse=True)
    assert [[update.text for update in row.updates.all()] for row in rows] == [["Gone.", "Back."]] * 23


@pytest.mark.parametrize("show", ["claims", "incidents"])
@pytest.mark.parametrize("rows", [1, 3])
def test_each_list_asks_a_constant_number_of_questions(
    client: Client, tool: Tool, rows: int, show: str, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        address = over_time_rows.endpoint(tool, f"https://{number}.example.com")
        over_time_rows.incident(address, closed=True)
        over_time_rows.claim(tool, list(Claim.Kind)[number])
    with django_assert_num_queries({"claims": 17, "incidents": 18}[show]):
        assert len(listed(client, tool, show=show)) == rows


def test_what_is_not_there_is_said_and_what_is_asked_wrong_is_refused(client: Client, tool: Tool) -> None:
    over_time_rows.endpoint(tool)
    path = f"/tools/{tool.slug}/verification/"
    assert client.get(path, {"show": "incidents"}).content.decode().count("No incident was ever opened") == 1
    assert client.get(path, {"show": "everything"}).status_code == 400
    assert client.get(path, {"show": "claims", "page": "2"}).status_code == 404


def test_a_tool_that_is_no_longer_listed_shows_its_history_to_editors_only(client: Client, tool: Tool) -> None:
    over_time_rows.claim(tool, granted_at=timezone.now() - dt.timedelta(days=1))
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    path = f"/tools/{tool.slug}/verification/"
    assert client.get(path, {"show": "claims"}).status_code == 404
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    assert len(listed(client, tool, show="claims")) == 1
