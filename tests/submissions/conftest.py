"""The portal under test: who takes part, and a verification of one step that says what the test wants."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from tests.people import person
from tests.verification.conftest import hints, known  # noqa: F401 - fixtures


@pytest.fixture
def ana() -> User:
    """Somebody who submits."""
    return person("ana@example.com")


def role(name: str, email: str) -> User:
    """Return an account of this role."""
    user = person(email, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


@pytest.fixture
def rita() -> User:
    """A reviewer."""
    return role("reviewer", "rita@example.com")


@pytest.fixture
def rolf() -> User:
    """Another reviewer."""
    return role("reviewer", "rolf@example.com")
