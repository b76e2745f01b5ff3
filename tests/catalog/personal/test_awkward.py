"""Every field that people fill in here takes every awkward string: stored by the rule, or refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Follow, Saved, ToolList
from catalog.personal import keeping
from core.clean import Unclean, clean_line, clean_text
from tests import make
from tests.core.test_awkward_everywhere import STRINGS, broken, send


def line(text: str, longest: int) -> str | None:
    try:
        return clean_line(text, max_length=longest)
    except Unclean:
        return None


def sent(client: Client, path: str, values: dict[str, Any]) -> int:
    return int(send(client, path, values).status_code)


def test_titles_and_descriptions_of_lists(as_ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_LISTS", 1_000)
    for row, text in STRINGS:
        if broken(text):
            assert sent(as_ana, "/lists/", {"title": text}) in {302, 400}, row["id"]
            continue
        ToolList.objects.all().delete()
        title = line(text, 80)
        assert sent(as_ana, "/lists/", {"title": text}) == (302 if title else 400), row["id"]
        assert list(ToolList.objects.values_list("title", flat=True)) == ([title] if title else []), row["id"]
        try:
            wanted = clean_text(text, max_length=2_000) if text.strip() else ""
        except Unclean:
            continue
        assert sent(as_ana, "/lists/", {"title": "Right", "description": text}) == 302, row["id"]
        assert ToolList.objects.get(title="Right", description=wanted), row["id"]
        ToolList.objects.filter(title="Right").delete()


def test_notes(as_ana: Client, ana: User) -> None:
    keeping.save(user=ana, tool=make.tool())
    row = Saved.objects.get()
    for given, text in STRINGS:
        if broken(text):
            assert sent(as_ana, "/saved/", {"noted": row.pk, "note": text}) in {302, 400}, given["id"]
            continue
        keeping.annotate(row=row, note="before")
        assert sent(as_ana, "/saved/", {"noted": row.pk, "note": text}) == 302, given["id"]
        row.refresh_from_db()
        wanted = line(text, 200) if text.strip() else ""
        assert row.note == ("before" if wanted is None else wanted), given["id"]
        assert as_ana.get("/saved/").status_code == 200, given["id"]


def test_names_of_tools_lists_and_places_to_go_on(as_ana: Client) -> None:
    for given, text in STRINGS:
        assert sent(as_ana, "/saved/", {"save": text, "next": text}) in {400, 404}, given["id"]
        assert sent(as_ana, "/lists/add/", {"tool": text, "list": text}) in {400, 404}, given["id"]
        assert sent(as_ana, "/following/", {"query": f"q={text}", "next": text}) in {302, 400}, given["id"]
    assert not Saved.objects.exists()


def test_searches_that_were_followed_can_be_shown(as_ana: Client) -> None:
    for _, text in STRINGS[:60]:
        send(as_ana, "/following/", {"query": f"q={text}"})
        Follow.objects.filter(pk__in=list(Follow.objects.values_list("pk", flat=True)[15:])).delete()
    assert as_ana.get("/following/").status_code == 200
