"""`manage.py ownership`, as an operator types it, and the admin's read-only lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.people import has_confirmed
from tests.verification.ownership.conftest import World, begin, proved
from verification.models import OwnershipChallenge, OwnershipClaim, OwnershipEvent

pytestmark = pytest.mark.django_db


def ran(*words: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it wrote."""
    out = StringIO()
    try:
        call_command("ownership", *words, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_from_the_beginning_to_the_proof(world: World, ann: User) -> None:
    code, text = ran("start", "acme.example", "--method", "dns-txt", "--account", "ANN@example.com")
    found = re.search(r'(_\S+)\. 3600 IN TXT "(v=1; t=[0-9a-f]{32})"', text)
    assert (code, bool(found)) == (0, True)
    assert found is not None
    challenge = OwnershipChallenge.objects.get()
    assert text.endswith(f"Then: manage.py ownership check {challenge.token_id}\n")
    assert "It is for ann@example.com, acme.example and dns-txt only, until " in text

    code, text = ran("check", challenge.token_id)
    assert (code, text.splitlines()[0]) == (1, "fail  missing")
    world.txt(found[1], found[2])
    OwnershipChallenge.objects.update(tried_at=None)
    code, text = ran("check", challenge.token_id)
    assert (code, text.splitlines()[0]) == (0, "pass  found")
    assert ran("check", challenge.token_id)[0] == 1

    claim = OwnershipClaim.objects.get()
    code, text = ran("list", "--name", "acme.example", "--account", "ann@example.com", "--state", "verified")
    assert (code, text.split()[:4]) == (0, [str(claim.pk), "verified", "dns-txt", "acme.example"])
    assert ran("list", "--state", "lost") == (0, "")
    code, text = ran("show", str(claim.pk))
    assert code == 0
    assert [line.split("UTC  ")[1] for line in text.splitlines() if "→" in line] == [
        "started: unverified → pending",
        "proved: pending → verified",
    ]
    assert ran("recheck", str(claim.pk))[0] == 0
    world.zone.clear()
    assert ran("recheck", str(claim.pk))[0] == 1
    assert OwnershipClaim.objects.get().state == "stale"
    assert ran("recheck") == (0, "Nothing is due.\n")
    OwnershipClaim.objects.update(next_check_at=claim.proved_at)
    assert ran("recheck") == (0, "1 fail\n")


def test_what_cannot_be_told_has_a_code_of_its_own(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = "SERVFAIL"
    code, text = ran("check", begun.challenge.token_id)
    assert (code, text.splitlines()[0]) == (3, "inconclusive  dns_unanswered")


def test_show_names_who_else_holds_the_name(world: World, ann: User, bob: User) -> None:
    claim = proved(world, ann, method="http-file")
    proved(world, bob, method="meta")
    assert "also held by bob@example.com (acme.example, meta)" in ran("show", str(claim.pk))[1].splitlines()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["start", "acme.example", "--account", "no@example.com"], "There is no account no@example.com."),
        (["start", "acme", "--account", "ann@example.com"], "acme has no dot"),
        (["start", "acme.example", "--account", "ann@example.com", "--method", "email"], "The link can go to"),
        (["check", "0123456789abcdef"], "There is no challenge 0123456789abcdef."),
        (["show", "999999"], "There is no claim 999999."),
        (["recheck", "999999"], "There is no claim 999999."),
    ],
)
def test_wrong_use(world: World, ann: User, words: list[str], sentence: str) -> None:
    code, text = ran(*words)
    assert (code, text.startswith(sentence)) == (2, True)


def test_a_claim_without_a_proof_cannot_be_looked_at_again(world: World, ann: User) -> None:
    claim = begin(ann).challenge.claim
    assert ran("recheck", str(claim.pk)) == (2, "This claim is pending: there is no proof to look at.")


@pytest.fixture
def desk(client: Client) -> Client:
    boss = User.objects.create_superuser("editor@example.com", "a long enough word")
    client.force_login(boss)
    has_confirmed(client, boss)
    return client


@pytest.mark.parametrize("model", ["ownershipclaim", "ownershipchallenge", "ownershipevent"])
def test_the_admin_shows_and_changes_nothing(world: World, ann: User, desk: Client, model: str) -> None:
    proved(world, ann)
    row: Any = {
        "ownershipclaim": OwnershipClaim.objects.get,
        "ownershipchallenge": OwnershipChallenge.objects.get,
        "ownershipevent": OwnershipEvent.objects.latest,
    }[model](*(["id"] if model == "ownershipevent" else []))
    assert desk.get(reverse(f"admin:verification_{model}_changelist")).status_code == 200
    where = reverse(f"admin:verification_{model}_change", args=[row.pk])
    page = desk.get(where)
    assert page.status_code == 200
    assert OwnershipClaim.objects.get().token_hash not in page.content.decode()
    assert desk.post(where, {}).status_code == 403
    assert desk.get(reverse(f"admin:verification_{model}_add")).status_code == 403
    assert desk.post(reverse(f"admin:verification_{model}_delete", args=[row.pk]), {}).status_code == 403


def test_an_account_with_claims_can_be_deleted(world: World, ann: User) -> None:
    proved(world, ann)
    ann.delete()
    assert OwnershipEvent.objects.count() == 0


@pytest.mark.parametrize("model", ["ownershipclaim", "ownershipchallenge", "ownershipevent"])
def test_lists_of_the_admin_take_the_same_number_of_queries_for_one_row_and_for_three(
    world: World, ann: User, desk: Client, model: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    where, counts = reverse(f"admin:verification_{model}_changelist"), []
    for names in (["a.example"], ["b.example", "c.example"]):
        for name in names:
            proved(world, ann, name)
        desk.get(where)
        with CaptureQueriesContext(connection) as queries:
            desk.get(where)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_claim_is_given_up_when_that_is_confirmed(world: World, ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = proved(world, ann)
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr("builtins.input", answer)
    assert ran("release", str(claim.pk)) == (2, "Nothing was changed.")
    assert asked == ["ann@example.com will no longer own acme.example (dns-txt). Type yes to go on: "]
    assert ran("release", str(claim.pk), "--yes") == (
        0,
        "acme.example is given up. Only a new proof brings it back.\n",
    )
    assert (OwnershipClaim.objects.get().state, OwnershipEvent.objects.latest("id").by_id) == ("unverified", None)
    assert ran("release", str(claim.pk), "--yes") == (1, "A claim that is unverified cannot be released.")
    assert ran("release", "999", "--yes")[0] == 2


def test_another_accounts_claim_is_ended_when_that_is_confirmed(
    world: World, ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = proved(world, ann), proved(world, bob, method="http-file")
    words = ("evict", str(ours.pk), str(theirs.pk))
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert ran(*words) == (2, "Nothing was changed.")
    code, text = ran("evict", str(theirs.pk), str(ours.pk), "--yes")
    assert (code, text.startswith("Prove acme.example by a DNS record first")) == (1, True)
    assert ran(*words, "--yes") == (0, "The claim of bob@example.com to acme.example has ended.\n")
    assert ran(*words, "--yes") == (
        1,
        "The other claim to acme.example does not hold, so there is nothing to take away.",
    )


def test_a_look_that_found_nothing_is_a_look(world: World, ann: User) -> None:
    begun = begin(ann)
    assert ran("list")[1].rstrip().endswith("checked never")
    assert ran("check", begun.challenge.token_id)[0] == 1
    begun.challenge.refresh_from_db()
    assert ran("list")[1].rstrip().endswith(f"checked {begun.challenge.tried_at:%Y-%m-%d %H:%M} UTC")
