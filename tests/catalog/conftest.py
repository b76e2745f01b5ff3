"""The tests of the catalog run on the real seed: 1,772 tools, loaded once per session."""

from __future__ import annotations

from typing import Any

import pytest

from catalog import loader


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Load the seed into the test database after it was made."""
    with django_db_blocker.unblock():
        loader.load(loader.DATA)


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here reads the database."""
