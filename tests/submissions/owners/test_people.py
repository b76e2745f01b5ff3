"""Maintainers and handing over: links that work once, for whoever has them, and rights that end with the proof."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from core.models import AuditEvent
from submissions import handing_over, maintaining, speakers
from submissions.models import Handover, Maintainer
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.submissions.owners.conftest import browser
from verification import ownership
from verification.models import OwnershipClaim

pytestmark = pytest.mark.django_db
PEOPLE, HAND_OVER = "/portal/tools/acme/people/", "/portal/tools/acme/handover/"


@pytest.fixture
def owner(ana: User, acme: Tool) -> User:
    """Ana, who has proved to own Acme."""
    rows.owner(ana, "acme.example")
    return ana


@pytest.fixture
def eve() -> User:
    """Somebody else."""
    return person("eve@example.com")


def mailed() -> str:
    """Return the path of the link of the last invitation."""
    found = re.findall(r"/portal/invitations/\S+", str(mail.outbox[-1].body))
    assert len(found) == 1, mail.outbox[-1].body
    return str(found[0])


def invite(owner: User, email: str = "bob@example.com") -> str:
    """Invite somebody on the page; return the path of the link."""
    assert browser(owner).post(PEOPLE, {"email": email}).status_code == 302
    return mailed()


def speak(*users: User) -> list[bool]:
    tool = Tool.objects.get(slug="acme")
    return [speakers.speaks_for(one, tool) for one in users]


def subjects() -> list[tuple[str, str]]:
    return [(one.to[0], one.subject.removeprefix("AI Apps: ")) for one in mail.outbox]


# -- maintainers -------------------------------------------------------------------------------------------------------


def test_an_invitation_is_accepted_by_a_post_once_and_the_owner_sees_by_whom(owner: User, bob: User, eve: User) -> None:
    link = invite(owner, "team@example.com")
    theirs = browser(bob)
    assert "ana@example.com" in theirs.get(link).content.decode()
    assert speak(bob) == [False]  # opening it changes nothing
    theirs.post(link)
    assert speak(bob) == [True]
    assert [browser(eve).get(link).status_code, browser(eve).post(link).status_code] == [404, 404]
    row = browser(owner).get(PEOPLE).context["maintainers"][0]
    assert (row.user, row.email) == (bob, "team@example.com")
    assert subjects() == [
        ("team@example.com", "speak for Acme too?"),
        ("ana@example.com", "Acme: bob@example.com maintains it now"),
    ]
    theirs_and_ours = AuditEvent.objects.filter(actor__in=[str(owner.public_id), str(bob.public_id)])
    actions = theirs_and_ours.filter(action__startswith="maintainer").order_by("serial")
    assert list(actions.values_list("action", flat=True)) == ["maintainer.invited", "maintainer.accepted"]


def test_the_page_of_an_invitation_needs_a_session_and_leads_back_to_itself(owner: User) -> None:
    link = invite(owner)
    answer = Client().post(link)
    assert answer.headers["Location"] == f"/account/sign-in/?next={link}"
    assert Maintainer.objects.active().count() == 0


def test_the_answer_is_the_same_whether_an_address_has_an_account_or_not(owner: User, bob: User) -> None:
    ours = browser(owner)
    pages = []
    for address in ("bob@example.com", "nobody@example.com"):
        answer = ours.post(PEOPLE, {"email": address}, follow=True)
        shown = answer.content.decode().split("<main")[1].split('name="remove"')[0]
        pages.append(re.sub(r"<time.*?</time>|csrfmiddlewaretoken[^>]*", "", shown).replace(address, "ADDRESS"))
        maintaining.end(Maintainer.objects.get(email=address), by=owner)
    assert pages[0] == pages[1]
    assert {one.user_id for one in Maintainer.objects.all()} == {None}


def test_a_secret_is_kept_as_a_hash_and_guesses_find_nothing(owner: User, bob: User) -> None:
    link = invite(owner)
    secret = link.rsplit("/", 2)[1]
    row = Maintainer.objects.get()
    assert (len(secret), row.token_hash) == (43, maintaining.hashed(secret))
    assert secret not in repr(Maintainer.objects.values())
    theirs = browser(bob)
    for guess in (row.token_hash, secret[:-1], secret + "A", secret.swapcase(), "x", str(row.pk)):
        assert theirs.get(f"/portal/invitations/{guess}/").status_code == 404
    assert theirs.get(link).status_code == 200


def test_guessing_links_is_limited_by_network(owner: User, bob: User, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    theirs = browser(bob)
    theirs.defaults["REMOTE_ADDR"] = "198.51.100.77"  # from where no other test opens a link
    answers = [theirs.get(f"/portal/invitations/guess-{at}/").status_code for at in range(31)]
    assert answers == [404] * 30 + [429]


def test_an_invitation_ends_after_seven_days_when_it_is_taken_back_and_when_another_goes_there(
    owner: User, bob: User
) -> None:
    late = invite(owner)
    Maintainer.objects.update(expires_at=timezone.now())
    replaced = invite(owner)
    taken_back = invite(owner)
    row = Maintainer.objects.latest("pk")
    browser(owner).post(PEOPLE, {"remove": row.pk})
    theirs = browser(bob)
    assert [theirs.get(link).status_code for link in (late, replaced, taken_back)] == [404, 404, 404]
    assert Maintainer.objects.active().count() == 0


def test_a_forwarded_mail_serves_one_of_two_who_press_at_the_same_time(owner: User, bob: User, eve: User) -> None:
    invite(owner)
    row = Maintainer.objects.get()
    maintaining.accept(row, by=bob)
    with pytest.raises(Refused, match="used or taken back"):
        maintaining.accept(row, by=eve)
    assert speak(bob, eve) == [True, False]


def test_who_maintains_already_and_the_owner_leave_the_link_to_others(owner: User, bob: User, eve: User) -> None:
    browser(bob).post(invite(owner))
    link = invite(owner, "eve@example.com")
    for user, words in ((bob, "You maintain Acme already"), (owner, "You own Acme already")):
        assert words in browser(user).post(link, follow=True).content.decode()
    browser(eve).post(link)
    assert speak(bob, eve) == [True, True]


def test_a_maintainer_may_not_invite_remove_or_hand_over_but_leave(owner: User, bob: User, eve: User) -> None:
    for user in (bob, eve):
        browser(user).post(invite(owner, user.email))
    theirs = browser(bob)
    other = Maintainer.objects.get(user=eve)
    assert theirs.post(PEOPLE, {"email": "x@example.com"}).status_code == 403
    with pytest.raises(Refused, match="Only who has proved to own Acme can invite others"):
        maintaining.invite(Tool.objects.get(), email="x@example.com", by=bob)
    theirs.post(PEOPLE, {"remove": other.pk})
    assert theirs.get(HAND_OVER).status_code == 404
    page = theirs.get(PEOPLE)
    assert ([one.user for one in page.context["maintainers"]], page.context["owners"]) == ([bob], [])
    assert speak(owner, bob, eve) == [True, True, True]
    theirs.post(PEOPLE, {"remove": Maintainer.objects.get(user=bob).pk})
    assert speak(owner, bob, eve) == [True, False, True]
    assert subjects()[-1] == ("ana@example.com", "Acme: bob@example.com does not maintain it any more")


def test_an_owner_removes_a_maintainer_who_is_told(owner: User, bob: User) -> None:
    browser(bob).post(invite(owner))
    ours = browser(owner)
    ours.post(PEOPLE, {"remove": Maintainer.objects.get().pk})
    assert speak(bob) == [False]
    assert browser(bob).get(PEOPLE).status_code == 404
    assert ours.post(PEOPLE, {"remove": Maintainer.objects.get().pk}).status_code == 404  # pressed twice
    assert subjects()[-1] == ("bob@example.com", "Acme: you do not maintain it any more")


def test_a_maintainer_speaks_only_while_the_proof_of_the_owner_holds(owner: User, bob: User, eve: User) -> None:
    browser(bob).post(invite(owner))
    link = invite(owner, "eve@example.com")
    rows.owner(eve, "acme.example")  # another owner is there, but did not invite
    ownership.release(claim=OwnershipClaim.objects.get(account=owner), by=owner)
    assert speak(owner, bob, eve) == [False, False, True]
    assert browser(person("ida@example.com")).get(link).status_code == 404
    page = browser(eve).get(PEOPLE)
    assert "Does not count now" in page.content.decode()


def test_one_owner_has_no_right_over_whom_another_invited_until_that_proof_ends(
    owner: User, bob: User, eve: User
) -> None:
    browser(bob).post(invite(owner))
    rows.owner(eve, "acme.example")
    row = Maintainer.objects.get()
    answer = browser(eve).post(PEOPLE, {"remove": row.pk}, follow=True)
    assert "Another owner invited them" in answer.content.decode()
    assert f'name="remove" value="{row.pk}"' not in answer.content.decode()
    ownership.release(claim=OwnershipClaim.objects.get(account=owner), by=owner)
    browser(eve).post(PEOPLE, {"remove": row.pk})
    assert Maintainer.objects.get().ended_by == eve


def test_strangers_see_no_page_of_a_tool(acme: Tool, eve: User) -> None:
    theirs = browser(eve)
    for path in ("", "people/", "handover/", "replies/"):
        assert theirs.get(f"/portal/tools/acme/{path}").status_code == 404
    for path in ("people/", "handover/", "replies/", "maintenance/", "verify/"):
        assert theirs.post(f"/portal/tools/acme/{path}", {"email": "x@example.com"}).status_code == 404


def test_inviting_asks_who_one_is_and_then_does_what_was_asked(owner: User) -> None:
    client = Client()
    client.force_login(owner)
    answer = client.post(PEOPLE, {"email": "bob@example.com"})
    assert answer.headers["Location"].startswith("/account/confirm/")
    assert Maintainer.objects.count() == 0
    client.post(answer.headers["Location"], {"password": "violet harbour sings twice"})
    assert Maintainer.objects.get().email == "bob@example.com"


def test_one_address_gets_five_invitations_a_day_whoever_asks(owner: User, eve: User, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    rows.owner(eve, "acme.example")
    answers = [browser(user).post(PEOPLE, {"email": "five@example.com"}).status_code for user in (owner, eve) * 3]
    assert answers == [302] * 5 + [429]


def test_hostile_addresses_are_refused_beside_the_field(owner: User, naughty: list[str]) -> None:
    ours = browser(owner)
    for text in naughty:
        answer = ours.post(PEOPLE, {"email": text})
        assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["email"]), text
    assert Maintainer.objects.count() == 0


# -- handing over ------------------------------------------------------------------------------------------------------


def test_a_tool_is_handed_over_step_by_step_and_is_never_without_an_owner(owner: User, bob: User) -> None:
    ours, theirs = browser(owner), browser(bob)
    second = make.tool(slug="docs", name="Docs", homepage="https://docs.acme.example/")
    page = ours.get(HAND_OVER)
    assert page.context["lost"] == [Tool.objects.get(slug="acme"), second]  # said before it happens
    ours.post(HAND_OVER, {"email": "bob@example.com"})
    link = mailed()
    assert "A proof is never handed over" in theirs.get(link).content.decode()
    step = theirs.post(link).headers["Location"]
    assert "Prove acme.example yourself" in theirs.get(step).content.decode().replace("www.", "")
    ours.post(HAND_OVER, {"step": "finish"})
    assert speak(owner, bob) == [True, False]  # not proved yet
    claim = rows.owner(bob, "acme.example")
    OwnershipClaim.objects.filter(pk=claim.pk).update(state="pending", next_check_at=None, token_hash="")
    claim.refresh_from_db()
    from verification.ownership.moves import move

    now = timezone.now()
    move(
        claim, "proved", at=now, token_hash="0" * 64, proved_at=now, checked_at=now,
        next_check_at=now + dt.timedelta(days=7),
    )  # fmt: skip
    assert subjects()[-1] == ("ana@example.com", "Acme: bob@example.com has proved the name")
    assert speak(owner, bob) == [True, True]
    ours.post(HAND_OVER, {"step": "finish"})
    assert speak(owner, bob) == [False, True]
    assert Handover.objects.get().ended == "done"
    assert ours.get(HAND_OVER).status_code == 404
    assert subjects()[-1] == ("bob@example.com", "Acme: it is yours now")


def test_a_handover_can_be_taken_back_and_declined_by_those_two_alone(owner: User, bob: User, eve: User) -> None:
    ours = browser(owner)
    ours.post(HAND_OVER, {"email": "bob@example.com"})
    link = mailed()
    assert "You began this yourself" in ours.post(link, follow=True).content.decode()
    page = browser(bob).post(link).headers["Location"]
    assert [browser(eve).get(page).status_code, browser(eve).post(page).status_code] == [404, 404]
    browser(bob).post(page)
    assert Handover.objects.get().ended == "declined"
    ours.post(HAND_OVER, {"email": "eve@example.com"})
    link = mailed()
    ours.post(HAND_OVER, {"step": "stop"})
    assert browser(eve).get(link).status_code == 404
    assert speak(owner, bob, eve) == [True, False, False]


def test_whom_the_owner_invited_ends_with_the_handover(owner: User, bob: User, eve: User) -> None:
    browser(eve).post(invite(owner, "eve@example.com"))
    row = handing_over.begin(Tool.objects.get(), email="bob@example.com", by=owner)
    handing_over.take(row, by=bob)
    rows.owner(bob, "acme.example")
    handing_over.finish(row, by=owner)
    assert speak(eve) == [False]
    assert Maintainer.objects.get().ended_at is not None


@pytest.mark.parametrize("change", ["giver", "taker"])
def test_a_handover_goes_with_the_account_of_either(owner: User, bob: User, change: str) -> None:
    row = handing_over.begin(Tool.objects.get(), email="bob@example.com", by=owner)
    handing_over.take(row, by=bob)
    {"giver": owner, "taker": bob}[change].delete()
    assert Handover.objects.count() == 0


def test_an_owner_who_lost_the_proof_meanwhile_can_give_nothing(owner: User, bob: User) -> None:
    row = handing_over.begin(Tool.objects.get(), email="bob@example.com", by=owner)
    ownership.release(claim=OwnershipClaim.objects.get(), by=owner)
    with pytest.raises(Refused):
        handing_over.begin(Tool.objects.get(), email="eve@example.com", by=owner)
    assert handing_over.asked("anything", timezone.now()) is None
    assert row.ended_at is None


# -- whose tools -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 3])
def test_ones_tools_are_found_in_four_statements(
    ana: User, bob: User, number: int, django_assert_num_queries: Any
) -> None:
    for at in range(number):
        tool = make.tool(slug=f"own-{at}", homepage=f"https://own-{at}.example/")
        rows.owner(ana, f"own-{at}.example")
        theirs = make.tool(slug=f"their-{at}", homepage=f"https://their-{at}.example/")
        rows.owner(bob, f"their-{at}.example")
        now = timezone.now()
        Maintainer.objects.create(
            tool=theirs, user=ana, email=ana.email, invited_by=bob, expires_at=now, accepted_at=now
        )
        make.tool(slug=f"not-{at}", homepage=f"https://xown-{at}.example/")  # a name that only contains it
        assert tool.is_listed
    with django_assert_num_queries(4):
        found = speakers.tools_of(ana, timezone.now())
    assert sorted(one.slug for one in found) == sorted(
        f"{kind}-{at}" for kind in ("own", "their") for at in range(number)
    )
    assert all(speakers.speaks_for(ana, one) for one in found)
