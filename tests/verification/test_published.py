"""Proposed facts: an editor decides, provenance names the vendor, nothing changes silently."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.models import Change, Fact, Tool
from catalog.records import record_of, with_record_rows
from catalog.services import update_tool
from tests import make
from verification.models import LogEntry, ProposedFact
from verification.published import record, services, shown
from verification.published.crawl import Crawl, Look
from verification.published.proposal import Proposal

pytestmark = pytest.mark.django_db
AT = timezone.now().replace(microsecond=0) - dt.timedelta(days=6)
DAY = f"{AT:%Y-%m-%d}"
URL = "https://made.example.com/"


def seen(field: str, value: Any, kind: str = "jsonld", at: dt.datetime = AT) -> Proposal:
    return Proposal(field, value, kind, URL, f"{field}: {value}"[:300], at)


def crawled(*proposals: Proposal, kind: str = "jsonld") -> Crawl:
    return Crawl(URL, [Look(kind, URL, "", list(proposals), answered=True)])


def proposed(tool: Tool, field: str, value: Any) -> ProposedFact:
    services.keep(tool, crawled(seen(field, value)))
    return ProposedFact.objects.get(tool=tool, field=field, state="open")


def posted(action: str, row: ProposedFact, page: str) -> dict[str, Any]:
    """Return what the desk's form posts when one row of this page is ticked."""
    hidden = dict(re.findall(r'<input type="hidden" name="(seen-\d+)" value="([^"]*)">', page))
    return {"action": action, "_selected_action": [row.pk], **hidden}


def as_record(tool: Tool) -> Any:
    return record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))


def edited(tool: Tool, **changes: Any) -> None:
    update_tool(tool, as_record(tool) | changes, categories=make.categories())


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor@example.com", "a long enough word")


def test_a_difference_is_proposed_and_the_listing_stays() -> None:
    tool = make.tool(vendor="Old Works")
    before = (as_record(tool), Change.objects.count())
    assert services.keep(tool, crawled(seen("vendor", "New Works"))) == services.Proposed(opened=1)
    row = ProposedFact.objects.get()
    assert (row.current, row.value, row.source_url, row.state) == ("Old Works", "New Works", URL, "open")
    assert (as_record(tool), Change.objects.count()) == before


def test_what_the_listing_says_already_is_counted_only() -> None:
    tool = make.tool(vendor="Works", links={"docs": "https://made.example.com/docs/"})
    found = crawled(seen("vendor", "Works"), seen("docs_url", "https://made.example.com/docs"),
                    seen("platforms", ["web"]))  # fmt: skip
    assert services.keep(tool, found) == services.Proposed(confirmed=3)
    assert ProposedFact.objects.count() == 0


def test_a_second_look_refreshes_and_supersedes() -> None:
    tool = make.tool(vendor="Old")
    services.keep(tool, crawled(seen("vendor", "New"), seen("licence", "MIT")))
    later = AT + dt.timedelta(days=1)
    again = services.keep(tool, crawled(seen("vendor", "New", at=later), seen("licence", "Apache-2.0", at=later)))
    assert again == services.Proposed(opened=1, refreshed=1, superseded=1)
    rows = ProposedFact.objects.order_by("id").values_list("field", "value", "state", "seen_at")
    assert list(rows) == [
        ("vendor", "New", "open", later), ("licence", "MIT", "superseded", AT),
        ("licence", "Apache-2.0", "open", later),
    ]  # fmt: skip


def test_a_source_that_did_not_answer_takes_nothing_back() -> None:
    tool = make.tool(vendor="Old")
    services.keep(tool, crawled(seen("vendor", "New")))
    silent = Crawl(URL, [Look("jsonld", URL, "It did not answer.")])
    assert services.keep(tool, silent) == services.Proposed()
    assert ProposedFact.objects.get().state == "open"


