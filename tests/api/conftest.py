"""What tests of the API share."""

from __future__ import annotations

import pytest

from tests.api.client import Api


@pytest.fixture
def api() -> Api:
    """A client without a key."""
    return Api()
