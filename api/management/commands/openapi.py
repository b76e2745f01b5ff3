"""`manage.py openapi`: write api/openapi.json as the code makes it, or check that it is so and breaks nobody."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from api import document
from api.compatible import breaks


class Command(BaseCommand):
    help = "Write the OpenAPI document that the code makes to api/openapi.json; --check only compares."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is another")
        parser.add_argument("--base", metavar="REVISION", help="fail when it breaks clients of the file in a revision")
        parser.add_argument(
            "--break", action="store_true", dest="may_break", help="write it although it breaks clients"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = document.written(document.made())
        if options["base"]:
            self._refuse(_of(options["base"]), made, options["base"])
        now = document.PATH.read_bytes() if document.PATH.exists() else b""
        if options["check"]:
            if made != now:
                raise CommandError("api/openapi.json is not what the code makes. Run: manage.py openapi")
            self.stdout.write(f"{_count(made)} operations, as committed.")
            return
        if now and not options["may_break"]:
            self._refuse(now, made, "api/openapi.json")
        document.PATH.write_bytes(made)
        document.committed.cache_clear()
        self.stdout.write(f"{_count(made)} operations written to {document.PATH.name}.")

    def _refuse(self, old: bytes, new: bytes, base: str) -> None:
        if not old:
            self.stdout.write(f"{base} has no document to compare with.")
            return
        found = breaks(orjson.loads(old), orjson.loads(new))
        if found:
            told = "\n  ".join(found)
            raise CommandError(f"Within v1 things are only added, but since {base}:\n  {told}")


def _of(revision: str) -> bytes:
    """Return the document in a revision of git; nothing where there is none."""
    name = f"{revision}:api/{document.PATH.name}"
    root = Path(__file__).parents[3]
    found = subprocess.run(["git", "show", name], cwd=root, capture_output=True, check=False)  # noqa: S603, S607
    return found.stdout


def _count(made: bytes) -> int:
    return len(document.operations(orjson.loads(made)))
