"""The page /privacy/ says what the code does, and who only reads gets no cookie on any page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import roles
from accounts.privacy import registry
from core import retention
from tests import make
from tests.people import has_confirmed, person, sign_in

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[3] / "docs"


def cells(text: str) -> list[tuple[str, ...]]:
    """Return the rows of the only table of a page."""
    body = re.search(r"<tbody>(.*)</tbody>", text, re.DOTALL)
    assert body
    found = re.findall(r"<tr>\s*<th[^>]*>(.*?)</th>\s*<td>(.*?)</td>\s*<td>(.*?)</td>\s*</tr>", body[1], re.DOTALL)
    return [tuple(unescape(cell).strip() for cell in row) for row in found]


def capitals(text: str) -> str:
    return text[:1].upper() + text[1:]


def test_the_page_shows_the_table_of_the_code(client: Client) -> None:
    rows = [(row.what, capitals(row.long), capitals(row.why)) for row in retention.rows()]
    assert cells(client.get("/privacy/").content.decode()) == rows


def test_the_document_holds_the_table_of_the_code() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    table = text.partition("<!-- retention -->\n")[2].partition("<!-- end -->")[0]
    rows = [f"| {row.what} | {row.long} | {row.why} | {row.by} |" for row in retention.rows()]
    assert table.splitlines() == ["| What | How long | Why | Removed by |", "|---|---|---|---|", *rows]


def test_the_document_names_every_part_and_every_reason() -> None:
    text = (DOCS / "privacy.md").read_text(encoding="utf-8")
    assert [part.name for part in registry.parts() if f"`{part.name}`" not in text] == []
    assert [one.field for one in registry.stays() if f"`{one.field}`" not in text] == []


def test_every_page_leads_to_it(client: Client) -> None:
    for path in ("/", "/account/sign-in/", "/trust/"):
        assert '<li><a href="/privacy/">Privacy</a></li>' in client.get(path).content.decode()


def test_mails_saved_tools_lists_and_follows_are_named_here_and_where_a_copy_is_made(client: Client) -> None:
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    for path in ("/privacy/", "/account/data/"):
        told = client.get(path).content.decode().split("<main")[1].split("<table")[0]
        assert [word for word in ("mails", "saved tools", "lists", "follow") if word not in told] == [], path


def test_it_says_whom_to_ask(client: Client, settings: Any) -> None:
    assert "has set no address for it yet" in client.get("/privacy/").content.decode()
    settings.DEFAULT_FROM_EMAIL = "privacy@catalog.example"
    assert '<a href="mailto:privacy@catalog.example">' in client.get("/privacy/").content.decode()


def test_it_names_the_cookies_as_they_are_called_here(client: Client, settings: Any) -> None:
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    text = client.get("/privacy/").content.decode()
    assert re.findall(r"<code>(.*?)</code>", text) == ["__Host-sessionid", "__Host-csrftoken", "proof"]


# -- cookies ----------------------------------------------------------------------------------------------------------


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, here)
        else:
            yield here, one


def samples() -> dict[str, str]:
    """Return a value for each argument that addresses take."""
    tool = make.tool()
    known = {"slug": tool.slug, "category": "ide-assistants", "key": "5a3c9f0e-0000-4000-8000-000000000000"}
    return {**known, "pk": "1", "run": "1", "uidb36": "1"}


def addresses() -> list[str]:
    """Return an address for every pattern of the site but the desk's, arguments filled with what there is or not."""
    known, found = samples(), []
    for text, one in patterns(get_resolver()):
        if text.startswith("admin/"):
            continue
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda match: known.get(match[1], "x"), text)
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: known.get(match[1], "x"), path)
        found.append("/" + re.sub(r"[\^$\\]", "", path))
        assert "(" not in path, (text, one)
    return found


def is_of_an_account(path: str) -> bool:
    return path.startswith("/account/")


def asks_everybody(path: str) -> bool:
    """Say whether a page is a form that changes something, for people without an account too."""
    return path.endswith("/report/")


def test_who_only_reads_gets_no_cookie_on_any_page() -> None:
    given, shown = {}, 0
    for path in addresses():
        if is_of_an_account(path) or asks_everybody(path):
            continue
        client = Client()
        answer = client.get(path)
        shown += answer.status_code == 200
        assert answer.status_code < 500, path
        if answer.cookies or ("Cookie" in answer.headers.get("Vary", "") and answer.status_code == 0):
            given[path] = sorted(answer.cookies)
    assert given == {}
    assert shown > 25


def test_forms_set_the_cookie_of_their_token_and_signing_in_the_session_and_no_page_any_other(settings: Any) -> None:
    roles.ensure()
    user = person(is_staff=True, is_superuser=True)
    visitor, member = Client(), Client()
    sign_in(member)
    has_confirmed(member, user)
    found = set()
    for path in [*addresses(), "/admin/", "/admin/accounts/user/"]:
        if "sign-out" in path:
            continue
        for client in (visitor, member):
            found |= set(client.get(path).cookies)
    assert set(Client().get("/account/sign-in/").cookies) == {"csrftoken"}
    assert found <= {"csrftoken", "sessionid"}
    assert set(member.cookies) == {"csrftoken", "sessionid"}


def test_no_page_loads_anything_of_others() -> None:
    foreign = {}
    for path in addresses():
        text = Client().get(path).content.decode(errors="replace")
        loaded = re.findall(r'<(?:script|img|iframe|source|link rel="stylesheet")[^>]*?(?:src|href)="([^"]+)"', text)
        if others := [one for one in loaded if not one.startswith(("/", "data:"))]:
            foreign[path] = others
    assert foreign == {}


def test_the_account_pages_lead_to_both(client: Client) -> None:
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    text = client.get("/account/").content.decode()
    assert f'href="{reverse("account_data")}"' in text
    assert f'href="{reverse("account_erase")}"' in text
