"""Filling a database with synthetic tools: rows by COPY, index rows by the site's own `catalog.index`."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import UTC, datetime, time
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connection, models, transaction

from bench.speed.synthetic import Synthetic
from catalog import derived, index, loader
from catalog.models import Category, Change, Fact, Tool
from catalog.records import Record, also_rows, columns, derive, interface_rows, known_facts, plan_rows, said_by

CHUNK = 1_000
ROOT = Path(__file__).resolve().parents[2]
_made: Synthetic | None = None  # what the loading processes inherit
# Every tool gets the twelve that follow it in its category: scoring all pairs of 100,000 would take an hour.
NEIGHBOURS = """
WITH ring AS MATERIALIZED (
    SELECT id, category_id, row_number() OVER (PARTITION BY category_id ORDER BY id) - 1 AS place,
           count(*) OVER (PARTITION BY category_id) AS size
    FROM catalog_tool
)
INSERT INTO catalog_related (tool_id, other_id, position, score)
SELECT a.id, b.id, step - 1, 1.0 / step
FROM ring a CROSS JOIN generate_series(1, 12) AS step
JOIN ring b ON b.category_id = a.category_id AND b.place = (a.place + step) % a.size
WHERE step < a.size
"""


def database_name(size: int, seed: int) -> str:
    """Return the name of the database for so many tools; it changes with all that decides what stands in it."""
    files = [*ROOT.glob("catalog/migrations/*.py"), *ROOT.glob("accounts/migrations/*.py")]
    files += [ROOT / "catalog" / name for name in ("index.py", "records.py", "pricing.py", "text.py", "launch.py")]
    files += [*ROOT.glob("catalog/data/**/*.yaml"), ROOT / "bench/speed/synthetic.py", ROOT / "bench/speed/loading.py"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files)))
    return f"bench_{size}_{seed}_{digest.hexdigest()[:12]}"


def ensure(made: Synthetic, size: int, superuser: str, *, rebuild: bool, progress: Callable[[int, int], None]) -> str:
    """Return the name of a database with `size` tools, made now unless a whole one is there.

    `superuser` is a libpq address with all rights. Older databases of this size are dropped. The current Django
    connection leads to the database afterwards.
    """
    name = database_name(size, made.seed)
    with psycopg.connect(superuser, autocommit=True) as server:
        there = {row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()}
        for old in sorted(there):
            if old.startswith(f"bench_{size}_") and (old != name or rebuild):
                server.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
        if rebuild or name not in there:
            half = f"{name}_half"  # renamed when whole: what was interrupted is never taken for finished
            server.execute(f'CREATE DATABASE "{half}" OWNER aiapps TEMPLATE template0')
            server.execute("GRANT SET ON PARAMETER session_replication_role TO aiapps")
            use(half)
            _build(made, size, progress)
            connection.close()
            server.execute(f'ALTER DATABASE "{half}" RENAME TO "{name}"')
    use(name)
    return name


def use(name: str) -> None:
    """Point this process and its future children at a database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = name
    before, _, rest = os.environ["DATABASE_URL"].partition("/bench")
    os.environ["DATABASE_URL"] = f"{before}/{name}?{rest.partition('?')[2]}"


def _build(made: Synthetic, size: int, progress: Callable[[int, int], None]) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    write_frame()
    indexes = _without_indexes()
    connection.close()  # a connection does not survive a fork
    global _made  # noqa: PLW0603
    _made = made
    fork = multiprocessing.get_context("fork")
    quiet = (signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends a loading process without a traceback
    with ProcessPoolExecutor(os.cpu_count(), fork, initializer=signal.signal, initargs=quiet) as pool:
        parts = [pool.submit(_load_part, first, min(first + CHUNK, size)) for first in range(0, size, CHUNK)]
        try:
            for done, part in enumerate(as_completed(parts), 1):
                part.result()
                progress(min(done * CHUNK, size), size)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute(NEIGHBOURS)
        for definition in indexes:
            cursor.execute(definition)
        cursor.execute("SELECT setval(pg_get_serial_sequence('catalog_tool', 'id'), %s)", [size])
    derived.rebuild_one("words")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _without_indexes() -> list[str]:
    """Drop the catalog's indexes that back no constraint; return how to make them again, once all rows are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
            JOIN pg_class ON pg_class.oid = indrelid
            WHERE relname LIKE 'catalog_%' AND NOT indisunique
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
            """
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    return [definition for _, definition in found]


def write_frame() -> None:
    """Write what stands around the tools: the categories of the real taxonomy."""
    made: dict[str, Category] = {}
    for position, row in enumerate(loader.read(loader.DATA).categories):
        parent = made.get(row["parent"])
        values = {"name": row["name"], "parent": parent, "position": position}
        made[row["slug"]], _ = Category.objects.get_or_create(slug=row["slug"], defaults=values)


def _load_part(first: int, last: int) -> None:
    assert _made
    with connection.cursor() as cursor:
        # No checks of foreign keys, no turn in the change log: nobody else is here, and the rows are ours.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET synchronous_commit = off")
    load([_made.record(number) for number in range(first, last)], first_id=first + 1)


@transaction.atomic
def load(records: Sequence[Record], *, first_id: int) -> None:
    """List tools as `catalog.services.create_tools` does, with ids from `first_id` on, by COPY."""
    categories = {category.slug: category for category in Category.objects.select_related("parent")}
    tools = [
        Tool(id=pk, **columns(record, categories), seed=json.dumps(record))
        for pk, record in enumerate(records, first_id)
    ]
    for tool in tools:
        derive(tool)
        tool.changed_at = datetime.combine(tool.listed_on, time(), UTC)
    pairs = list(zip(tools, records, strict=True))
    copy(tools)
    copy(row for tool, record in pairs for row in also_rows(tool, record, categories))
    copy(row for tool, record in pairs for row in interface_rows(tool, record))
    copy(row for tool, record in pairs for row in plan_rows(tool, record))
    copy(
        Fact(tool=tool, field=field, said_by=said_by(record, field), said_on=tool.listed_on)
        for tool, record in pairs
        for field in known_facts(record)
    )
    copy(Change(tool_id=tool.pk, slug=tool.slug, action=Change.Action.CREATED, at=tool.changed_at) for tool in tools)
    index.refresh(tool.pk for tool in tools)


def copy(rows: Iterable[models.Model]) -> None:
    """COPY unsaved rows of one model into its table; keys that are None are left to the database."""
    found = list(rows)
    if not found:
        return
    meta = found[0]._meta
    fields = [field for field in meta.concrete_fields if not (field.primary_key and found[0].pk is None)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{meta.db_table}" ({names}) FROM STDIN') as out:
        for row in found:
            out.write_row([field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields])
