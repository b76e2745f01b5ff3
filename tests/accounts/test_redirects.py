"""After a sign-in people come back to where they were, and nowhere outside this site."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.people import WORD, person, sign_in

pytestmark = pytest.mark.django_db
OUTSIDE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "http:///evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "\x01https://evil.example",
    " https://evil.example",
    "http://localhost/",  # another of ALLOWED_HOSTS is another place
    "%2f%2fevil.example",
]


def led(answer_location: str) -> bool:
    """Say whether an address stays on this site."""
    return answer_location.startswith("/") and answer_location[1:2] not in {"/", "\\"}


@pytest.mark.parametrize("target", OUTSIDE)
def test_nobody_is_led_outside(client: Client, target: str) -> None:
    person()
    by_form = sign_in(client, next=target).headers["Location"]
    assert by_form in {"/account/", target if target.startswith("%2f") else "/account/"}
    signed_in = client.get("/account/sign-in/", {"next": target}).headers["Location"]
    out = client.post("/account/sign-out/", {"next": target}).headers["Location"]
    for where in (by_form, signed_in, out):
        assert led(where) or where == "%2f%2fevil.example", (target, where)  # that one is a relative path


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_pages_before_the_sign_in_pass_no_outside_address_on(client: Client, target: str) -> None:
    person()
    for path in ("/account/sign-in/", "/account/sign-up/", "/account/sign-in/code/", "/account/password/reset/"):
        page = client.get(path, {"next": target}).content.decode()
        assert re.findall(r'(?:href|action)="[^"]*evil[^"]*"', page) == [], path
    sign_in(client)
    back = client.post("/account/confirm/", {"password": WORD, "next": target}).headers["Location"]
    assert back == "/account/"
