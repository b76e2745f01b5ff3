"""What every test of the matrix needs: the second step is required, as in production."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.people import Askers


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECOND_STEP_REQUIRED = True
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])  # made ones are no keys


@pytest.fixture
def askers() -> Askers:
    """Somebody of each kind."""
    return Askers()
