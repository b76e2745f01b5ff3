"""Rows that are somebody's: the owner gets them, everybody else is told that there are none."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from accounts import roles
from catalog.models import Tool
from submissions import changes
from submissions import services as submissions
from submissions.models import Submission
from tests import make
from tests.matrix.expected import MEMBER, RULES, WHO
from tests.matrix.people import DELISTED, Askers, fill
from tests.matrix.routes import filled
from verification.models import Run

pytestmark = pytest.mark.django_db
PASSKEYS = "/account/second-step/passkeys/"


@pytest.mark.parametrize("page", ["rename/", "remove/"])
def test_a_passkey_is_its_owners_alone(askers: Askers, page: str) -> None:
    path = f"{PASSKEYS}{askers.passkeys[MEMBER]}/{page}"
    for method in ("GET", "POST", "DELETE", "PUT"):
        got = {who: askers.answer(who, method, path, {"name": "mine"}) for who in WHO}
        strangers = {got[who] for who in roles.ROLES}
        assert (got["visitor"], strangers <= {"404", "405"}, got[MEMBER] == "404") == ("login", True, False), (
            method,
            got,
        )
    assert Authenticator.objects.get(pk=askers.passkeys[MEMBER]).wrap().name == MEMBER


def test_a_session_is_ended_by_its_owner_alone(askers: Askers) -> None:
    theirs = UserSession.objects.create(
        user=askers.users[MEMBER], ip="192.0.2.1", session_key=askers.cookies[MEMBER], user_agent="x"
    )
    for who in roles.ROLES:
        client = askers.client(who)
        for which in (str(theirs.pk), "others"):
            client.post("/account/sessions/", {"session": which})
    assert (UserSession.objects.filter(pk=theirs.pk).exists(), askers.answer(MEMBER, "GET", "/account/")) == (
        True,
        "200",
    )


def test_what_is_not_listed_any_more_is_seen_by_editors_only(askers: Askers) -> None:
    """Every page of a tool, its runs too: `visible_to` decides. Badges stand on other sites, and say so themselves."""
    values = fill() | {"slug": DELISTED}
    run = Run.objects.get(tool=Tool.objects.get(slug=DELISTED))
    shown = {}
    for rule in RULES:
        for route in rule.routes.split():
            if "/tools/<slug>" in route and rule.get == "200" and "evidence" not in route and "badge" not in route:
                path = filled(route, values | {"run": run.pk})
                shown[route] = {who: askers.answer(who, "GET", path) for who in WHO}
    nobody = dict.fromkeys(WHO, "404")
    public = dict.fromkeys(["/feeds/tools/<slug>.<form>", "/tools/<slug>/card.png", "/tools/<slug>/report/"], nobody)
    assert shown == dict.fromkeys(shown, nobody | {"editor": "200"}) | public
    assert len(shown) == 11, sorted(shown)
    body = f"/tools/{DELISTED}/verification/{run.pk}/evidence/{values['sha256']}"
    assert {askers.answer(who, "GET", body) for who in WHO} == {"404"}  # of another run


def test_the_run_of_one_tool_is_not_shown_as_anothers(askers: Askers) -> None:
    values = fill()
    hidden = Run.objects.get(tool__slug=DELISTED)
    for path in (
        f"/tools/{values['slug']}/verification/{hidden.pk}/",
        f"/tools/{values['slug']}/verification/{hidden.pk}/run.json",
    ):
        assert {askers.answer(who, "GET", path) for who in WHO} == {"404"}


def test_a_submission_is_its_submitters_and_once_it_was_sent_reviewers_may_look(askers: Askers) -> None:
    make.categories()
    record = make.record()
    record.pop("slug")
    draft = submissions.begin(by=askers.users[MEMBER], record=changes.theirs(record))
    page, edit = draft.get_absolute_url(), draft.step_url("what")
    nobody = dict.fromkeys(WHO, "404") | {"visitor": "login"}
    asked = [(page, "GET"), (page, "POST"), (edit, "GET"), (edit, "POST"), (f"{page}logo/", "POST")]
    got = {one: {who: askers.answer(who, one[1], one[0]) for who in WHO} for one in asked}
    alone = {one: nobody | {MEMBER: "302" if one[1] == "POST" else "200"} for one in asked}
    alone[edit, "POST"][MEMBER] = "409"  # an empty form says nothing of what it was filled with
    assert got == alone
    Submission.objects.filter(pk=draft.pk).update(state="in_review", submitted_at=timezone.now())
    seen = {who: askers.answer(who, "GET", page) for who in WHO}
    assert seen == nobody | {MEMBER: "200"} | {"reviewer": "200", "editor": "200"}
    assert {who: askers.answer(who, "POST", page) for who in WHO} == alone[(page, "POST")]