def test_accepting_writes_the_value_with_the_vendor_as_its_source(editor: User) -> None:
    tool = make.tool(vendor="Old")
    row = proposed(tool, "vendor", "New")
    assert services.accept(row, change=row.change, by=editor) == {"vendor": ["Old", "New"]}
    tool.refresh_from_db()
    fact = Fact.objects.get(tool=tool, field="vendor")
    assert (tool.vendor, fact.said_by, fact.said_on, fact.evidence) == ("New", "docs", AT.date(), URL)
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.decided_at is not None) == ("accepted", editor, True)
    change = Change.objects.order_by("serial").last()
    assert change is not None
    assert (change.actor, change.fields) == (editor, {"vendor": ["Old", "New"]})
    kind = Fact.objects.get(tool=tool, field="kind")
    assert (kind.said_by, kind.evidence) == ("editor", "")  # other facts keep theirs


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("docs_url", "https://a.example.com/docs", ("links", {"docs": "https://a.example.com/docs"})),
        ("launched", "2024-05", ("launched", "2024-05")),
        ("access", "free_tier", ("pricing", {"access": "free_tier", "model": [], "source": "open_source",
                                             "said_by": "docs"})),
        ("platforms", ["android"], ("platforms", ["android", "web"])),
        ("modality_out", ["audio"], ("modality", {"in": ["text"], "out": ["audio", "text"]})),
        ("plan", {"name": "Pro", "amount": "20", "currency": "USD", "period": "month"},
         ("plans", [{"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": DAY}])),
        ("interface", {"kind": "mcp-remote", "url": "https://a.example.com/mcp", "auth": "oauth2"},
         ("interfaces", [{"kind": "mcp-remote", "url": "https://a.example.com/mcp", "auth": "oauth2",
                          "said_by": "docs"}])),
    ],
)  # fmt: skip
def test_every_kind_of_field_can_be_accepted(editor: User, field: str, value: Any, found: tuple[str, Any]) -> None:
    tool = make.tool()
    row = proposed(tool, field, value)
    services.accept(row, change=row.change, by=editor)
    assert as_record(tool)[found[0]] == found[1]
    assert services.keep(tool, crawled(seen(field, value))) == services.Proposed(confirmed=1)


def test_a_price_replaces_the_plan_of_its_name(editor: User) -> None:
    plan = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month"}
    tool = make.tool(plans=[plan | {"seen": "2025-01-01"}])
    row = proposed(tool, "plan", plan | {"amount": "25"})
    assert shown.diff("plan", row.current, row.value) == ["Pro, USD, month", "- amount 20", "+ amount 25"]
    services.accept(row, change=row.change, by=editor)
    assert as_record(tool)["plans"] == [plan | {"amount": "25", "seen": DAY}]


def test_a_listing_that_changed_meanwhile_keeps_the_editors_word(editor: User) -> None:
    tool = make.tool(vendor="Old")
    row = proposed(tool, "vendor", "New")
    edited(tool, vendor="Typed by hand")
    with pytest.raises(services.Stale):
        services.accept(row, change=row.change, by=editor)
    assert as_record(tool)["vendor"] == "Typed by hand"
    row.refresh_from_db()
    assert row.state == "open"


def test_a_value_that_breaks_a_rule_of_the_catalog_is_refused(editor: User) -> None:
    tool = make.tool()
    row = proposed(tool, "tagline", "Too short")
    with pytest.raises(services.Unfit, match=r"^tagline has 9 characters; write 20 to 90\. Edit the tool by hand"):
        services.accept(row, change=row.change, by=editor)
    assert as_record(tool)["tagline"] == make.record()["tagline"]


def test_what_is_decided_stays_decided(editor: User) -> None:
    tool = make.tool(vendor="Old")
    row = proposed(tool, "vendor", "New")
    services.reject(row, by=editor)
    with pytest.raises(services.Stale):
        services.accept(row, change=row.change, by=editor)
    with pytest.raises(services.Stale):
        services.reject(row, by=editor)
    assert as_record(tool)["vendor"] == "Old"
    assert services.keep(tool, crawled(seen("vendor", "New"))) == services.Proposed()  # not put forward again


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_what_is_decided_stands_in_the_public_log_without_a_name(editor: User, decision: str) -> None:
    tool = make.tool(vendor="Old")
    row = proposed(tool, "vendor", "New")
    if decision == "accepted":
        services.accept(row, change=row.change, by=editor)
    else:
        services.reject(row, by=editor)
    says = {"accepted": "the listing says so now", "rejected": "the listing stays as it is"}[decision]
    assert list(LogEntry.objects.values_list("kind", "tool", "sentence")) == [
        (
            "person",
            tool.pk,
            f"What the site itself says (vendor: JSON-LD and links of the home page) was {decision}: {says}.",
        )
    ]


