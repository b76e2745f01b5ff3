"""Saved tools: the button on cards and pages, the page that shows them, and who may see them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import Alias, Saved, Tool
from catalog.personal import keeping
from tests import make
from tests.catalog.personal.conftest import Count


def buttons(answer: Any) -> list[tuple[str, str, str]]:
    """Return name, value and whether pressed of every Save button of a page."""
    found = re.findall(
        r'<button class="([^"]+)" form="keep" name="(\w+)" value="([^"]+)"(?: aria-pressed="(\w+)")?',
        answer.content.decode(),
    )
    return [(name, value, pressed or str("btn-on" in css).lower()) for css, name, value, pressed in found]


def saved(user: User) -> list[str]:
    return list(Saved.objects.visible_to(user).latest_first().values_list("slug", flat=True))


def test_visitors_see_a_link_to_the_sign_in_that_leads_back_to_the_tool(client: Client) -> None:
    answer = client.get("/tools/ollama/")
    assert buttons(answer) == []
    link = '<a class="btn" href="/account/sign-in/?next=%2Ftools%2Follama%2F" rel="nofollow">'
    assert answer.content.decode().count(link) == 2  # Save and Follow
    assert 'id="keep"' not in answer.content.decode()


def test_pages_of_visitors_are_the_same_for_all_and_set_no_cookie(client: Client) -> None:
    for path in ("/", "/tools/", "/tools/ollama/", "/categories/coding/", "/tools/?q=speech"):
        first, second = client.get(path), Client().get(path)
        assert first.content == second.content, path
        assert (dict(first.cookies), dict(second.cookies)) == ({}, {}), path
        assert "private" not in first["Cache-Control"], path


def test_the_button_of_a_page_saves_and_removes_without_script(as_ana: Client, ana: User) -> None:
    assert ("save", "ollama", "false") in buttons(as_ana.get("/tools/ollama/"))
    answer = as_ana.post("/saved/", {"save": "ollama", "next": "/tools/ollama/"})
    assert (answer.status_code, answer["Location"]) == (302, "/tools/ollama/")
    page = as_ana.get("/tools/ollama/")
    assert ("remove", "ollama", "true") in buttons(page)
    (button,) = re.findall(r'aria-label="(Saved[^"]+)">.*?<span>(.*?)</span></button>', page.content.decode())
    assert button == ("Saved: take Ollama out of your saved tools", "Saved")
    as_ana.post("/saved/", {"save": "ollama"})
    assert saved(ana) == ["ollama"]
    as_ana.post("/saved/", {"remove": "ollama"})
    as_ana.post("/saved/", {"remove": "ollama"})
    assert saved(ana) == []


def test_a_script_gets_json(as_ana: Client) -> None:
    for name, told in (("save", {"saved": True}), ("remove", {"saved": False})):
        answer = as_ana.post("/saved/", {name: "ollama"}, headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json()) == (200, told)


def test_every_card_of_a_list_has_a_button_by_one_more_statement(as_ana: Client, ana: User, statements: Count) -> None:
    tools = list(Tool.objects.found().newest()[:3])
    counts = []
    for tool in tools[:1], tools[1:]:
        for one in tool:
            keeping.save(user=ana, tool=one)
        counts.append(statements(as_ana, "/tools/"))
    assert counts[0] == counts[1]
    found = buttons(as_ana.get("/tools/"))
    assert len(found) == 24
    assert {value for name, value, pressed in found if (name, pressed) == ("remove", "true")} == {t.slug for t in tools}


def test_the_page_takes_the_same_statements_for_one_tool_and_three(
    as_ana: Client, ana: User, statements: Count
) -> None:
    keeping.save(user=ana, tool=make.tool())
    one = statements(as_ana, "/saved/")
    for _ in range(2):
        keeping.save(user=ana, tool=make.tool())
    assert (one, statements(as_ana, "/saved/")) == (10, 10)


def test_the_page_shows_the_latest_first_and_says_what_to_do_when_there_is_nothing(as_ana: Client, ana: User) -> None:
    assert "Nothing is saved yet." in as_ana.get("/saved/").content.decode()
    for slug in ("ollama", "elevenlabs"):
        keeping.save(user=ana, tool=Tool.objects.get(slug=slug))
    body = as_ana.get("/saved/").content.decode()
    assert re.findall(r'class="card-nm" href="/tools/([\w-]+)/"', body) == ["elevenlabs", "ollama"]


def test_nobody_sees_or_removes_what_another_saved(as_ben: Client, ana: User) -> None:
    keeping.save(user=ana, tool=Tool.objects.get(slug="ollama"))
    row = Saved.objects.get(user=ana)
    assert "/tools/ollama/" not in as_ben.get("/saved/").content.decode()
    as_ben.post("/saved/", {"drop": str(row.pk)})
    as_ben.post("/saved/", {"remove": "ollama"})
    assert as_ben.post("/saved/", {"noted": str(row.pk), "note": "mine"}).status_code == 404
    assert as_ben.post("/saved/", {"noted": "999999", "note": "mine"}).status_code == 404
    row.refresh_from_db()
    assert row.note == ""


def test_visitors_are_led_to_the_sign_in(client: Client) -> None:
    answer = client.get("/saved/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/?next=/saved/")
    answer = client.post("/saved/", {"save": "ollama", "next": "/tools/ollama/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/?next=/tools/ollama/")
    assert not Saved.objects.exists()


@pytest.mark.parametrize(
    "bad",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "tools", "\t//evil", ""],
)
def test_a_form_leads_to_no_other_site(as_ana: Client, bad: str) -> None:
    assert as_ana.post("/saved/", {"save": "ollama", "next": bad})["Location"] == "/saved/"


def test_looking_changes_nothing(as_ana: Client) -> None:
    as_ana.get("/saved/?save=ollama")
    as_ana.get("/following/?tool=ollama")
    as_ana.get("/lists/add/?tool=ollama&title=x")
    assert not Saved.objects.exists()
    assert as_ana.put("/saved/").status_code == 405


def test_a_tool_that_is_no_longer_listed_is_a_line_that_can_be_removed(as_ana: Client, ana: User) -> None:
    tool = make.tool(slug="gone-soon", name="Gone Soon")
    keeping.save(user=ana, tool=tool)
    services.delist_tools([tool])
    body = as_ana.get("/saved/").content.decode()
    assert "<b>Gone Soon</b> is no longer listed." in body
    assert "/tools/gone-soon/" not in body
    as_ana.post("/saved/", {"drop": str(Saved.objects.get().pk)})
    assert saved(ana) == []


def test_a_deleted_tool_leaves_its_line_and_who_took_its_address_stands_there(as_ana: Client, ana: User) -> None:
    old = make.tool(slug="old-name", name="Old Name")
    keeping.save(user=ana, tool=old)
    services.delete_tool(old)
    assert "<b>Old Name</b> is no longer listed." in as_ana.get("/saved/").content.decode()
    heir = make.tool(slug="heir", name="Heir")
    Alias.objects.create(slug="old-name", tool=heir)
    assert 'href="/tools/heir/"' in as_ana.get("/saved/").content.decode()


def test_a_renamed_tool_stays_saved(as_ana: Client, ana: User) -> None:
    tool = make.tool(slug="before")
    keeping.save(user=ana, tool=tool)
    record = make.record(slug="after", name="After")
    services.update_tool(tool, record, categories=make.categories())
    assert 'href="/tools/after/"' in as_ana.get("/saved/").content.decode()


def test_a_note_is_cleaned_kept_and_shown(as_ana: Client, ana: User) -> None:
    keeping.save(user=ana, tool=make.tool())
    row = Saved.objects.get()
    as_ana.post("/saved/", {"noted": str(row.pk), "note": "  for  <b>the</b> podcast "})
    assert "for &lt;b&gt;the&lt;/b&gt; podcast" in as_ana.get("/saved/").content.decode()
    answer = as_ana.post("/saved/", {"noted": str(row.pk), "note": "two\nlines"}, follow=True)
    assert "The note on" in answer.content.decode()
    assert "more than one line" in answer.content.decode()
    row.refresh_from_db()
    assert row.note == "for <b>the</b> podcast"
    as_ana.post("/saved/", {"noted": str(row.pk), "note": ""})
    row.refresh_from_db()
    assert row.note == ""


def test_who_has_saved_the_most_there_can_be_is_told(
    as_ana: Client, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_SAVED", 1)
    as_ana.post("/saved/", {"save": "ollama"})
    answer = as_ana.post("/saved/", {"save": "elevenlabs", "next": "/tools/"}, follow=True)
    assert answer.redirect_chain == [("/saved/", 302)]
    told = "You have saved 1 tools, which is the most there can be. Remove one, then save ElevenLabs."
    assert told in answer.content.decode()
    answer = as_ana.post("/saved/", {"save": "elevenlabs"}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (409, {"message": told})
    assert saved(ana) == ["ollama"]


def test_a_tool_cannot_be_saved_twice_by_the_database_either(ana: User) -> None:
    tool = make.tool()
    keeping.save(user=ana, tool=tool)
    with pytest.raises(IntegrityError, match="saved_once"), transaction.atomic():
        Saved.objects.create(user=ana, tool=tool, slug=tool.slug, name=tool.name)


def test_an_unknown_tool_and_an_empty_form_are_refused(as_ana: Client) -> None:
    assert as_ana.post("/saved/", {"save": "no-such-tool"}).status_code == 404
    assert as_ana.post("/saved/", {}).status_code == 400
    assert as_ana.post("/saved/", {"drop": "x"}).status_code == 302
    assert as_ana.get("/saved/?page=x").status_code == 400


def test_pages_of_people_are_in_no_cache_and_no_search_engine(as_ana: Client) -> None:
    for path in ("/saved/", "/lists/", "/following/"):
        answer = as_ana.get(path)
        assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private", path
        assert '<meta name="robots" content="noindex">' in answer.content.decode(), path


def test_a_saved_tool_is_put_into_a_list_from_its_row(as_ana: Client, ana: User, ben: User) -> None:
    keeping.save(user=ana, tool=Tool.objects.get(slug="ollama"))
    assert "make a list</a>" in as_ana.get("/saved/").content.decode()
    found = keeping.create_list(user=ana, title="At home")
    keeping.create_list(user=ben, title="Of somebody else")
    page = as_ana.get("/saved/").content.decode()
    assert re.findall(r'<option value="([^"]*)">([^<]+)</option>', page) == [("", "Put into…"), (found.key, "At home")]
    back = f"/saved/#item-{Saved.objects.get().pk}"
    assert f'name="next" value="{back}"' in page
    for said in ("Ollama was put into “At home”.", "Ollama is in “At home” already."):
        answer = as_ana.post("/lists/add/", {"tool": "ollama", "list": found.key, "next": back}, follow=True)
        assert answer.redirect_chain == [(back, 302)]
        assert f'<p class="note ">{said}</p>' in answer.content.decode()
    assert [item.slug for item in found.items.all()] == ["ollama"]
