"""Reading a site in the background: its progress, its draft, what happens when it fails or its worker is killed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from submissions import prefill
from submissions.flow import reading
from submissions.models import Prefill, Submission
from tests import make
from tests.submissions.conftest import Read, World
from tests.zoo.animal import Reply

pytestmark = pytest.mark.django_db
SITE = "https://www.lantern.example/"
PAGE = b"""<!doctype html><html lang="en"><head><title>Lantern</title>
<meta property="og:site_name" content="Lantern">
<meta name="description" content="Turns meeting notes into task lists for small teams"></head>
<body><h1>Lantern</h1><p>Turns meeting notes into task lists.</p></body></html>"""


@pytest.fixture(autouse=True)
def hinted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Send no messages; which rows they would have named."""
    sent: list[int] = []
    monkeypatch.setattr(reading, "hint", sent.append)
    return sent


@pytest.fixture
def site(world: World, look: Read, monkeypatch: pytest.MonkeyPatch) -> World:
    """A site on loopback that the reading is led to."""
    world.pages["www.lantern.example", "/"] = Reply(200, PAGE, "text/html; charset=utf-8")
    monkeypatch.setattr(prefill, "read", look)
    return world


def test_a_site_becomes_a_draft_with_sources_while_its_page_tells_how_far_it_is(
    signed: Client, ana: User, site: World, hinted: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    make.categories()
    with django_capture_on_commit_callbacks(execute=True):
        led = signed.post("/submit/", {"url": "www.lantern.example"}).headers["Location"]
    row = Prefill.objects.get()
    assert (led, hinted) == (f"/submit/reading/{row.key}/", [row.pk])
    assert "It waits for a worker." in signed.get(led).content.decode()
    assert signed.post("/submit/", {"url": "https://www.lantern.example"}).headers["Location"] == led  # pressed twice
    assert reading.work(row.pk) == "done"
    row.refresh_from_db()
    draft = Submission.objects.get()
    assert row.submission == draft
    assert (draft.submitter, draft.record["homepage"], draft.record["name"]) == (ana, SITE, "Lantern")
    assert draft.sources["name"]["found"] == "Lantern"
    assert draft.sources["name"]["url"].startswith(SITE)
    assert row.progress[0] == "Reading the home page"
    assert signed.get(led).headers["Location"] == draft.step_url("what")
    live = signed.get(f"{led}?part=live", headers={"HX-Request": "true"})
    assert (live.status_code, live.headers["HX-Redirect"]) == (200, draft.step_url("what"))
    assert reading.work(row.pk) == "done"  # a second message does nothing
    assert Submission.objects.count() == 1


def test_a_site_that_does_not_answer_is_said_and_gone_on_with_by_hand(signed: Client, ana: User, site: World) -> None:
    row = reading.begin(by=ana, url="https://nowhere.example")
    assert reading.work(row.pk) == "failed"
    page = signed.get(f"/submit/reading/{row.key}/").content.decode()
    row.refresh_from_db()
    assert row.error
    assert ("Its site could not be read, and nothing is lost" in page, not Submission.objects.exists()) == (True, True)
    led = signed.post(f"/submit/reading/{row.key}/").headers["Location"]
    draft = Submission.objects.get()
    assert (led, draft.record) == (draft.step_url("what"), {"homepage": "https://nowhere.example"})
    assert signed.post(f"/submit/reading/{row.key}/").headers["Location"] == led


def test_who_does_not_wait_has_one_draft(
    signed: Client, ana: User, site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = reading.begin(by=ana, url=SITE)
    look = prefill.read

    def slow(typed: str, **more: Any) -> prefill.Prefilled:
        signed.post(f"/submit/reading/{row.key}/")  # while it reads
        return look(typed, **more)

    monkeypatch.setattr(prefill, "read", slow)
    assert reading.work(row.pk) == "skipped"
    assert Submission.objects.get().record == {"homepage": SITE}


def test_a_killed_worker_is_followed_by_another_and_after_three_it_is_said(
    ana: User, site: World, hinted: list[int]
) -> None:
    row = reading.begin(by=ana, url=SITE)
    past = timezone.now() - dt.timedelta(seconds=1)
    running = {"state": "running", "lease_until": past}
    Prefill.objects.filter(pk=row.pk).update(tries=1, **running)
    assert (reading.sweep(), hinted) == (1, [row.pk])
    assert reading.work(row.pk) == "done"
    other = reading.begin(by=ana, url="https://nowhere.example")
    Prefill.objects.filter(pk=other.pk).update(tries=3, **running)
    assert (reading.sweep(), reading.work(other.pk)) == (1, "failed")
    other.refresh_from_db()
    assert other.error == reading.LOST


def test_a_message_that_was_lost_is_sent_again(ana: User, hinted: list[int]) -> None:
    row = reading.begin(by=ana, url=SITE)
    assert reading.sweep() == 0
    Prefill.objects.filter(pk=row.pk).update(created_at=timezone.now() - dt.timedelta(minutes=1))
    assert (reading.sweep(), hinted) == (1, [row.pk])


def test_what_is_listed_already_is_said_at_the_first_field(signed: Client) -> None:
    tool = make.tool(homepage="https://acme.com", name="Acme")
    page = signed.post("/submit/", {"url": "acme.com"}).content.decode()
    assert "This tool is listed already" in page
    assert f"/tools/{tool.slug}/suggest/" in page
    assert "go on</button>" not in page
    assert "This tool" in signed.post("/submit/", {"url": "acme.com", "anyway": "yes"}).content.decode()
    assert not Prefill.objects.exists()


@pytest.mark.parametrize("typed", ["", "nonsense", "ftp://example.com", "https://a b.example", "https://u:p@example.com",
                                   "javascript:alert(1)", "https://exa\u202emple.com", "https://[::1"])  # fmt: skip
def test_what_is_no_address_is_refused_with_a_sentence(signed: Client, typed: str) -> None:
    answer = signed.post("/submit/", {"url": typed})
    assert (answer.status_code, 'id="id_url-e"' in answer.content.decode()) == (200, True)
    assert not Prefill.objects.exists()


def test_somebody_elses_reading_is_not_there(client: Client, ana: User, rita: User) -> None:
    row = reading.begin(by=ana, url=SITE)
    client.force_login(rita)
    assert client.get(f"/submit/reading/{row.key}/").status_code == 404
