"""What staff does at the desk stands in the audit log, and who may see that log."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import sign_in_log
from accounts.models import User
from catalog.models import Alias, Tool
from core import audit
from core.admin import KINDS
from core.desk import changed
from core.outbox import bounces
from core.outbox.models import RefusingAddress
from tests import make
from tests.core.test_audit import events, last
from tests.people import app_code, has_confirmed, sign_in, with_app
from tests.verification import over_time_rows
from verification import ownership
from verification.models import DriftCase, IdentityPrint, OptOut, OwnershipClaim

pytestmark = pytest.mark.django_db
WORD = "a long enough word"
LOG = "/admin/core/auditevent/"


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss@example.com", WORD)


@pytest.fixture
def desk(client: Client, boss: User) -> Client:
    client.force_login(boss)
    has_confirmed(client, boss)
    return client


def told(after: int) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return action, type, id and detail of what was recorded since."""
    return [event[1:] for event in events(after)]


# -- signing in and out -----------------------------------------------------------------------------------------------


def test_staff_is_seen_signing_in_failing_and_signing_out(client: Client, boss: User) -> None:
    before, name = last(), str(boss.public_id)
    sign_in(client, "Boss@example.com", "wrong")
    sign_in(client, "boss@example.com", WORD)
    client.post("/account/sign-out/")
    assert events(before) == [
        ("visitor", "account.sign_in_failed", "accounts.user", name, {"by": "password"}),
        (name, "account.signed_in", "accounts.user", name, {}),
        (name, "account.signed_out", "accounts.user", name, {}),
    ]


def test_wrong_codes_are_seen_and_a_password_alone_is_no_sign_in(client: Client, boss: User) -> None:
    with_app(boss)
    before, name, step = last(), str(boss.public_id), "/account/sign-in/second-step/"
    by_mail = Client()
    by_mail.post("/account/sign-in/code/", {"email": boss.email})
    by_mail.post("/account/sign-in/code/confirm/", {"code": "BBBB-BBBB"})
    sign_in(client, boss.email, WORD)
    shown = app_code()
    client.post(step, {"code": "000000"})
    client.post(step, {"code": shown})
    sign_in(other := Client(), boss.email, WORD)
    other.post(step, {"code": shown})  # a second time
    assert [(action, detail) for _, action, _, about, detail in events(before) if about == name] == [
        ("account.sign_in_failed", {"by": "code"}),
        ("account.sign_in_failed", {"by": "second_step"}),
        ("account.signed_in", {}),
        ("account.sign_in_failed", {"by": "second_step"}),
    ]


def test_others_are_not_seen_and_neither_is_what_they_type(client: Client) -> None:
    with_app(User.objects.create_user("somebody@example.com", WORD))
    before = last()
    for email in ("somebody@example.com", "nobody@example.com", "my password", "a\x00b"):
        sign_in(client, email, "wrong")
    sign_in(client, "somebody@example.com", WORD)
    client.post("/account/sign-in/second-step/", {"code": "000000"})
    client.force_login(User.objects.get(email="somebody@example.com"))
    client.post("/account/sign-out/")
    client.post("/account/sign-out/")
    assert events(before) == []


def test_a_guesser_cannot_fill_the_log(client: Client, boss: User) -> None:
    before, by = last(), {"by": "password"}
    for _ in range(13):
        sign_in(client, boss.email, "wrong")
    assert [detail for *_, detail in told(before)] == [
        *[by] * (sign_in_log.MOST - 1), by | {"further_in_ten_minutes_are_not_recorded": True},
    ]  # fmt: skip


# -- what is saved at the desk ----------------------------------------------------------------------------------------


def test_adding_changing_and_deleting_are_recorded_with_the_fields_and_no_values(desk: Client, boss: User) -> None:
    before = last()
    desk.post("/admin/verification/optout/add/", {"domain": "example.com", "reason": "asked by ana@example.com"})
    row = OptOut.objects.get()
    path = f"/admin/verification/optout/{row.pk}/"
    desk.post(f"{path}change/", {"domain": "example.com", "reason": "asked by mail"})
    desk.post(f"{path}change/", {"domain": "example.com", "reason": "asked by mail"})  # saved as it was
    desk.post(f"{path}delete/", {"post": "yes"})
    about = ("verification.optout", str(row.pk))
    assert told(before) == [
        ("admin.added", *about, {}),
        ("admin.changed", *about, {"parts": [{"verb": "changed", "fields": ["Reason"]}]}),
        ("admin.deleted", *about, {}),
    ]
    assert {event[0] for event in events(before)} == {str(boss.public_id)}


