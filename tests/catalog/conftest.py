"""The tests of the catalog run on the real seed: 1,772 tools, loaded once per process into a database of its own.

What other tests leave behind or empty is another database, so it does not matter who runs first. A module whose tests
commit (`pytestmark = pytest.mark.django_db(transaction=True)`) runs on that one, as such tests empty what they ran on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from catalog import loader

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that would empty the seed under the others of its module."""
    for item in items:
        if HERE in item.path.parents and commits(item) and not commits(item.getparent(pytest.Module)):
            raise pytest.UsageError(f"{item.nodeid} empties the database: give it a module marked transaction=True.")


def commits(node: pytest.Item | pytest.Module | None) -> bool:
    """Tell whether the test, or every test of the module, is marked as one that commits."""
    mark = node.get_closest_marker("django_db") if node else None
    return bool(mark and mark.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of the database that holds the seed."""
    options, empty = connection.settings_dict["TEST"], connection.settings_dict["NAME"]
    given, options["NAME"] = options.get("NAME"), f"{empty}_seed"
    with django_db_blocker.unblock():
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
        options["NAME"] = given
        loader.load(loader.DATA)
        use(empty)
        yield name
        use(name)
        connection.creation.destroy_test_db(empty, verbosity=0)


@pytest.fixture(scope="module", autouse=True)
def _database_of_the_module(request: pytest.FixtureRequest, seeded: str) -> Iterator[None]:
    """Let the tests of a module run on the seed, unless they commit."""
    if commits(request.node):
        yield
        return
    empty = connection.settings_dict["NAME"]
    use(seeded)
    yield
    use(empty)


def use(name: str) -> None:
    """Go on with another database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # numbers of the database before


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Every test here reads the database."""
