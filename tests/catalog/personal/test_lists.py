"""Lists: made, filled, ordered, shared by link, embedded, and seen by nobody else."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import ListItem, Tool, ToolList
from catalog.personal import keeping
from tests import make
from tests.catalog.personal.conftest import Count

READS = ("", "embed/", ".json", ".md", "feed.atom", "feed.json")


def made(user: User, *slugs: str, shared: bool = True, **fields: Any) -> ToolList:
    found = keeping.create_list(user=user, title=fields.pop("title", "For podcasts"), shared=shared, **fields)
    for slug in slugs:
        keeping.add(to=found, tool=Tool.objects.get(slug=slug))
    return found


def order(found: ToolList) -> list[str]:
    return list(found.items.order_by("position").values_list("slug", flat=True))


def address(found: ToolList, end: str) -> str:
    return f"/lists/{found.key}{end}" if end.startswith(".") else f"/lists/{found.key}/{end}"


# -- its owner -------------------------------------------------------------------------------------------------------


def test_a_list_is_made_filled_from_a_tool_page_and_ordered_without_script(as_ana: Client, ana: User) -> None:
    answer = as_ana.post("/lists/", {"title": " For  podcasts ", "description": "Sound.\r\nAnd voice."})
    found = ToolList.objects.get(user=ana)
    assert (answer.status_code, answer["Location"]) == (302, f"/lists/{found.key}/")
    assert (found.title, found.description, found.shared) == ("For podcasts", "Sound.\nAnd voice.", False)
    for slug in ("ollama", "elevenlabs", "qdrant"):
        answer = as_ana.post("/lists/add/", {"tool": slug, "list": found.key, "next": f"/tools/{slug}/"})
        assert answer["Location"] == f"/tools/{slug}/"
    page = as_ana.get("/tools/ollama/").content.decode()
    assert f'<a href="/lists/{found.key}/">For podcasts</a>' in page
    assert f'<option value="{found.key}">' not in page
    assert f'<option value="{found.key}">' in as_ana.get("/tools/milvus/").content.decode()
    key = {item.slug: str(item.pk) for item in found.items.all()}
    answer = as_ana.post(f"/lists/{found.key}/items/", {"up": key["qdrant"]})
    assert answer["Location"] == f"/lists/{found.key}/#item-{key['qdrant']}"
    assert order(found) == ["ollama", "qdrant", "elevenlabs"]
    as_ana.post(f"/lists/{found.key}/items/", {"down": key["ollama"]})
    assert order(found) == ["qdrant", "ollama", "elevenlabs"]
    for end in ({"up": key["qdrant"]}, {"down": key["elevenlabs"]}):
        as_ana.post(f"/lists/{found.key}/items/", end)
    assert order(found) == ["qdrant", "ollama", "elevenlabs"]
    as_ana.post(f"/lists/{found.key}/items/", {"drop": key["ollama"]})
    as_ana.post(f"/lists/{found.key}/items/", {"noted": key["qdrant"], "note": "runs at home"})
    body = as_ana.get(f"/lists/{found.key}/").content.decode()
    assert re.findall(r'class="card-nm" href="/tools/([\w-]+)/"', body) == ["qdrant", "elevenlabs"]
    assert "runs at home" in body


def test_a_list_is_made_in_passing_on_a_tool_page(as_ana: Client, ana: User) -> None:
    answer = as_ana.post("/lists/add/", {"tool": "ollama", "title": "At home", "next": "/tools/ollama/"})
    assert answer["Location"] == "/tools/ollama/"
    found = ToolList.objects.get(user=ana)
    assert (found.title, order(found)) == ("At home", ["ollama"])
    answer = as_ana.post("/lists/add/", {"tool": "ollama", "title": "\u200b"}, follow=True)
    assert "No list was made: its title is empty." in answer.content.decode()
    assert ToolList.objects.count() == 1


def test_a_tool_is_in_a_list_once(as_ana: Client, ana: User) -> None:
    found = made(ana, "ollama")
    as_ana.post("/lists/add/", {"tool": "ollama", "list": found.key})
    assert order(found) == ["ollama"]
    with pytest.raises(IntegrityError, match="list_item_once"), transaction.atomic():
        ListItem.objects.create(list=found, tool=Tool.objects.get(slug="ollama"), slug="x", name="x", position=9)


def test_a_place_in_a_list_is_taken_once(ana: User) -> None:
    found = made(ana, "ollama")
    ListItem.objects.create(list=found, slug="x", name="x", position=1)
    with pytest.raises(IntegrityError, match="list_item_position_once"):
        connection.check_constraints()


def test_title_description_and_sharing_are_changed_and_what_cannot_be_taken_is_said(as_ana: Client, ana: User) -> None:
    found = made(ana, shared=False)
    path = f"/lists/{found.key}/edit/"
    answer = as_ana.post(path, {"title": "\u202eevil", "description": "kept as typed"})
    assert answer.status_code == 400
    assert "Holds a character that turns the direction of writing (U+202E); take it out." in answer.content.decode()
    assert "kept as typed" in answer.content.decode()
    as_ana.post(path, {"title": "Better", "description": "", "shared": "on"})
    found.refresh_from_db()
    assert (found.title, found.shared) == ("Better", True)


def test_a_list_is_deleted_with_what_is_in_it(as_ana: Client, ana: User) -> None:
    found = made(ana, "ollama")
    answer = as_ana.post(f"/lists/{found.key}/edit/", {"delete": "yes"}, follow=True)
    assert "“For podcasts” was deleted." in answer.content.decode()
    assert (ToolList.objects.count(), ListItem.objects.count()) == (0, 0)
    assert as_ana.get(f"/lists/{found.key}/").status_code == 404


def test_limits_are_told_before_and_when_they_are_reached(
    as_ana: Client, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_LISTS", 1)
    monkeypatch.setattr(keeping, "MOST_ITEMS", 1)
    found = made(ana, "ollama")
    assert "1 of at most 1." in as_ana.get("/lists/").content.decode()
    assert "1 tool of at most 1," in as_ana.get(f"/lists/{found.key}/").content.decode()
    answer = as_ana.post("/lists/", {"title": "Two"}, follow=True)
    assert "You have 1 lists, which is the most there can be." in answer.content.decode()
    answer = as_ana.post("/lists/add/", {"tool": "qdrant", "list": found.key, "next": "/tools/qdrant/"}, follow=True)
    assert "“For podcasts” holds 1 tools, which is the most there can be." in answer.content.decode()
    assert (ToolList.objects.count(), order(found)) == (1, ["ollama"])


def test_statements_do_not_grow_with_tools_and_lists(as_ana: Client, ana: User, statements: Count) -> None:
    found = made(ana, "ollama")
    counts = [[statements(as_ana, path) for path in ("/lists/", f"/lists/{found.key}/")]]
    for slug in ("qdrant", "elevenlabs"):
        keeping.add(to=found, tool=Tool.objects.get(slug=slug))
        made(ana, slug)
    counts.append([statements(as_ana, path) for path in ("/lists/", f"/lists/{found.key}/")])
    assert counts == [[4, 9], [4, 9]]
    assert statements(Client(), f"/lists/{found.key}/") == 5


# -- everybody else --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", READS)
def test_a_private_list_is_as_if_it_did_not_exist(as_ana: Client, as_ben: Client, ana: User, end: str) -> None:
    found = made(ana, "ollama", shared=False)
    missing = found.key[::-1]
    nothing = Client().get(address(found, end).replace(found.key, missing))
    hidden = Client().get(address(found, end))
    assert (hidden.status_code, nothing.status_code) == (404, 404)
    assert hidden.content.decode().replace(found.key, missing) == nothing.content.decode()
    assert as_ben.get(address(found, end)).status_code == 404
    assert as_ana.get(address(found, end)).status_code == (404 if end == "embed/" else 200)


def test_nobody_changes_the_list_of_another_even_when_it_is_shared(as_ben: Client, ana: User) -> None:
    found = made(ana, "ollama", "qdrant")
    item = str(found.items.first().pk)  # type: ignore[union-attr]
    asked = [
        ("edit/", {"title": "Mine"}), ("edit/", {"delete": "yes"}), ("items/", {"drop": item}),
        ("items/", {"down": item}),
    ]  # fmt: skip
    assert [as_ben.post(address(found, end), told).status_code for end, told in asked] == [404] * 4
    assert as_ben.get(address(found, "edit/")).status_code == 404
    assert as_ben.post("/lists/add/", {"tool": "milvus", "list": found.key}).status_code == 404
    found.refresh_from_db()
    assert (found.title, order(found)) == ("For podcasts", ["ollama", "qdrant"])


def test_an_item_of_another_list_is_not_reached_through_ones_own(as_ben: Client, ana: User, ben: User) -> None:
    theirs, own = made(ana, "ollama"), made(ben, "qdrant")
    item = str(theirs.items.get().pk)
    for name in ("up", "down", "drop", "noted"):
        assert as_ben.post(address(own, "items/"), {name: item, "note": "x"}).status_code == 404
    assert order(theirs) == ["ollama"]


@pytest.mark.parametrize("end", READS)
def test_a_shared_list_is_read_by_who_has_the_link_and_in_no_search_engine(ana: User, end: str) -> None:
    found = made(ana, "ollama", "qdrant", description="Runs at home.")
    answer = Client().get(address(found, end))
    assert answer.status_code == 200
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert dict(answer.cookies) == {}
    assert "ana@example.com" not in answer.content.decode()
    found.shared = False
    found.save()
    assert Client().get(address(found, end)).status_code == 404


def test_a_shared_list_is_in_no_site_map(ana: User, client: Client) -> None:
    found = made(ana, "ollama")
    for part in ("pages", "collections", "tools"):
        assert found.key not in client.get(f"/sitemaps/{part}.xml").content.decode()


def test_addresses_cannot_be_guessed(ana: User) -> None:
    keys = {made(ana).key for _ in range(20)}
    assert len(keys) == 20
    assert all(re.fullmatch(r"[\w-]{22}", key) for key in keys)  # 128 bits


def test_only_the_embedded_page_may_be_framed_and_it_has_no_script_form_or_cookie(as_ana: Client, ana: User) -> None:
    found = made(ana, "ollama")
    answer, visitor = as_ana.get(address(found, "embed/")), Client().get(address(found, "embed/"))
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    )
    assert "X-Frame-Options" not in answer
    assert answer.content == visitor.content
    assert dict(visitor.cookies) == {}
    body = answer.content.decode()
    assert not re.findall(r"<script|<form|<iframe|style=|csrf", body)
    assert 'href="http://127.0.0.1:8000/tools/ollama/" target="_blank" rel="noopener"' in body
    page = as_ana.get(address(found, ""))
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    code = f"&lt;iframe src=&quot;http://127.0.0.1:8000/lists/{found.key}/embed/&quot;"
    assert code.replace("&quot;", '"') in page.content.decode()
    gone = Client().get(address(found, "embed/").replace(found.key, found.key[::-1]))
    assert (gone.status_code, "X-Frame-Options" in gone) == (404, False)


def test_the_snippet_cannot_be_broken_out_of(as_ana: Client, ana: User) -> None:
    found = made(ana, title='"><script>alert(1)</script>')
    body = as_ana.get(address(found, "")).content.decode()
    assert "<script>alert" not in body
    assert 'title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in body


def test_the_same_list_as_json_markdown_and_feeds(ana: User) -> None:
    found = made(ana, "ollama", title="# Local *models*", description="One.\n\nTwo.")
    gone = make.tool(slug="gone", name="Gone [x]")
    keeping.add(to=found, tool=gone)
    services.delist_tools([gone])
    told = json.loads(Client().get(address(found, ".json")).content)
    assert (told["title"], told["url"]) == ("# Local *models*", f"http://127.0.0.1:8000/lists/{found.key}/")
    assert [tool["name"] for tool in told["tools"]] == ["Ollama", "Gone [x]"]
    assert told["tools"][0]["url"] == "http://127.0.0.1:8000/tools/ollama/"
    assert told["tools"][1] == {"name": "Gone [x]", "listed": False, "note": ""}
    text = Client().get(address(found, ".md")).content.decode()
    assert text.startswith(
        "# \\# Local \\*models\\*\n\nOne.\n\nTwo.\n\n1. [Ollama](http://127.0.0.1:8000/tools/ollama/): "
    )
    assert "2. Gone \\[x\\] (no longer listed)\n" in text
    feed = ElementTree.fromstring(Client().get(address(found, "feed.atom")).content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [entry.findtext(f"{atom}title") for entry in feed.findall(f"{atom}entry")] == ["Ollama"]
    assert json.loads(Client().get(address(found, "feed.json")).content)["items"][0]["title"] == "Ollama"


def test_a_tool_that_is_no_longer_listed_is_a_line_for_everybody(ana: User) -> None:
    tool = make.tool(slug="gone-soon", name="Gone Soon")
    found = made(ana, "gone-soon", "ollama")
    services.delist_tools([tool])
    for end in ("", "embed/"):
        body = Client().get(address(found, end)).content.decode()
        assert "is no longer listed." in body
        assert "/tools/gone-soon/" not in body
    services.delete_tool(tool)
    assert "is no longer listed." in Client().get(address(found, "")).content.decode()
    assert order(found) == ["gone-soon", "ollama"]


def test_the_account_takes_its_lists_with_it(ana: User) -> None:
    made(ana, "ollama")
    ana.delete()
    assert (ToolList.objects.count(), ListItem.objects.count()) == (0, 0)


def test_visitors_who_put_a_tool_into_a_list_are_led_to_the_sign_in(client: Client) -> None:
    answer = client.post("/lists/add/", {"tool": "ollama", "title": "x", "next": "/tools/ollama/"})
    assert answer["Location"] == "/account/sign-in/?next=/tools/ollama/"
    assert client.get("/lists/")["Location"] == "/account/sign-in/?next=/lists/"


def test_a_shared_list_offers_its_link_to_be_copied(as_ana: Client, ana: User) -> None:
    found = made(ana, "ollama")
    link = re.compile(r'<pre id="list-link" tabindex="0">([^<]+)</pre>')
    page = as_ana.get(address(found, "")).content.decode()
    assert link.findall(page) == [f"http://127.0.0.1:8000{found.get_absolute_url()}"]
    assert 'data-copy="list-link"' in page
    found.shared = False
    found.save()
    assert link.findall(as_ana.get(address(found, "")).content.decode()) == []
