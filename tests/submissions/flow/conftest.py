"""The flow under test: Ana's browser, and checks of one step that passes."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.verification.conftest import Known, made


@pytest.fixture
def signed(client: Client, ana: User) -> Client:
    """Ana's browser."""
    client.force_login(ana)
    return client


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))
