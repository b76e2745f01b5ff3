"""What tests of OAuth share: an app, a person who lets it in, and the requests between them."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.idp.oidc.models import Client
from django.test import Client as Browser

from accounts.models import User
from api.oauth import clients
from api.oauth.clients import Wanted
from tests.people import has_confirmed

BACK = "https://app.example/back?from=catalog"
VERIFIER = "a-verifier-of-tests-that-is-43-characters-long"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
FORM = "application/x-www-form-urlencoded"


def app(owner: User, *scopes: str, confidential: bool = False, ways: tuple[str, ...] = ("code",)) -> tuple[Client, str]:
    """Register an app; the default is one of which nobody can keep a secret."""
    wanted = Wanted(
        "Notebook", confidential, ways, scopes or ("openid", "account:read"), [BACK] if "code" in ways else []
    )
    return clients.register(owner, wanted)


def browser_of(user: User) -> Browser:
    """Return the browser of somebody who said who they are just now; forms need their CSRF token."""
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(user)
    has_confirmed(browser, user)
    return browser


def question(client: Client, **other: str | None) -> str:
    """Return the address at which an app asks to be let in; None leaves a value out."""
    values: dict[str, str | None] = {
        "response_type": "code", "client_id": client.pk, "redirect_uri": BACK, "scope": "openid account:read",
        "state": "s-1", "code_challenge": CHALLENGE, "code_challenge_method": "S256", **other,
    }  # fmt: skip
    return "/oauth/authorize/?" + urlencode({name: value for name, value in values.items() if value is not None})


def answered(browser: Browser, path: str, answer: str = "allow") -> Any:
    """Look at the consent page and press one of its buttons."""
    assert browser.get(path).status_code == 200
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else ""
    return browser.post(path, {"answer": answer, "csrfmiddlewaretoken": token})


def led_to(response: Any) -> dict[str, str]:
    """Return the values of the address that a person is led to."""
    assert response.status_code == 302, response.content
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def code_for(client: Client, user: User, **other: str | None) -> str:
    """Let an app in and return its code."""
    return led_to(answered(browser_of(user), question(client, **other)))["code"]


def post(path: str, **values: str) -> Any:
    """Send a form as an app does: no cookie, no CSRF token."""
    return Browser(enforce_csrf_checks=True).post(path, urlencode(values), content_type=FORM)


def exchange(client: Client, code: str, **other: str) -> Any:
    """Send a code for tokens."""
    values = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": client.pk,
        "code_verifier": VERIFIER, **other,
    }  # fmt: skip
    return post("/oauth/token", **{name: value for name, value in values.items() if value})


def got(response: Any) -> dict[str, Any]:
    """Return the tokens of an answer that has to have some."""
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def status(token: str, path: str = "/api/v1/me") -> int:
    """Return how the API answers a token."""
    return Browser().get(path, headers={"Authorization": f"Bearer {token}"}).status_code
