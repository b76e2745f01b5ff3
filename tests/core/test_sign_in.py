"""The foot of every page leads to the sign-in and back, to the desk, and out again."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
WORD = "a long enough word"


def foot(client: Client, path: str) -> str:
    text = client.get(path).content.decode()
    return text[text.index('<footer class="foot">') : text.index("</footer>")]


@pytest.mark.parametrize("path", ["/", "/tools/ollama/", "/trust/", "/no/such/page/"])
def test_a_visitor_finds_the_way_to_sign_in_and_comes_back(client: Client, path: str) -> None:
    text = foot(client, path)
    assert text.count(f'<a href="/admin/login/?next={path}" rel="nofollow">Sign in</a>') == 1
    assert (text.count("Sign out"), text.count(">Desk</a>")) == (0, 0)


def test_who_works_here_sees_their_name_and_the_desk(client: Client) -> None:
    client.force_login(User.objects.create_superuser("editor@example.com", WORD, name="Ada <Editor>"))
    text = foot(client, "/trust/")
    assert text.count("Signed in as Ada &lt;Editor&gt;") == 1
    assert text.count('<a href="/admin/">Desk</a>') == 1
    assert text.count(">Sign in</a>") == 0


def test_who_does_not_work_here_sees_no_desk(client: Client) -> None:
    client.force_login(User.objects.create_user("somebody@example.com", WORD))
    text = foot(client, "/trust/")
    assert (text.count("Signed in as somebody@example.com"), text.count(">Desk</a>")) == (1, 0)


def test_signing_out_is_a_form_that_leads_back() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_user("somebody@example.com", WORD))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', foot(strict, "/trust/"))
    assert token
    answer = strict.post("/sign-out/", {"csrfmiddlewaretoken": token[1], "next": "/trust/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/trust/")
    assert foot(strict, "/trust/").count(">Sign in</a>") == 1
    assert strict.get("/sign-out/").status_code == 405
