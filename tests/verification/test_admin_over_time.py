"""The operators' desk over time."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from catalog.records import record_of
from catalog.services import update_tool
from tests import make
from tests.verification import make_runs, over_time_rows
from tests.verification.health.over_time import MINUTE, judge, look, tool_of, watched
from tests.verification.over_time_rows import DAY, HOUR
from tests.verification.test_admin import told
from verification import services
from verification.judgement.judge import Saw
from verification.models import Claim, Endpoint, IncidentUpdate, LogEntry, MaintenanceWindow, OwnOutage, Run, Watch

pytestmark = pytest.mark.django_db
LOCKS = re.compile(r"pg_advisory_xact_lock|FOR (NO KEY )?UPDATE|^(INSERT|UPDATE|DELETE)")


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    return client


@pytest.fixture
def tool() -> Tool:
    return make.tool()


def listing(model: str) -> str:
    return reverse(f"admin:verification_{model}_changelist")


def act(name: str, *rows: Any, **more: str) -> dict[str, Any]:
    return {"action": name, "_selected_action": [row.pk for row in rows], **more}


def test_rows_of_the_engine_can_be_read_and_not_changed(desk: Client, tool: Tool) -> None:
    at = timezone.now()
    address = over_time_rows.endpoint(tool)
    rows = {
        "endpoint": address,
        "incident": over_time_rows.incident(address),
        "ownoutage": OwnOutage.objects.create(cause="batch", began_at=at),
        "claim": over_time_rows.claim(tool),
        "watch": Watch.objects.create(tool=tool, full_at=at),
        "logentry": over_time_rows.entry("x", tool=tool),
    }
    for model, row in rows.items():
        assert desk.get(listing(model)).status_code == 200
        change = reverse(f"admin:verification_{model}_change", args=[row.pk])
        assert desk.get(change).status_code == 200
        assert desk.post(change, {}).status_code == 403
        assert desk.get(reverse(f"admin:verification_{model}_add")).status_code == 403
        assert desk.post(reverse(f"admin:verification_{model}_delete", args=[row.pk]), {}).status_code == 403


def test_a_person_adds_to_the_timeline_of_an_open_incident_only(desk: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool)
    opened, over = over_time_rows.incident(address), over_time_rows.incident(address, closed=True)
    said = {"state": "identified", "reason": "A disk is full."}
    assert told(desk, listing("incident"), act("post_update", opened, **said)) == ["The update was posted."]
    update = IncidentUpdate.objects.exclude(by=None).get()
    assert (update.incident, update.state, update.text, str(update.by)) == (
        opened, "identified", "A disk is full.", "editor@example.com",
    )  # fmt: skip
    refused = told(desk, listing("incident"), act("post_update", opened, over, **said))
    assert refused == ["The incident has ended. No update was posted."]
    empty = told(desk, listing("incident"), act("post_update", opened, state="identified", reason=" "))
    assert empty == ["An update needs a sentence. No update was posted."]
    resolved = told(desk, listing("incident"), act("post_update", opened, state="resolved", reason="Done."))
    assert IncidentUpdate.objects.exclude(by=None).count() == 1
    assert resolved != ["The update was posted."]


def test_the_page_of_an_incident_takes_as_many_statements_however_long_its_timeline(desk: Client, tool: Tool) -> None:
    incident = over_time_rows.incident(over_time_rows.endpoint(tool))
    path = reverse("admin:verification_incident_change", args=[incident.pk])

    def add(count: int) -> int:
        for _ in range(count):
            IncidentUpdate.objects.create(
                incident=incident, at=timezone.now(), state="identified", text="A disk is full.",
                run=make_runs.run(make.tool(), {"key": "home"}),
                by=User.objects.create_user(f"a{User.objects.count()}@example.com", "a long enough word"),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(path).status_code == 200
        return len(asked)

    assert add(1) == add(8)


def test_maintenance_is_declared_by_the_service_and_its_refusals_stand_in_the_form(desk: Client, tool: Tool) -> None:
    at = timezone.now().replace(microsecond=0)

    def declare(hours: int) -> Any:
        data = {"tool": tool.pk, "reason": "New disks"}
        for name, moment in (("starts_at", at), ("ends_at", at + hours * HOUR)):
            data |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": f"{moment:%H:%M:%S}"}
        return desk.post(reverse("admin:verification_maintenancewindow_add"), data)

    too_long = declare(25)
    assert too_long.context["adminform"].form.non_field_errors() == [
        "A maintenance window has to end after it starts, at most 24 hours later."
    ]
    assert declare(2).status_code == 302
    window = MaintenanceWindow.objects.get()
    assert (window.ends_at - window.starts_at, str(window.declared_by)) == (2 * HOUR, "editor@example.com")
    again = declare(3)
    assert again.context["adminform"].form.non_field_errors() == ["This overlaps another window of the tool."]
    assert MaintenanceWindow.objects.count() == 1
    path = reverse("admin:verification_maintenancewindow_delete", args=[window.pk])
    assert desk.post(path, {"post": "yes"}).status_code == 302
    assert declare(2).status_code == 302
    chosen = act("delete_selected", MaintenanceWindow.objects.get(), post="yes")
    assert desk.post(listing("maintenancewindow"), chosen).status_code == 302
    assert MaintenanceWindow.objects.count() == 0
    log = LogEntry.objects.filter(tool=tool, kind="person").order_by("id").values_list("sentence", flat=True)
    assert [line.split()[-1] for line in log] == ["disks", "back.", "disks", "back."]


def test_a_claim_is_withdrawn_for_a_reason_that_everybody_can_read(desk: Client, tool: Tool) -> None:
    claim = over_time_rows.claim(tool)
    without = told(desk, listing("claim"), act("withdraw", claim, reason=" "))
    assert without == ["Write the reason: it stands in the public log. Nothing ended."]
    assert told(desk, listing("claim"), act("withdraw", claim, reason="Seen on a copy.")) == ["Withdrawn: 1."]
    claim.refresh_from_db()
    assert claim.ended == Claim.Ended.WITHDRAWN
    entry = LogEntry.objects.get(key=f"claim:{claim.pk}:ended")
    assert (entry.kind, entry.sentence) == ("person", "Scanned: ended, a person withdrew it. Seen on a copy.")
    again = told(desk, listing("claim"), act("withdraw", claim, reason="Seen on a copy."))
    assert again == ["Withdrawn: 0. Ended before: 1."]


def test_a_claim_that_was_withdrawn_does_not_come_back_by_the_look_that_granted_it(desk: Client) -> None:
    endpoint, at = watched(), timezone.now()
    Tool.objects.update(changed_at=at - DAY)
    look(endpoint, at - MINUTE, Saw.UP)
    judge(at)
    assert tool_of(endpoint).level == 1
    told(desk, listing("claim"), act("withdraw", Claim.objects.get(), reason="A copy."))
    assert (list(Claim.objects.values_list("ended", flat=True)), tool_of(endpoint).level) == (["withdrawn"], 0)


def test_withdrawing_and_telling_of_a_run_take_the_turn_of_the_catalog_before_any_row(
    desk: Client, tool: Tool, django_assert_max_num_queries: Any
) -> None:
    claim = over_time_rows.claim(tool)
    run = make_runs.run(tool, {"key": "home"})
    Run.objects.update(announced_at=None)
    jobs = (
        lambda: told(desk, listing("claim"), act("withdraw", claim, reason="A copy.")),
        lambda: services.announce(run.pk),
    )
    for job in jobs:
        with django_assert_max_num_queries(200) as found:
            job()
        locks = [one["sql"] for one in found if LOCKS.search(one["sql"])]
        assert locks[0].count("catalog_change") == 1


def test_look_now_begins_a_light_run(desk: Client, tool: Tool) -> None:
    watch = Watch.objects.create(tool=tool, full_at=timezone.now())
    assert told(desk, listing("watch"), act("look_now", watch)) == ["1 run begun."]
    run = Run.objects.get()
    assert (run.tool, run.light, run.trigger, str(run.requested_by)) == (tool, True, "staff", "editor@example.com")


def hidden(desk: Client, path: str) -> dict[str, str]:
    """Return the hidden fields by which a page says what it shows of each row."""
    text = desk.get(path).content.decode()
    return dict(re.findall(r'<input type="hidden" name="(seen-\d+)" value="([^"]*)">', text))


def test_tools_are_marked_as_reviewed_by_the_person_who_did_it(desk: Client, tool: Tool) -> None:
    other = make.tool()
    path = reverse("admin:catalog_tool_changelist")
    opened = hidden(desk, path)
    assert told(desk, path, act("mark_as_reviewed", tool, other, **opened)) == ["Marked as reviewed: 2."]
    claims = Claim.objects.filter(kind="reviewed", ended_at=None).order_by("tool")
    assert [(claim.tool, str(claim.by)) for claim in claims] == [(one, "editor@example.com") for one in (tool, other)]


def test_a_listing_that_changed_after_the_page_was_opened_is_not_marked_as_reviewed(desk: Client, tool: Tool) -> None:
    other = make.tool()
    path = reverse("admin:catalog_tool_changelist")
    opened = hidden(desk, path)
    update_tool(tool, record_of(tool) | {"homepage": "https://another.example.org"}, categories=make.categories())
    refused = f"{tool.name}: The listing has changed since this page was opened. Read it again, then mark it."
    answer = told(desk, path, act("mark_as_reviewed", tool, other, **opened))
    assert answer == [refused, "Marked as reviewed: 1."]
    assert list(Claim.objects.filter(kind="reviewed").values_list("tool", flat=True)) == [other.pk]
    assert told(desk, path, act("mark_as_reviewed", tool, **hidden(desk, path))) == ["Marked as reviewed: 1."]
    assert told(desk, path, act("mark_as_reviewed", other)) == [
        f"{other.name}: The listing has changed since this page was opened. Read it again, then mark it.",
        "Marked as reviewed: 0.",
    ]


def test_what_needs_a_permission_is_not_offered_without_it(client: Client, tool: Tool) -> None:
    person = User.objects.create_user("reader@example.com", "a long enough word", is_staff=True)
    person.user_permissions.add(*Permission.objects.filter(codename__in=["view_claim", "view_watch", "view_incident"]))
    client.force_login(person)
    claim = over_time_rows.claim(tool)
    client.post(listing("claim"), act("withdraw", claim, reason="No."))
    Watch.objects.create(tool=tool, full_at=timezone.now())
    client.post(listing("watch"), act("look_now", Watch.objects.get()))
    claim.refresh_from_db()
    assert (claim.ended, Run.objects.count()) == ("", 0)


def test_a_tool_goes_with_all_that_is_known_of_it(desk: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool)
    over_time_rows.incident(address)
    over_time_rows.claim(tool)
    Watch.objects.create(tool=tool, full_at=timezone.now())
    desk.post(reverse("admin:catalog_tool_delete", args=[tool.pk]), {"post": "yes"})
    assert (Tool.objects.filter(pk=tool.pk).count(), Endpoint.objects.count(), Claim.objects.count()) == (0, 0, 0)
