"""Claims have dates, are bound to what was proved, and end by themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from catalog import services as catalog_services
from catalog.models import Tool
from catalog.records import record_of
from tests import make
from tests.verification import make_runs
from verification import services
from verification.claims import kinds
from verification.claims import services as claims
from verification.claims.kinds import KINDS, K
from verification.listing import fingerprint, listing_of
from verification.models import Claim, LogEntry, Run, Watch

pytestmark = pytest.mark.django_db


def end_due(*, at: dt.datetime) -> set[int]:
    """End claims as the sweep over time does; return the keys of their tools."""
    return claims.end_lapsed(at=at) | claims.end_changed(at=at)


START = dt.datetime(2031, 3, 4, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CLEAN = ({"key": "content_lint"}, {"key": "blocklist"}, {"key": "parked"}, {"key": "redirects"})


def granted(tool: Tool, kind: Claim.Kind = K.SCANNED, at: dt.datetime = START) -> Claim:
    """Grant a claim."""
    claim = claims.grant(tool, kind, at=at, now=at, listing=listing_of(tool), sentence="Seen.", receipt={})
    assert claim is not None
    return claim


def told(tool: Tool, *rows: dict[str, Any], **changes: Any) -> tuple[Run, dt.datetime]:
    """Let a full run end that said `rows` of the listing as it stands."""
    run = make_runs.run(tool, *rows, fingerprint=fingerprint(listing_of(tool)), **changes)
    Run.objects.filter(pk=run.pk).update(announced_at=None)
    assert services.announce(run.pk) is True
    assert run.finished_at is not None
    return run, run.finished_at


def edit(tool: Tool, **changes: Any) -> Tool:
    """Change a listing as an editor does."""
    before = record_of(tool)
    return catalog_services_update(tool, {**before, **changes})


def catalog_services_update(tool: Tool, record: Any) -> Tool:
    catalog_services.update_tool(tool, record, categories=make.categories())
    return Tool.objects.get(pk=tool.pk)


def test_a_run_grants_what_it_saw_with_its_results_as_receipt() -> None:
    tool = make.tool()
    run, ended = told(tool, *CLEAN)
    claim = Claim.objects.get()
    assert (claim.kind, claim.run, claim.granted_at, claim.expires_at) == (
        K.SCANNED, run, ended, ended + 30 * DAY,
    )  # fmt: skip
    assert claim.receipt == {
        "results": list(run.results.order_by("step__position").values_list("pk", flat=True)),
        "checker": run.checker,
    }
    entry = LogEntry.objects.get()
    assert (entry.kind, entry.tool, entry.run) == ("claim", tool, run)


def test_a_later_run_renews_it_and_leaves_one_row() -> None:
    tool = make.tool()
    told(tool, *CLEAN)
    later, ended = told(tool, *CLEAN, created_at=make_runs.BEGUN + 10 * DAY)
    claim = Claim.objects.get()
    assert (claim.run, claim.renewed_at, claim.expires_at) == (later, ended, ended + 30 * DAY)
    assert claim.granted_at < claim.renewed_at
    assert LogEntry.objects.count() == 1  # renewals are not news


def test_an_older_proof_changes_nothing() -> None:
    tool = make.tool()
    claim = granted(tool, at=START + DAY)
    assert granted(tool, at=START) == claim
    claim.refresh_from_db()
    assert claim.renewed_at == START + DAY


@pytest.mark.parametrize("kind", [K.SCANNED, K.REVIEWED, K.IDENTITY])
def test_what_a_person_withdrew_needs_a_proof_made_after_that(kind: Claim.Kind) -> None:
    tool = make.tool()
    claims.end(granted(tool, kind), at=START + DAY, why=Claim.Ended.WITHDRAWN, sentence="A copy.")
    listing = listing_of(tool)
    before = claims.grant(tool, kind, at=START + DAY, now=START + 2 * DAY, listing=listing, sentence="", receipt={})
    assert before is None
    assert granted(tool, kind, at=START + DAY + dt.timedelta(seconds=1)).ended == ""


def test_a_run_that_is_told_late_changes_nothing_that_a_later_one_saw() -> None:
    tool = make.tool()
    Watch.objects.create(tool=tool, full_at=START)
    for_sale = (*CLEAN[:2], {"key": "parked", "verdict": "fail"}, CLEAN[3])
    rows = ((1, CLEAN), (3, for_sale), (2, CLEAN))
    for days, said in rows:
        told(tool, *said, created_at=make_runs.BEGUN + days * DAY)
    assert [(one.ended, one.granted_at.day) for one in Claim.objects.all()] == [("refuted", make_runs.BEGUN.day + 1)]
    assert Watch.objects.get().elsewhere == "failing"
    for days, said in ((5, CLEAN), (4, for_sale)):
        told(tool, *said, created_at=make_runs.BEGUN + days * DAY)
    assert list(Claim.objects.order_by("id").values_list("ended", flat=True)) == ["refuted", ""]
    assert Watch.objects.get().elsewhere == ""


def test_a_run_that_saw_otherwise_ends_it_at_once() -> None:
    tool = make.tool()
    told(tool, *CLEAN)
    told(tool, *CLEAN[:2], {"key": "parked", "verdict": "fail"}, CLEAN[3], created_at=make_runs.BEGUN + DAY)
    assert Claim.objects.get().ended == Claim.Ended.REFUTED
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("changes", [{"light": True}, {"fingerprint": "0" * 64}])
def test_a_light_run_or_one_of_another_text_grants_nothing(changes: dict[str, Any]) -> None:
    tool = make.tool()
    run = make_runs.run(tool, *CLEAN, **{"fingerprint": fingerprint(listing_of(tool)), **changes})
    Run.objects.filter(pk=run.pk).update(announced_at=None)
    services.announce(run.pk)
    assert Claim.objects.count() == 0


def test_a_proof_whose_time_is_over_grants_nothing_and_ends_nothing() -> None:
    tool = make.tool()
    claim = granted(tool, K.SCANNED)
    over = START + 30 * DAY
    values: dict[str, Any] = {"listing": listing_of(tool), "sentence": "Seen.", "receipt": {}}
    assert claims.grant(tool, K.PROTOCOL, at=START, now=START + 14 * DAY, **values) is None
    second = dt.timedelta(seconds=1)
    assert claims.grant(tool, K.PROTOCOL, at=START, now=START + 14 * DAY - second, **values) is not None
    assert end_due(at=over) == {tool.pk}
    assert claims.grant(tool, K.SCANNED, at=claim.renewed_at, now=over, **values) is None
    assert Claim.objects.filter(ended_at=None).count() == 0


def test_how_long_kinds_hold() -> None:
    days = {kind.value: (row.holds / DAY, row.grace / DAY) for kind, row in KINDS.items()}
    assert days == {
        "reachable": (1, 6), "protocol": (14, 0), "scanned": (30, 0), "documented": (30, 0), "pricing-seen": (30, 0),
        "identity": (30, 0), "reviewed": (365, 0),
    }  # fmt: skip


def test_an_edit_is_compared_once(django_assert_num_queries: Any) -> None:
    tools = [make.tool() for _ in range(3)]
    for tool in tools:
        granted(tool)
    assert claims.end_changed(at=START) == set()
    with django_assert_num_queries(1):
        assert claims.end_changed(at=START) == set()
    edit(tools[1], homepage="https://moved.example.com")
    Tool.objects.filter(pk=tools[1].pk).update(changed_at=START - 900 * DAY)  # a load that began before the proof
    assert claims.end_changed(at=START) == {tools[1].pk}


@pytest.mark.parametrize("kind", list(K))
def test_each_kind_holds_as_long_as_it_says_and_not_a_second_longer(kind: Claim.Kind) -> None:
    tool = make.tool()
    claim = granted(tool, kind)
    listing = listing_of(tool)
    over = START + KINDS[kind].holds
    for at, holds in ((START, True), (over - dt.timedelta(seconds=1), True), (over, False)):
        assert (kind in claims.holding([claim], listing, at)) is holds
    assert end_due(at=over + KINDS[kind].grace - dt.timedelta(seconds=1)) == set()
    assert end_due(at=over + KINDS[kind].grace) == {tool.pk}
    claim.refresh_from_db()
    assert (claim.ended, claim.ended_at) == (Claim.Ended.LAPSED, over + KINDS[kind].grace)
    assert end_due(at=over + 900 * DAY) == set()


def test_a_price_that_money_is_paid_by_goes_stale_in_a_week() -> None:
    plans = [{"name": "Pro", "amount": 20, "currency": "USD", "period": "month", "seen": "2026-11-01"}]
    pricing = {
        "access": "paid_only",
        "model": ["subscription"],
        "source": "proprietary",
        "said_by": "editor",
    }
    tool = make.tool(pricing=pricing, plans=plans)
    assert granted(tool, K.PRICING_SEEN).expires_at == START + 7 * DAY


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        (
            {"homepage": "https://somebody-else.example.com"},
            {"scanned", "identity", "reviewed", "documented", "pricing-seen"},
        ),
        ({"name": "Another Name"}, {"scanned", "reviewed"}),
        ({"vendor": "Another Vendor"}, {"scanned", "reviewed"}),
        ({"tagline": "A tool whose tagline an editor has put better"}, {"scanned", "reviewed"}),
        ({"description": make.DESCRIPTION.replace("one thing", "another thing")}, {"scanned", "reviewed"}),
        ({"tags": ["one", "two", "four"]}, {"scanned"}),
        ({"note": "For curators."}, set()),
        (
            {"interfaces": [{"kind": "rest", "base_url": "https://api.example.com/v2", "auth": "none"}]},
            {"scanned", "reviewed"},
        ),
    ],
)  # fmt: skip
def test_a_claim_ends_when_what_it_was_proved_for_changes(changes: dict[str, Any], ends: set[str]) -> None:
    tool = make.tool()
    kinds_granted = [K.SCANNED, K.IDENTITY, K.REVIEWED, K.DOCUMENTED, K.PRICING_SEEN]
    rows = [granted(tool, kind) for kind in kinds_granted]
    changed = edit(tool, **changes)
    at = START + dt.timedelta(hours=1)
    still = claims.holding(rows, listing_of(changed), at)
    assert {kind.value for kind in kinds_granted} - {kind.value for kind in still} == ends  # at once, without any sweep
    Claim.objects.update(
        renewed_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC), granted_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )
    end_due(at=at)
    assert set(Claim.objects.filter(ended=Claim.Ended.CHANGED).values_list("kind", flat=True)) == ends
    again = edit(changed, **{name: record_of(tool).get(name) for name in changes if record_of(tool).get(name)})
    assert again is not None
    assert set(Claim.objects.filter(ended=Claim.Ended.CHANGED).values_list("kind", flat=True)) == ends  # not undone


def test_a_proof_for_another_address_makes_a_claim_of_its_own() -> None:
    tool = make.tool()
    first = granted(tool, K.IDENTITY)
    moved = edit(tool, homepage="https://moved.example.com")
    second = granted(moved, K.IDENTITY, at=START + DAY)
    first.refresh_from_db()
    assert second.pk != first.pk
    assert (first.ended, first.ended_at) == (Claim.Ended.CHANGED, START + DAY)


def test_a_review_is_by_a_person_and_of_the_listing_as_it_stood() -> None:
    editor = User.objects.create_user("editor@example.com", "a long enough password")
    tool = make.tool()
    claim = claims.review(tool, by=editor, at=START)
    assert (claim.by, claim.receipt) == (editor, {"fingerprint": fingerprint(listing_of(tool))})
    assert LogEntry.objects.get().kind == LogEntry.Kind.PERSON


def test_binding_does_not_depend_on_the_order_of_interfaces() -> None:
    ways = [
        {"kind": "rest", "base_url": "https://api.example.com/v1", "auth": "none"},
        {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": "none"},
    ]
    one, other = (
        make.tool(interfaces=ways, homepage="https://a.example"),
        make.tool(interfaces=ways[::-1], homepage="https://a.example"),
    )
    assert kinds.bound(K.PROTOCOL, listing_of(one)) == kinds.bound(K.PROTOCOL, listing_of(other))


@pytest.mark.parametrize(
    "broken",
    [
        {"expires_at": START},
        {"renewed_at": START - DAY},
        {"ended_at": START},
        {"ended": "lapsed"},
        {"kind": "trusted"},
    ],
)
def test_the_database_refuses_claims_whose_dates_or_words_do_not_agree(broken: dict[str, Any]) -> None:
    claim = granted(make.tool())
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(**broken)


def test_the_database_refuses_two_at_a_time() -> None:
    claim = granted(make.tool())
    claim.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.save(force_insert=True)


def test_protocol_takes_every_listed_interface_that_can_be_held_to_one() -> None:
    url, document = "https://mcp.example.com/mcp", "https://api.example.com/openapi.json"
    tool = make.tool(
        interfaces=[
            {"kind": "mcp-remote", "url": url, "auth": "none"},
            {"kind": "rest", "base_url": "https://api.example.com/v1", "openapi": document, "auth": "none"},
            {"kind": "sdk", "registry": "pypi", "package": "acme"},
        ]
    )
    mcp = ({"key": "mcp_handshake", "subject": url}, {"key": "mcp_tools", "subject": url})
    told(tool, *mcp)
    assert Claim.objects.count() == 0
    told(tool, *mcp, {"key": "openapi_document", "subject": document}, created_at=make_runs.BEGUN + DAY)
    claim = Claim.objects.get()
    assert claim.kind == K.PROTOCOL
    assert claim.sentence.startswith(
        f"2 of its 3 listed interfaces can be held to a protocol, and were: Remote MCP {url}, REST {document}. "
    )