def test_a_bulk_deletion_names_all_that_went(desk: Client) -> None:
    rows = [Alias.objects.create(slug=slug, tool=make.tool()) for slug in ("old-one", "old-two")]
    before = last()
    chosen = [row.pk for row in rows]
    desk.post("/admin/catalog/alias/", {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert not Alias.objects.exists()
    [(action, kind, pk, detail)] = told(before)
    assert (action, kind, pk, sorted(detail["ids"])) == ("admin.deleted", "catalog.alias", "", sorted(map(str, chosen)))


def test_rows_within_a_form_are_told_without_their_names() -> None:
    message = [{"changed": {"fields": ["Name"]}}, {"added": {"name": "plan", "object": "ana@example.com"}}]
    tool, before = make.tool(), last()
    audit.record(actor=None, action="admin.changed", obj=tool, detail=changed(message))
    assert told(before)[0][3] == {"parts": [{"verb": "changed", "fields": ["Name"]}, {"verb": "added", "of": "plan"}]}


def test_what_fails_is_not_recorded(desk: Client) -> None:
    before = last()
    desk.post("/admin/verification/optout/add/", {"domain": "no domain"})
    assert events(before) == []


# -- rights -----------------------------------------------------------------------------------------------------------


def test_rights_of_an_account_are_recorded_one_by_one(desk: Client) -> None:
    user, group = User.objects.create_user("ana@example.com"), Group.objects.create(name="editors")
    change, view = (Permission.objects.get(codename=code) for code in ("change_tool", "view_tool"))
    user.user_permissions.add(view)
    form = {"email": user.email, "name": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    path, before = f"/admin/accounts/user/{user.pk}/change/", last()
    rights = {"is_active": "on", "is_staff": "on", "groups": [group.pk], "user_permissions": [change.pk]}
    assert desk.post(path, form | rights).status_code == 302
    got, saved = told(before)
    assert (got, saved[0]) == (
        (
            "account.rights_changed", "accounts.user", str(user.public_id), {
                "flags": {"added": ["is_staff"]},
                "groups": {"added": ["editors"]},
                "permissions": {"added": ["catalog.change_tool"], "removed": ["catalog.view_tool"]},
            },
        ),
        "admin.changed",
    )  # fmt: skip
    before = last()
    assert desk.post(path, form | rights | {"name": "Ana"}).status_code == 302
    assert [event[0] for event in told(before)] == ["admin.changed"]


def test_rights_of_a_group_are_recorded(desk: Client) -> None:
    before, one = last(), Permission.objects.get(codename="delete_tool")
    assert desk.post("/admin/auth/group/add/", {"name": "cleaners", "permissions": [one.pk]}).status_code == 302
    group = Group.objects.get(name="cleaners")
    assert told(before)[0] == (
        "account.rights_changed", "auth.group", str(group.pk), {"permissions": {"added": ["catalog.delete_tool"]}},
    )  # fmt: skip


def test_a_password_set_by_staff_is_recorded_without_it(desk: Client) -> None:
    user, before = User.objects.create_user("ana@example.com", WORD), last()
    word = {"password1": "another long word", "password2": "another long word", "usable_password": "true"}
    assert desk.post(f"/admin/accounts/user/{user.pk}/password/", word).status_code == 302
    assert [(event[0], event[2]) for event in told(before)] == [("admin.changed", str(user.public_id))]
    assert str(told(before)).count("another") == 0


def test_the_history_of_the_desk_does_not_know_an_address_that_took_no_mail(desk: Client) -> None:
    bounces.refuses("ana@example.com", "It came back: 5.1.1")
    row = RefusingAddress.objects.get()
    desk.post(f"/admin/core/refusingaddress/{row.pk}/delete/", {"post": "yes"})
    assert list(LogEntry.objects.values_list("object_repr", flat=True)) == [f"address {row.pk}"]


# -- decisions --------------------------------------------------------------------------------------------------------


def test_decisions_about_listings_and_claims_are_recorded(desk: Client) -> None:
    tool = make.tool()
    claim, before = over_time_rows.claim(tool), last()
    tools = {"_selected_action": [tool.pk]}
    shown = {f"seen-{tool.pk}": Tool.objects.get().changed_at.isoformat()}
    desk.post("/admin/catalog/tool/", {"action": "mark_as_reviewed"} | shown | tools)
    desk.post("/admin/verification/claim/",
              {"action": "withdraw", "reason": "It was bo@example.com.", "_selected_action": [claim.pk]})  # fmt: skip
    desk.post("/admin/catalog/tool/", {"action": "delist"} | tools)
    assert told(before) == [
        ("verification.reviewed", "catalog.tool", str(tool.pk), {}),
        ("verification.claim_withdrawn", "verification.claim", str(claim.pk), {"kind": claim.kind, "tool": tool.pk}),
        ("catalog.delisted", "catalog.tool", str(tool.pk), {}),
    ]


def test_a_decision_about_a_site_that_moved_is_recorded(desk: Client) -> None:
    tool = make.tool()
    old, new = (IdentityPrint.objects.create(tool=tool, data={}, at=timezone.now(), baseline=base)
                for base in (True, False))  # fmt: skip
    case, before = DriftCase.objects.create(tool=tool, baseline=old, print=new, score=1, signals=[]), last()
    chosen = {"_selected_action": [case.pk], f"seen-{case.pk}": case.looks}
    desk.post("/admin/verification/driftcase/", {"action": "other_product"} | chosen)
    assert told(before) == [
        (
            "verification.drift_decided",
            "verification.driftcase",
            str(case.pk),
            {"state": "other_product", "tool": tool.pk},
        )
    ]


def test_a_proof_that_is_given_up_or_taken_away_is_recorded(boss: User) -> None:
    ann, bob = User.objects.create_user("ann@example.com"), User.objects.create_user("bob@example.com")
    now = timezone.now()
    proved = {"state": "verified", "scope": "domain", "name": "acme.example", "token_id": "t", "token_hash": "h",
              "proved_at": now, "checked_at": now, "next_check_at": now}  # fmt: skip
    anns = OwnershipClaim.objects.create(account=ann, method="meta", **proved | {"scope": "host"})
    bobs = OwnershipClaim.objects.create(account=bob, method="dns-txt", **proved)
    before = last()
    ownership.evict(claim=bobs, other=anns)
    ownership.release(claim=bobs, by=boss)
    assert events(before) == [
        (str(bob.public_id), "ownership.evicted", "verification.ownershipclaim", str(anns.pk),
         {"name": "acme.example", "by_claim": bobs.pk}),
        (str(boss.public_id), "ownership.released", "verification.ownershipclaim", str(bobs.pk),
         {"name": "acme.example", "method": "dns-txt"}),
    ]  # fmt: skip


# -- reading the log --------------------------------------------------------------------------------------------------


def rows_of(response: Any) -> list[tuple[str, str]]:
    return [(row.action, row.object_id) for row in response.context["cl"].result_list]


def test_the_log_is_read_with_names_in_a_fixed_number_of_statements(
    desk: Client, boss: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    gone = User.objects.create_user("gone@example.com")
    audit.record(actor=gone, action="made.up", obj=gone)
    name = str(gone.public_id)
    gone.delete()
    audit.record(actor=boss, action="made.up", obj=boss)
    with django_assert_num_queries(6):  # session, account, count, whether any, page, names
        page = desk.get(LOG)
    text = page.content.decode()
    assert text.count(f'<td class="field-who">{name}</td>') == 1
    assert text.count(f'<td class="field-about">accounts.user {name}</td>') == 1
    assert text.count('<td class="field-about">accounts.user boss@example.com</td>') == 2
    for number in range(30):
        audit.record(actor=User.objects.create_user(f"u{number}@example.com"), action="made.up")
    with django_assert_num_queries(6):
        desk.get(LOG)


def test_the_log_can_be_searched_and_narrowed(desk: Client, boss: User) -> None:
    ana = User.objects.create_user("ana@example.com")
    audit.record(actor=ana, action="ownership.evicted", obj=audit.Ref("x.y", "here-71"))
    audit.record(actor=None, action="admin.changed", obj=audit.Ref("x.z", "here-72"))
    both = [("admin.changed", "here-72"), ("ownership.evicted", "here-71")]
    for query, found in [
        ("q=ana@example.com", both[1:]),
        (f"q={ana.public_id}", both[1:]),
        ("q=ownership.ev", both[1:]),
        ("q=here-72", both[:1]),
        ("q=x.z", both[:1]),
        ("kind=ownership", both[1:]),
        ("kind=admin&days=7", both[:1]),
        ("q=nobody@example.com", []),
    ]:
        assert (query, rows_of(desk.get(f"{LOG}?{query}"))) == (query, found)


def test_nobody_changes_the_log_at_the_desk_and_not_everybody_sees_it(desk: Client) -> None:
    serial = audit.record(actor=None, action="made.up")
    path = reverse("admin:core_auditevent_change", args=[serial])
    assert desk.get(path).status_code == 200
    assert desk.post(path, {"detail": "{}"}).status_code == 403
    assert desk.get(f"{LOG}add/").status_code == 403
    assert desk.post(reverse("admin:core_auditevent_delete", args=[serial]), {"post": "yes"}).status_code == 403
    desk.force_login(User.objects.create_user("editor@example.com", WORD, is_staff=True))
    assert desk.get(LOG).status_code == 403


def test_every_action_that_is_recorded_belongs_to_a_kind_of_the_list() -> None:
    root = Path(__file__).resolve().parents[2]
    firsts: set[str] = set()
    for app in ("accounts", "catalog", "core", "featured", "submissions", "verification"):
        for path in (root / app).rglob("*.py"):
            firsts |= set(re.findall(r'action=f?"([a-z_]+)\.', path.read_text()))
    assert firsts == {first for _, _, found in KINDS for first in found}
