"""The change log: in the order of commits, append-only, outliving its tools."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from catalog import services
from catalog.models import Change, Tool
from tests import make

INSERT = "INSERT INTO catalog_change (tool_id, slug, action, fields) VALUES (1, %s, 'updated', '{}') RETURNING serial"
pytestmark = pytest.mark.datalayer


@pytest.fixture
def two(request: pytest.FixtureRequest) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Two connections of their own to the test database; what they commit is taken back by nobody, so they do not."""
    parameters = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k not in {"cursor_factory", "context", "prepare_threshold"}}
    with psycopg.connect(**parameters) as first, psycopg.connect(**parameters) as second:
        yield first, second
        first.rollback()
        second.rollback()


def serial_of(one: psycopg.Connection, slug: str) -> int:
    row = one.execute(INSERT, [slug]).fetchone()
    assert row is not None
    return int(row[0])


def test_a_later_serial_is_always_committed_later(two: tuple[psycopg.Connection, psycopg.Connection]) -> None:
    """The first transaction draws its serial and stays open; the second must wait for its turn, not overtake."""
    first, second = two
    early = serial_of(first, "first")
    drawn: list[int] = []
    writer = threading.Thread(target=lambda: drawn.append(serial_of(second, "second")))
    writer.start()
    time.sleep(0.3)
    assert drawn == []  # waits although nothing but the order is at stake
    first.rollback()  # ends the first turn (a commit would leave rows behind for other tests)
    writer.join(timeout=5)
    assert len(drawn) == 1
    assert drawn[0] > early


def test_without_the_lock_a_reader_would_miss_a_row(two: tuple[psycopg.Connection, psycopg.Connection]) -> None:
    """The danger is real: with the trigger off, a later serial can be visible while an earlier one is not."""
    first, second = two
    for one in two:
        one.execute("SET LOCAL session_replication_role = replica")
    early, late = serial_of(first, "first"), serial_of(second, "second")
    assert late > early  # both open at once: committing the second first would hide the first from a reader at `late`


def test_rows_are_never_changed_or_deleted() -> None:
    make.tool()
    for statement in ("UPDATE catalog_change SET slug = 'x'", "DELETE FROM catalog_change"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_reader_sees_every_step_of_a_tool_and_its_tombstone() -> None:
    start = Change.objects.order_by("-serial").values_list("serial", flat=True)[0]
    record = make.record()
    tool = services.create_tools([record], categories=make.categories())[0]
    services.update_tool(tool, record | {"vendor": "New Vendor"}, categories=make.categories())
    services.update_tool(tool, record | {"vendor": "New Vendor"}, categories=make.categories())
    services.delete_tool(Tool.objects.get(pk=tool.pk))
    rows = [(c.slug, c.action, c.fields) for c in Change.objects.since(start)]
    slug = record["slug"]
    assert rows == [
        (slug, "created", {}),
        (slug, "updated", {"vendor": [None, "New Vendor"]}),
        (slug, "removed", {}),
    ]
    assert not Tool.objects.filter(slug=slug).exists()


def test_nothing_is_logged_when_nothing_is_written() -> None:
    start = Change.objects.order_by("-serial").values_list("serial", flat=True)[0]
    record = make.record()
    with pytest.raises(DatabaseError), transaction.atomic():
        services.create_tools([record, record], categories=make.categories())
    assert list(Change.objects.since(start)) == []
