"""Two people, and what they post."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.people import person

Count = Callable[[Client, str], int]


@pytest.fixture
def ana() -> User:
    """A person."""
    return person("ana@example.com")


@pytest.fixture
def ben() -> User:
    """Somebody else."""
    return person("ben@example.com")


@pytest.fixture
def as_ana(ana: User) -> Client:
    """Her browser."""
    return signed_in(ana)


@pytest.fixture
def as_ben(ben: User) -> Client:
    """His browser."""
    return signed_in(ben)


def signed_in(user: User) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def statements() -> Count:
    """How many statements a page takes."""

    def counted(client: Client, path: str) -> int:
        client.get(path)  # what a process or a session learns once
        with CaptureQueriesContext(
            connection,
        ) as found:
            answer: Any = client.get(path)
        assert answer.status_code == 200
        return len(found)

    return counted
