"""What tests of the API share: a client without a key; Ana, whose program it is; Rita, who reviews."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.api.client import Api, key_of
from tests.people import person
from tests.submissions.conftest import role
from tests.verification.conftest import Known, hints, known, made  # noqa: F401 - fixtures


@pytest.fixture
def api() -> Api:
    """A client without a key."""
    return Api()


@pytest.fixture
def ana() -> User:
    return person()


@pytest.fixture
def rita() -> User:
    return role("reviewer", "rita@example.com")


@pytest.fixture
def mine(ana: User) -> Api:
    """Ana's program."""
    return Api(key_of(ana))


@pytest.fixture
def one_step(known: Known, hints: list[int]) -> Any:  # noqa: F811
    """Let checks have one step, which passes."""
    known(made("home"))