def test_an_open_proposal_stands_once() -> None:
    row = proposed(make.tool(), "vendor", "New")
    row.pk = None
    with pytest.raises(IntegrityError, match="proposed_fact_open_once"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("state", "at", "name"),
    [("accepted", None, "proposed_fact_decided_at_agrees"), ("open", AT, "proposed_fact_decided_at_agrees"),
     ("odd", AT, "proposed_fact_state_known")],
)  # fmt: skip
def test_a_state_and_its_time_agree(state: str, at: Any, name: str) -> None:
    row = proposed(make.tool(), "vendor", "New")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ProposedFact.objects.filter(pk=row.pk).update(state=state, decided_at=at)


def test_the_desk_shows_a_diff_and_takes_decisions(client: Client, editor: User) -> None:
    tools = [make.tool(vendor="Old <b>"), make.tool()]
    first, second = proposed(tools[0], "vendor", "New"), proposed(tools[1], "licence", "MIT")
    client.force_login(editor)
    path = reverse("admin:verification_proposedfact_changelist")
    page = client.get(path).content.decode()
    assert page.count("- Old &lt;b&gt;<br>+ New") == 1
    assert page.count(f'<a href="{URL}" rel="noreferrer noopener nofollow">') == 2
    for action, row in (("accept", first), ("reject", second)):
        told = client.post(path, posted(action, row, page), follow=True).context["messages"]
        assert [str(one) for one in told] == [f"1 {action}ed."]
    assert list(ProposedFact.objects.order_by("id").values_list("state", flat=True)) == ["accepted", "rejected"]


