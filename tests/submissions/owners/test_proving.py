"""Proving a name on its pages: what is asked, what is shown once and again, what the look says, giving it up."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from submissions import claims_page
from tests.submissions import rows
from tests.submissions.owners.conftest import HOME, browser
from tests.verification.ownership.conftest import World
from tests.zoo.animal import Reply
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import Method

pytestmark = pytest.mark.django_db
NEW = "/portal/ownership/new/"
DAY = dt.timedelta(days=1)


def begin(client: Client, name: str = "acme.example", method: str = "dns-txt", **more: str) -> str:
    """Begin a proof on its page; return the path of the challenge."""
    answer = client.post(NEW, {"name": name, "method": method, **more})
    assert answer.status_code == 302, answer.context["form"].errors
    path: str = answer.headers["Location"]
    return path


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def token(html: str) -> str:
    """Return the only token that a page shows; "" for none."""
    found = set(re.findall(r"\b[0-9a-f]{32}\b", html))
    assert len(found) <= 1
    return found.pop() if found else ""


# -- the token ---------------------------------------------------------------------------------------------------------


def test_the_token_is_shown_again_to_this_browser_and_to_no_other(ana: User, bob: User) -> None:
    mine = browser(ana)
    path = begin(mine)
    shown = token(page(mine, path))
    assert shown
    assert token(page(mine, path)) == shown
    assert token(page(browser(ana), path)) == ""  # the same account elsewhere: only a hash is kept
    assert browser(bob).get(path).status_code == 404


def test_the_cookie_of_a_token_says_nothing_to_another_account_in_the_same_browser(ana: User, bob: User) -> None:
    mine = browser(ana)
    cookie = mine.cookies
    path = begin(mine)
    theirs = browser(bob)
    theirs.cookies["proof"] = cookie["proof"].value
    other = begin(theirs, "other.example")
    theirs.cookies["proof"] = cookie["proof"].value
    assert token(page(theirs, other)) == ""
    assert theirs.get(path).status_code == 404


def test_the_token_stands_in_no_row_of_the_database(ana: User) -> None:
    from django.apps import apps

    mine = browser(ana)
    shown = token(page(mine, begin(mine)))
    for model in apps.get_models():
        if model._meta.managed and not model._meta.proxy:
            assert not [row for row in model._default_manager.values_list() if shown in repr(row)], model


def test_a_cookie_that_was_changed_shows_nothing(ana: User) -> None:
    mine = browser(ana)
    path = begin(mine)
    mine.cookies["proof"] = mine.cookies["proof"].value.replace("0", "1", 1) + "x"
    assert "This browser does not keep the token" in page(mine, path)


# -- beginning ---------------------------------------------------------------------------------------------------------


def test_a_tool_and_a_submission_bring_their_host_along(ana: User, acme: Tool, bob: User) -> None:
    draft = rows.draft(ana, homepage="https://docs.acme.example/x")
    mine = browser(ana)
    assert mine.get(f"{NEW}?tool=acme").context["form"].initial == {"name": "www.acme.example"}
    assert mine.get(f"{NEW}?for={draft.key}").context["form"].initial == {"name": "docs.acme.example"}
    assert browser(bob).get(f"{NEW}?for={draft.key}").status_code == 404
    assert mine.get(f"{NEW}?tool=nothing").status_code == 404


def test_dns_proves_the_domain_and_a_file_the_host(ana: User) -> None:
    mine = browser(ana)
    begin(mine, "https://www.acme.example/pricing")
    begin(mine, "www.acme.example", "http-file")
    names = set(OwnershipClaim.objects.values_list("method", "name"))
    assert names == {("dns-txt", "acme.example"), ("http-file", "www.acme.example")}


@pytest.mark.parametrize(
    ("name", "method", "field"),
    [
        ("co.uk", "dns-txt", "name"),
        ("acme", "package", "name"),
        ("github.com", "http-file", "method"),
        ("gmail.com", "email", "method"),
        ("sites.google.com", "meta", "method"),
        ("pkg:pypi/acme", "package", "method"),  # no registry is set
        ("", "dns-txt", "name"),
        ("acme.example", "by-magic", "method"),
    ],
)
def test_what_cannot_be_proved_is_said_beside_the_answer_and_what_was_typed_stays(
    ana: User, name: str, method: str, field: str
) -> None:
    answer = browser(ana).post(NEW, {"name": name, "method": method})
    form = answer.context["form"]
    assert (answer.status_code, list(form.errors), form["name"].value()) == (400, [field], name)
    assert OwnershipChallenge.objects.count() == 0


def test_by_mail_a_mailbox_is_chosen_and_the_token_is_in_the_mail_alone(ana: User, mailoutbox: list[Any]) -> None:
    mine = browser(ana)
    html = page(mine, begin(mine, "www.acme.example", "email", mailbox="webmaster"))
    assert [mail.to for mail in mailoutbox] == [["webmaster@acme.example"]]
    assert ("A link went to <b>webmaster@acme.example</b>" in html, token(html)) == (True, "")
    answer = mine.post(NEW, {"name": "acme.example", "method": "email", "mailbox": "other", "contact": ""})
    assert list(answer.context["form"].errors) == ["contact"]


def test_hostile_names_are_answered_and_begin_nothing(ana: User, naughty: list[str]) -> None:
    mine = browser(ana)
    begun = [text for text in naughty if mine.post(NEW, {"name": text, "method": "meta"}).status_code != 400]
    assert begun == ["robots.txt"]  # which could be a host: whether it is one only the look tells
    assert {mine.get(NEW, {"name": text, "method": text}).status_code for text in naughty} == {200}
    assert {mine.get(NEW, {"tool": text}).status_code for text in naughty if text.strip()} == {404}


# -- looking -----------------------------------------------------------------------------------------------------------


def test_a_record_that_is_there_proves_the_domain_and_says_what_it_covers(world: World, ana: User, acme: Tool) -> None:
    mine = browser(ana)
    draft = rows.draft(ana, homepage="https://docs.acme.example/")
    path = begin(mine)
    shown = token(page(mine, path))
    assert "There is no token at" in mine.post(f"{path}check/", follow=True).content.decode()
    assert "checked less than 10 seconds ago" in mine.post(f"{path}check/", follow=True).content.decode()
    world.txt("_ai-apps-challenge.acme.example", f"v=1; t={shown}")
    OwnershipChallenge.objects.update(tried_at=timezone.now() - dt.timedelta(minutes=1))
    answer = mine.post(f"{path}check/", follow=True)
    row = answer.context["row"]
    assert (row.tools, row.submissions) == ([acme], [draft])
    assert answer.redirect_chain == [(f"{path}#proof", 302)]
    assert "proof" not in {name for name, one in answer.client.cookies.items() if one.value}


def test_with_script_the_answer_is_the_part_that_changes(world: World, ana: User) -> None:
    mine = browser(ana)
    path = begin(mine, "www.acme.example", "http-file")
    answer = mine.post(f"{path}check/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.lstrip()[:15]) == (200, b'<div id="proof"')
    again = mine.post(f"{path}check/", headers={"HX-Request": "true"}).content.decode()
    assert "checked less than 10 seconds ago" in again


def test_the_file_can_be_fetched_from_its_page_and_proves_the_host(world: World, ana: User, acme: Tool) -> None:
    mine = browser(ana)
    path = begin(mine, "www.acme.example", "http-file")
    file = mine.get(f"{path}file/")
    challenge = OwnershipChallenge.objects.get()
    assert file.content.decode() == token(page(mine, path))
    assert file.headers["Content-Disposition"] == f'attachment; filename="{challenge.token_id}"'
    assert browser(ana).get(f"{path}file/").status_code == 404
    place = "www.acme.example", f"/.well-known/ai-apps-verification/{challenge.token_id}"
    world.pages[place] = Reply(200, file.content, "text/plain")
    assert "You speak for" in mine.post(f"{path}check/", follow=True).content.decode()


@pytest.mark.parametrize("method", ["dns-txt", "http-file", "meta"])
def test_every_line_to_copy_holds_what_the_method_looks_for(ana: User, method: str) -> None:
    """The lines of the page are those that the verification itself would print."""
    from submissions import proving
    from verification.ownership.methods import WAYS

    begin(browser(ana), method=method)
    challenge = OwnershipChallenge.objects.select_related("claim").get()
    shown = "0123456789abcdef0123456789abcdef"
    printed = WAYS[Method(method)].instructions("acme.example", challenge.token_id, shown).replace("\n", " ")
    found = [line.text for line in proving.instructions(challenge, shown).lines]
    longest = {"dns-txt": "As a line of a zone file", "http-file": "Address", "meta": "The tag"}[method]
    line = next(one.text for one in proving.instructions(challenge, shown).lines if one.title == longest)
    assert line in printed
    assert any(shown in one for one in found)


# -- one's proofs, and what happens when they disappear ---------------------------------------------------------------


def test_what_happens_is_said_with_dates_before_it_happens(ana: User) -> None:
    claim, now = rows.owner(ana, "acme.example"), timezone.now()
    look = claim.next_check_at
    assert look is not None
    assert claim.checked_at is not None
    assert claim.proved_at is not None
    told = dict(claims_page.told(claim, now).dates)
    assert list(told.values()) == [look, look + 14 * DAY, look + 30 * DAY, claim.checked_at + 90 * DAY]
    claim.state, claim.missing_since, claim.unsure = "stale", now - 3 * DAY, DAY
    assert [one for _, one in claims_page.told(claim, now).dates] == [
        now - 3 * DAY, now - 3 * DAY + 15 * DAY, now - 3 * DAY + 31 * DAY,
    ]  # fmt: skip
    claim.method, claim.state = "email", "verified"
    assert [one for _, one in claims_page.told(claim, now).dates] == [claim.proved_at + 90 * DAY]


def test_the_list_shows_ones_own_claims_and_who_else_has_proved_the_name(ana: User, bob: User, acme: Tool) -> None:
    mine, theirs = rows.owner(ana, "acme.example"), rows.owner(bob, "acme.example")
    OwnershipClaim.objects.filter(pk=theirs.pk).update(method="http-file", scope="host")
    found = browser(ana).get("/portal/ownership/").context["rows"]
    assert [(row.claim, row.holds, row.tools, row.neighbours) for row in found] == [
        (mine, True, [acme], [(OwnershipClaim.objects.get(pk=theirs.pk), True)])
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_makes_the_same_statements_however_many_proofs_wait(
    ana: User, number: int, django_assert_num_queries: Any
) -> None:
    for at in range(number):
        claim = rows.owner(ana, f"made-{at}.example")
        OwnershipClaim.objects.filter(pk=claim.pk).update(
            state="lost", missing_since=timezone.now(), next_check_at=None
        )
    with django_assert_num_queries(4):
        assert len(claims_page.rows(ana)) == number


def test_giving_up_says_what_is_lost_and_asks_first(ana: User, bob: User, acme: Tool) -> None:
    claim = rows.owner(ana, "acme.example")
    path = f"/portal/ownership/{claim.pk}/release/"
    mine = browser(ana)
    assert mine.get(path).context["lost"] == [acme]
    assert OwnershipClaim.objects.get().state == "verified"
    assert browser(bob).post(path).status_code == 404
    other = rows.owner(ana, "www.acme.example")
    OwnershipClaim.objects.filter(pk=other.pk).update(method="http-file", scope="host")
    assert mine.get(path).context["lost"] == []  # the other proof still covers it
    mine.post(path)
    assert OwnershipClaim.objects.get(pk=claim.pk).state == "unverified"
    assert mine.post(path).status_code == 404  # pressed twice


def test_giving_up_asks_who_one_is_when_that_was_long_ago(ana: User) -> None:
    claim = rows.owner(ana, "acme.example")
    client = Client()
    client.force_login(ana)
    answer = client.post(f"/portal/ownership/{claim.pk}/release/")
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert OwnershipClaim.objects.get().state == "verified"


def test_who_proved_by_dns_ends_a_claim_by_other_means_and_nobody_else_does(ana: User, bob: User) -> None:
    mine, theirs = rows.owner(ana, "acme.example"), rows.owner(bob, "acme.example")
    OwnershipClaim.objects.filter(pk=theirs.pk).update(method="meta", scope="host")
    stranger = rows.owner(bob, "else.example")
    ours = browser(ana)
    assert ours.get(f"/portal/ownership/{mine.pk}/evict/{stranger.pk}/").status_code == 404
    back = browser(bob).post(f"/portal/ownership/{theirs.pk}/evict/{mine.pk}/", follow=True)
    assert "Prove acme.example by a DNS record first" in back.content.decode()
    ours.post(f"/portal/ownership/{mine.pk}/evict/{theirs.pk}/")
    states = dict(OwnershipClaim.objects.values_list("pk", "state"))
    assert states == {mine.pk: "verified", theirs.pk: "unverified", stranger.pk: "verified"}


# -- the tool's own page -----------------------------------------------------------------------------------------------


def test_the_page_of_a_tool_offers_to_claim_it_and_says_when_somebody_proved_it(
    world: World, ana: User, acme: Tool
) -> None:
    before = Client().get("/tools/acme/").content.decode()
    assert "Is this yours?" in before
    assert f"{NEW}?tool=acme" in before
    mine = browser(ana)
    path = begin(mine)
    world.txt("_ai-apps-challenge.acme.example", f"v=1; t={token(page(mine, path))}")
    mine.post(f"{path}check/")
    assert "Owner proved" in mine.get("/tools/acme/").content.decode()
    assert acme.homepage == HOME
