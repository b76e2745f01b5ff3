"""The head of every page leads to the sign-in and back, to the account and the desk, and out again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
WORD = "a long enough word"


def head(client: Client, path: str) -> str:
    text = client.get(path).content.decode()
    return text[text.index('<header class="mast">') : text.index("</header>")]


@pytest.mark.parametrize("path", ["/", "/tools/ollama/", "/trust/", "/no/such/page/"])
def test_a_visitor_finds_the_way_to_sign_in_and_comes_back(client: Client, path: str) -> None:
    text = head(client, path)
    # once in the menu of small screens, once in the row of large ones
    assert text.count(f'href="/account/sign-in/?next={path}" rel="nofollow">Sign in</a>') == 2
    assert (text.count("Sign out"), text.count(">Desk</a>")) == (0, 0)


def test_who_works_here_sees_their_name_and_the_desk(client: Client) -> None:
    client.force_login(User.objects.create_superuser("editor@example.com", WORD, name="Ada <Editor>"))
    text = head(client, "/trust/")
    assert text.count("<p>Ada &lt;Editor&gt;</p>") == 1
    assert text.count('<a href="/admin/">Desk</a>') == 1
    assert text.count('<a class="only-s" href="/admin/">Desk</a>') == 1  # in the menu of a phone
    assert text.count(">Sign in</a>") == 0


def test_who_does_not_work_here_sees_no_desk(client: Client) -> None:
    client.force_login(User.objects.create_user("somebody@example.com", WORD))
    text = head(client, "/trust/")
    assert (text.count("<p>somebody@example.com</p>"), text.count(">Desk</a>")) == (1, 0)


def test_signing_out_is_a_form_that_leads_back() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_user("somebody@example.com", WORD))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', head(strict, "/trust/"))
    assert token
    answer = strict.post("/account/sign-out/", {"csrfmiddlewaretoken": token[1], "next": "/trust/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/trust/")
    assert head(strict, "/trust/").count(">Sign in</a>") == 2


def test_public_pages_are_the_same_for_every_visitor_and_kept(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    first = Client().get("/trust/")
    visitor = Client()
    visitor.get("/account/sign-in/")  # brings the cookie of forms, no session
    again = visitor.get("/trust/")
    assert (again.content, again.headers["Cache-Control"]) == (first.content, "public, max-age=30")