def test_who_may_not_change_tools_may_not_decide(client: Client) -> None:
    reader = User.objects.create_user("reader@example.com", "a long enough word", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_proposedfact"))
    row = proposed(make.tool(), "vendor", "New")
    client.force_login(reader)
    shown = {"action": "accept", "_selected_action": [row.pk], f"seen-{row.pk}": row.change}
    client.post(reverse("admin:verification_proposedfact_changelist"), shown)
    row.refresh_from_db()
    assert row.state == "open"


def test_an_interface_is_known_by_its_kind_and_addresses() -> None:
    row = {"kind": "rest", "base_url": "https://api.example.com/v1", "openapi": "https://api.example.com/o.json"}
    listed = {"interfaces": [row]}
    for value, found in (
        ({"kind": "rest", "base_url": "https://api.example.com/v1/"}, row),
        ({"kind": "rest", "openapi": "https://api.example.com/o.json"}, row),
        ({"kind": "rest", "base_url": "https://api.example.com/v2", "openapi": row["openapi"]}, None),
        ({"kind": "rest", "base_url": "https://api.example.com/v2"}, None),
        ({"kind": "graphql", "base_url": "https://api.example.com/v1"}, None),
    ):
        assert record.current(listed, "interface", value) == found
    package = {"kind": "mcp-package", "registry": "pypi", "package": "a"}
    assert record.current({"interfaces": [package]}, "interface", package | {"registry": "npm"}) is None


def test_two_interfaces_of_a_kind_on_one_host_do_not_replace_each_other(editor: User) -> None:
    address = "https://api.example.com/"
    tool = make.tool(interfaces=[{"kind": "mcp-remote", "url": f"{address}mcp", "said_by": "editor"}])
    found = crawled(*[seen("interface", {"kind": "mcp-remote", "url": f"{address}{name}"}) for name in ("sse", "mcp")])
    assert services.keep(tool, found) == services.Proposed(opened=1, confirmed=1)
    row = ProposedFact.objects.get()
    assert (row.current, row.value["url"], row.flags) == (None, f"{address}sse", ["beside"])
    services.accept(row, change=row.change, by=editor)
    assert {one["url"] for one in as_record(tool)["interfaces"]} == {f"{address}mcp", f"{address}sse"}
    assert services.keep(tool, found) == services.Proposed(confirmed=2)


@pytest.mark.parametrize(
    ("field", "before", "value"),
    [("platforms", {"platforms": ["ios", "web"]}, ["linux"]), ("modality_out", {}, ["audio"]),
     ("price_model", {"pricing": make.record()["pricing"] | {"model": ["per_seat"]}}, ["usage"])],
)  # fmt: skip
def test_a_diff_shows_what_will_be_written(editor: User, field: str, before: Any, value: Any) -> None:
    tool = make.tool(**before)
    row = proposed(tool, field, value)
    lines = shown.diff(row.field, row.current, row.value)
    services.accept(row, change=row.change, by=editor)
    written = record.current(as_record(tool), field, value)
    assert lines == [f"- {', '.join(row.current)}" for _one in [0] if row.current] + [f"+ {', '.join(written)}"]


def test_a_diff_says_which_plan_or_interface_it_changes() -> None:
    plan = {"name": "Team", "amount": "12", "currency": "EUR", "period": "year"}
    assert shown.diff("plan", plan | {"seen": "2025-01-01"}, plan | {"amount": "20"}) == [
        "Team, EUR, year", "- amount 12", "+ amount 20",
    ]  # fmt: skip
    api = {"kind": "rest", "base_url": "https://a.example.com/v1", "said_by": "editor"}
    assert shown.diff("interface", api, {"kind": "rest", "base_url": api["base_url"], "auth": "http"}) == [
        "rest, https://a.example.com/v1", "+ auth http",
    ]  # fmt: skip


def test_accepting_is_accepting_what_was_shown(client: Client, editor: User) -> None:
    plan = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month"}
    tool = make.tool(plans=[plan | {"seen": "2025-01-01"}])
    row = proposed(tool, "plan", plan | {"amount": "25"})
    client.force_login(editor)
    path = reverse("admin:verification_proposedfact_changelist")
    page = client.get(path).content.decode()
    edited(tool, plans=[plan | {"amount": "30", "seen": "2025-11-25"}])  # another editor
    services.keep(tool, crawled(seen("plan", plan | {"amount": "25"})))  # and a later look
    for form in (posted("accept", row, page), posted("accept", row, "")):
        told = client.post(path, form, follow=True).context["messages"]
        assert str(next(iter(told))) == (
            f"{tool.name}: This is another change than the one that you were shown. Look at the new row, then decide."
        )
    assert as_record(tool)["plans"][0]["amount"] == "30"
    client.post(path, posted("accept", row, client.get(path).content.decode()))
    assert as_record(tool)["plans"][0]["amount"] == "25"


def test_a_value_of_any_length_can_be_proposed() -> None:
    mixed = random.Random(1)
    long = " ".join("".join(chr(mixed.randrange(0x4E00, 0x9FA5)) for _ in range(40)) for _ in range(40))
    tool = make.tool()
    services.keep(tool, crawled(seen("vendor", "New"), seen("description", long)))
    assert services.keep(tool, crawled(seen("vendor", "New"), seen("description", long))).refreshed == 2


def test_a_source_that_answers_and_says_nothing_takes_back() -> None:
    tool = make.tool(vendor="Old")
    services.keep(tool, crawled(seen("vendor", "New")))
    assert services.keep(tool, crawled()) == services.Proposed(superseded=1)


def test_what_was_read_long_ago_is_read_again_before_it_is_accepted(editor: User) -> None:
    tool = make.tool(vendor="Old")
    now = timezone.now()
    services.keep(tool, crawled(seen("vendor", "New", at=now - dt.timedelta(days=31))))
    row = ProposedFact.objects.get()
    with pytest.raises(services.Stale, match=rf"^It was read on .{{10}}, which is too long ago\. .* {tool.slug} --pro"):
        services.accept(row, change=row.change, by=editor)
    services.keep(tool, crawled(seen("vendor", "New", at=now - dt.timedelta(days=29))))
    assert services.accept(row, change=row.change, by=editor) == {"vendor": ["Old", "New"]}


def test_a_rejected_value_is_remembered_as_long_as_it_is_stated(editor: User) -> None:
    tool = make.tool(vendor="Old")
    services.reject(proposed(tool, "vendor", "New"), by=editor)
    later = AT + dt.timedelta(days=2)
    assert services.keep(tool, crawled(seen("vendor", "New", at=later))) == services.Proposed()
    assert list(ProposedFact.objects.values_list("state", "seen_at")) == [("rejected", later)]


def test_a_row_opens_the_proposal_and_filters_speak_in_words(client: Client, editor: User) -> None:
    row = proposed(make.tool(), "docs_url", "https://made.example.com/docs")
    other = make.tool()
    services.keep(other, crawled(seen("vendor", "New", kind="pricing_page"), kind="pricing_page"))
    client.force_login(editor)
    path = reverse("admin:verification_proposedfact_changelist")
    page = client.get(path).content.decode()
    mine = reverse("admin:verification_proposedfact_change", args=[row.pk])
    assert page.count(f'<a href="{mine}') == 1
    assert [word in page for word in ("?field=docs_url", ">documents<", "page with prices", ">pricing_page<")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert client.get(mine).content.decode().count("+ https://made.example.com/docs") == 1
    for query, count in (("field=vendor", 1), ("source_kind=jsonld", 1), ("source_kind=llms_txt", 0), ("", 2)):
        assert client.get(f"{path}?{query}").context["cl"].result_count == count
