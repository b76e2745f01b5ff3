"""Who takes part, and the loopback world in which names are proved."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Tool
from tests import make
from tests.core.test_clean import ROWS, text_of
from tests.people import has_confirmed, person
from tests.verification.ownership.conftest import World, opened, world  # noqa: F401 - fixtures

HOME = "https://www.acme.example/"


@pytest.fixture
def bob() -> User:
    """Another account."""
    return person("bob@example.com")


@pytest.fixture
def acme(db: None) -> Tool:
    """A listed tool whose home page lies under acme.example."""
    return make.tool(slug="acme", name="Acme", homepage=HOME)


def browser(user: User) -> Client:
    """Return the browser of somebody who just said who they are."""
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    return client


def _sendable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


@pytest.fixture(scope="session")
def naughty_rows() -> list[dict[str, Any]]:
    """The corpus of awkward strings, with the string as "text"; without halves of characters: no browser sends them."""
    found = [{**row, "text": text_of(row)} for row in ROWS]
    return [row for row in found if _sendable(row["text"])]


@pytest.fixture(scope="session")
def naughty(naughty_rows: list[dict[str, Any]]) -> list[str]:
    """The strings alone."""
    return [row["text"] for row in naughty_rows]


@pytest.fixture(autouse=True)
def _names_lead_to_loopback(world: World) -> None:  # noqa: F811 - the fixture
    """Let names under .example be names of this machine, as everywhere where ownership is tested."""
