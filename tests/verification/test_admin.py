"""The operators' desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import make
from tests.verification import make_runs
from verification.admin.readonly import MOST_AT_ONCE
from verification.models import HostBudget, OptOut, Run
from verification.polite import PoliteGate

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    return client


def told(client: Client, path: str, data: Any) -> list[str]:
    response = client.post(path, data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def test_runs_steps_and_results_can_be_read_and_not_changed(desk: Client) -> None:
    run = make_runs.run(make.tool(), {"key": "home"})
    link = f'href="{run.get_absolute_url()}"'
    for model, row in (("run", run), ("runstep", run.steps.get()), ("stepresult", run.results.get())):
        listing = reverse(f"admin:verification_{model}_changelist")
        page = desk.get(listing)
        assert (page.status_code, page.content.decode().count(link)) == (200, 1)
        assert desk.get(reverse(f"admin:verification_{model}_change", args=[row.pk])).status_code == 200
        assert desk.get(reverse(f"admin:verification_{model}_add")).status_code == 403
        assert desk.post(reverse(f"admin:verification_{model}_change", args=[row.pk]), {}).status_code == 403
        assert desk.post(reverse(f"admin:verification_{model}_delete", args=[row.pk]), {}).status_code == 403


def test_verify_now_begins_a_run_for_each_chosen_tool(desk: Client) -> None:
    tools = [make.tool() for _ in range(3)]
    make_runs.run(tools[0], {"state": "queued"}, finished=False)
    path = reverse("admin:catalog_tool_changelist")
    chosen = {"action": "verify_now", "_selected_action": [tool.pk for tool in tools]}
    assert told(desk, path, chosen) == ["2 runs begun. 1 of the chosen had a run under way already."]
    begun = Run.objects.filter(trigger=Run.Trigger.STAFF).order_by("tool")
    assert [(run.tool, str(run.requested_by)) for run in begun] == [(tool, "editor@example.com") for tool in tools[1:]]


def test_verify_now_is_for_a_handful_of_tools(desk: Client) -> None:
    tools = [make.tool() for _ in range(MOST_AT_ONCE + 1)]
    chosen = {"action": "verify_now", "_selected_action": [tool.pk for tool in tools], "select_across": "1"}
    assert told(desk, reverse("admin:catalog_tool_changelist"), chosen) == [
        "Choose at most 50 tools at once. No run was begun."
    ]
    assert Run.objects.count() == 0


def test_who_may_not_change_tools_has_no_verify_now(client: Client) -> None:
    from django.contrib.auth.models import Permission

    reader = User.objects.create_user("reader@example.com", "a long enough word", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_tool"))
    client.force_login(reader)
    tool = make.tool()
    path = reverse("admin:catalog_tool_changelist")
    client.post(path, {"action": "verify_now", "_selected_action": [tool.pk]})
    assert Run.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        "bücher.example", "BÜCHER.example", "www.bücher.example", "https://www.BÜCHER.example:8443/a?b=c",
        "xn--bcher-kva.example", "http://api.xn--bcher-kva.example./", "bücher。example", "bücher.example.",
        "//www.bücher.example/", "*.bücher.example", "bücher.example/contact",
    ],
)  # fmt: skip
def test_an_opt_out_of_a_name_beyond_ascii_is_kept_as_requests_have_it(desk: Client, typed: str) -> None:
    desk.post(reverse("admin:verification_optout_add"), {"domain": typed})
    assert list(OptOut.objects.values_list("domain", flat=True)) == ["xn--bcher-kva.example"]
    assert PoliteGate().before_request("https://api.bücher.example/") == "opted_out"


@pytest.mark.parametrize(
    "typed", ["a b.example", "exa_mple..com", "https://", "mailto:me@example.com", "192.0.2.1", "a@b.com", "localhost"]
)
def test_what_is_no_domain_cannot_opt_out(desk: Client, typed: str) -> None:
    response = desk.post(reverse("admin:verification_optout_add"), {"domain": typed})
    assert response.context["errors"] == [["Write a domain, such as example.com."]]
    assert OptOut.objects.count() == 0


@pytest.mark.parametrize("typed", ["example.co.uk", "https://API.example.co.uk/v1", " www.Example.co.uk "])
def test_an_opt_out_is_kept_as_its_registrable_domain(desk: Client, typed: str) -> None:
    path = reverse("admin:verification_optout_add")
    desk.post(path, {"domain": typed, "reason": "by mail"})
    assert list(OptOut.objects.values_list("domain", "reason")) == [("example.co.uk", "by mail")]
    again = desk.post(path, {"domain": typed})
    assert again.context["errors"] == [["example.co.uk has opted out already."]]


def test_an_opt_out_needs_a_domain(desk: Client) -> None:
    response = desk.post(reverse("admin:verification_optout_add"), {"domain": "example"})
    assert response.context["errors"] == [["Write a domain, such as example.com."]]
    assert OptOut.objects.count() == 0


def test_of_a_budget_only_the_daily_number_is_changed(desk: Client) -> None:
    day = dt.date(2031, 3, 4)
    HostBudget.objects.create(key="example.com", day=day, used=7)
    path = reverse("admin:verification_hostbudget_change", args=[desk_quoted("example.com")])
    desk.post(path, {"daily": "5", "used": "0", "key": "other.example", "day": "2031-01-01"})
    assert list(HostBudget.objects.values_list("key", "day", "used", "daily")) == [("example.com", day, 7, 5)]
    desk.post(reverse("admin:verification_hostbudget_add"), {"key": "example.org", "daily": "3"})
    assert HostBudget.objects.get(key="example.org").daily == 3


def desk_quoted(key: str) -> str:
    from django.contrib.admin.utils import quote

    return str(quote(key))
