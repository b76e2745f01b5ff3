"""The dashboard: only for who speaks for a tool; what it shows and what can be done there."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool, ToolDay, ToolSearch
from core.models import AuditEvent
from submissions import dashboard, listings
from submissions.models import Reply
from submissions.owner_forms import MaintenanceForm
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.submissions.owners.conftest import browser
from tests.verification import make_runs, over_time_rows
from tests.verification.conftest import hints  # noqa: F401 - a fixture
from verification.models import Incident, LogEntry, MaintenanceWindow, Run

pytestmark = pytest.mark.django_db
PAGE, REPLIES, MAINTENANCE = "/portal/tools/acme/", "/portal/tools/acme/replies/", "/portal/tools/acme/maintenance/"
DAY = dt.timedelta(days=1)
STATEMENTS = 16


@pytest.fixture
def owner(ana: User, acme: Tool) -> User:
    """Ana, who has proved to own Acme."""
    rows.owner(ana, "acme.example")
    return ana


@pytest.fixture
def incident(owner: User, acme: Tool) -> Incident:
    """An open incident of Acme."""
    return over_time_rows.incident(over_time_rows.endpoint(acme))


# -- the list ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_makes_the_same_statements_however_many_tools_there_are(
    ana: User, number: int, django_assert_num_queries: Any
) -> None:
    for at in range(number):
        tool = make.tool(slug=f"own-{at}", homepage=f"https://own-{at}.example/")
        rows.owner(ana, f"own-{at}.example")
        over_time_rows.claim(tool)
    over_time_rows.incident(over_time_rows.endpoint(tool))
    with django_assert_num_queries(7):
        mine = dashboard.my_tools(ana)
    assert [(one.owns, one.incidents, one.lapses is not None) for one in mine] == [
        (True, int(one.tool == tool), True) for one in mine
    ]
    assert len(mine) == number


def test_who_speaks_for_nothing_is_told_how_to_begin(ana: User) -> None:
    assert "You speak for no listed tool yet." in browser(ana).get("/portal/tools/").content.decode()


def test_a_tool_that_is_not_listed_any_more_is_nobodys(owner: User) -> None:
    Tool.objects.update(status="delisted")
    assert dashboard.my_tools(owner) == []
    assert browser(owner).get(PAGE).status_code == 404


# -- one tool ----------------------------------------------------------------------------------------------------------


def test_the_page_shows_reach_health_and_what_expires_next(owner: User, acme: Tool, incident: Incident) -> None:
    today = timezone.now().astimezone(dt.UTC).date()
    ToolDay.objects.create(tool=acme, day=today, channel="site", impressions=40, views=7, visits=2)
    ToolDay.objects.create(tool=acme, day=today - 100 * DAY, channel="site", impressions=5, views=1, visits=0)
    ToolSearch.objects.create(tool=acme, day=today, text="make me a thing", count=6)
    over_time_rows.claim(acme, expires_at=timezone.now() + 5 * DAY)
    ours = browser(owner)
    page = ours.get(PAGE)
    assert page.context["totals"] == [("Impressions", 40, 5), ("Page views", 7, 1), ("Outbound clicks", 2, 0)]
    assert [one.what for one in page.context["mine"].todo] == ["“Scanned” ends."]
    html = page.content.decode()
    assert "make me a thing" in html
    assert html.count('<figure class="plot">') == 3
    assert 'src="/tools/acme/badge.svg"' in html
    assert ours.get(f"{PAGE}?days=365").context["totals"][0] == ("Impressions", 45, None)
    assert ours.get(f"{PAGE}?days=7").status_code == 400


def test_an_owner_runs_the_checks_again_and_not_too_often(
    owner: User,
    hints: Any,  # noqa: F811 - the fixture
    settings: Any,
) -> None:
    settings.LIMITS_SCALE = 1
    ours = browser(owner)
    first = ours.post(f"{PAGE}verify/").headers["Location"]
    run = Run.objects.get()
    assert (first, run.trigger, run.requested_by) == (run.get_absolute_url(), "owner", owner)
    assert {ours.post(f"{PAGE}verify/").headers.get("Location") for _ in range(5)} == {first}
    assert ours.post(f"{PAGE}verify/").status_code == 429
    assert Run.objects.count() == 1


# -- the right of reply ------------------------------------------------------------------------------------------------


def test_a_reply_to_an_incident_stands_on_the_public_page_as_the_owners_words(
    owner: User, incident: Incident, bob: User
) -> None:
    ours = browser(owner)
    ours.post(REPLIES, {"incident": incident.pk, "text": "A cable was cut.\r\nIt is mended."})
    ours.post(REPLIES, {"incident": incident.pk, "text": "Two cables were cut. <b>Both</b> are mended."})
    html = Client().get("/tools/acme/verification/").content.decode()
    assert "Two cables were cut. &lt;b&gt;Both&lt;/b&gt; are mended." in html
    assert "A cable was cut" not in html  # the later one replaces it
    assert "What its owner says" in html
    assert "ana@example.com" not in html
    assert [(one.by, one.ended_at is None) for one in Reply.objects.order_by("pk")] == [(owner, False), (owner, True)]
    ours.post(REPLIES, {"incident": incident.pk, "take_back": "yes"})
    assert "What its owner says" not in Client().get("/tools/acme/verification/", {"show": "claims"}).content.decode()
    said = AuditEvent.objects.filter(actor=str(owner.public_id), action__startswith="reply").order_by("pk")
    assert list(said.values_list("action", flat=True)) == ["reply.posted", "reply.posted", "reply.taken_back"]


def test_a_negative_verdict_can_be_answered_and_a_good_one_cannot(owner: User, acme: Tool) -> None:
    run = make_runs.run(acme, {"key": "home"}, {"key": "home", "subject": "x", "verdict": "fail"})
    good, bad = run.results.order_by("pk")
    ours = browser(owner)
    assert [one for one, _ in ours.get(PAGE).context["mine"].verdicts] == [bad]
    assert ours.get(REPLIES, {"result": good.pk}).status_code == 404
    ours.post(REPLIES, {"result": bad.pk, "text": "That page moved last week."})
    assert "That page moved last week." in Client().get(run.get_absolute_url()).content.decode()
    assert "That page moved last week." in Client().get("/tools/acme/verification/").content.decode()


def test_nobody_replies_about_what_concerns_another_tool(owner: User, acme: Tool) -> None:
    other = make.tool(slug="other", homepage="https://else.example/")
    foreign = over_time_rows.incident(over_time_rows.endpoint(other))
    result = make_runs.run(other, {"key": "home", "verdict": "fail"}).results.get()
    ours = browser(owner)
    sent: list[dict[str, Any]] = [
        {"incident": foreign.pk},
        {"result": result.pk},
        {},
        {"incident": "9" * 30},
        {"incident": "1e3"},
    ]
    assert {ours.post(REPLIES, {**one, "text": "Hello there."}).status_code for one in sent} == {404}
    assert Reply.objects.count() == 0


def test_every_string_of_the_corpus_gets_its_verdict_in_a_reply(
    owner: User, incident: Incident, naughty_rows: list[dict[str, Any]]
) -> None:
    ours = browser(owner)
    wrong = []
    for row in naughty_rows:
        refused = row["text_field"] == "reject" or len(row["text"].replace("\r\n", "\n")) > 600
        status = ours.post(REPLIES, {"incident": incident.pk, "text": row["text"]}).status_code
        if (status == 400) != refused and "\x00" not in row["text"]:
            wrong.append((row["id"], status))
    assert wrong == []
    assert Client().get("/tools/acme/verification/").status_code == 200


def test_an_operator_takes_a_reply_down_and_nobody_else_does(owner: User, incident: Incident, rita: User) -> None:
    browser(owner).post(REPLIES, {"incident": incident.pk, "text": "Buy something else."})
    chosen = {"action": "take_down", "_selected_action": [Reply.objects.get().pk]}
    browser(person("eve@example.com", is_staff=True)).post("/admin/submissions/reply/", chosen)
    assert Reply.objects.shown().count() == 1
    browser(rita).post("/admin/submissions/reply/", chosen)
    assert Reply.objects.shown().count() == 0
    assert AuditEvent.objects.filter(action="reply.taken_down", actor=str(rita.public_id)).count() == 1


def test_every_string_gets_its_verdict_in_the_reason_of_maintenance(naughty_rows: list[dict[str, Any]]) -> None:
    wrong = []
    for row in naughty_rows:
        form = MaintenanceForm({"starts_at": "2031-01-01T10:00", "hours": "1", "reason": row["text"]})
        refused = row["name_field"] == "reject"
        if form.is_valid() == refused and len(row["text"]) <= 80 and "\x00" not in row["text"]:
            wrong.append(row["id"])
    assert wrong == []


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_makes_the_same_statements_however_much_was_answered(
    owner: User, acme: Tool, number: int, django_assert_num_queries: Any
) -> None:
    endpoint = over_time_rows.endpoint(acme)
    for at in range(number):
        begun = timezone.now() - (at + 2) * DAY
        one = over_time_rows.incident(endpoint, closed=True, began_at=begun, opened_at=begun)
        Reply.objects.create(tool=acme, incident=one, text="Mended.", by=owner)
    tool = Tool.objects.prefetch_related("plans", "interfaces").get(pk=acme.pk)
    with django_assert_num_queries(STATEMENTS):
        found = dashboard.overview(owner, tool)
        assert [reply is not None for _, reply in found.incidents] == [True] * number


def test_a_reply_is_about_one_thing(acme: Tool, incident: Incident) -> None:
    for about in ({}, {"incident": incident, "result": make_runs.run(acme, {"key": "home"}).results.get()}):
        with pytest.raises(IntegrityError, match="reply_is_about_one_thing"), transaction.atomic():
            Reply.objects.create(tool=acme, text="x", **about)


# -- maintenance -------------------------------------------------------------------------------------------------------


def test_maintenance_is_announced_beforehand_and_taken_back(owner: User) -> None:
    ours = browser(owner)
    begins = (timezone.now() + DAY).replace(microsecond=0, second=0)
    sent = {"starts_at": f"{begins:%Y-%m-%dT%H:%M}", "hours": "3", "reason": "A move to other machines"}
    assert ours.post(MAINTENANCE, sent).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert (window.starts_at, window.ends_at, window.declared_by) == (begins, begins + dt.timedelta(hours=3), owner)
    again = ours.post(MAINTENANCE, sent)
    assert (again.status_code, "It overlaps with another window" in again.content.decode()) == (400, True)
    late = ours.post(MAINTENANCE, {**sent, "starts_at": "2026-01-01T10:00"})
    assert "has to be declared before it starts" in late.content.decode()
    ours.post(MAINTENANCE, {"take_back": window.pk})
    assert MaintenanceWindow.objects.count() == 0
    assert LogEntry.objects.filter(kind="person").count() == 2
    assert ours.post(MAINTENANCE, {"take_back": window.pk}).status_code == 404


def test_the_link_to_reply_leads_to_the_form(owner: User, incident: Incident) -> None:
    ours = browser(owner)
    (address,) = re.findall(r'href="([^"]+\?incident=\d+)"', ours.get(PAGE).content.decode())
    assert (address, ours.get(address).status_code) == (f"{REPLIES}?incident={incident.pk}", 200)


def test_an_owner_of_a_suspended_tool_is_led_to_the_reason(owner: User, acme: Tool, rita: User) -> None:
    decision = listings.suspend(acme, by=rita, ground="true", sentence="Its price page says something else.")
    page = browser(owner).get("/portal/tools/")
    assert page.context["away"] == [(acme, decision)]
    html = page.content.decode()
    assert f'href="/portal/decisions/{decision.key}/"' in html
    assert "You speak for no listed tool yet." not in html
    assert browser(owner).get(f"/portal/decisions/{decision.key}/").status_code == 200
