"""Rows that the addresses of the API name, for the matrix: the owner's, and everybody's."""

from __future__ import annotations

from accounts.models import User
from api import keys
from catalog.personal import keeping
from tests.matrix.people import Askers, fill
from tests.matrix.routes import filled
from tests.submissions import rows as submission_rows

SLUGS = {"/api/v1/categories/": "coding", "/api/v1/collections/": "made"}


def address(route: str, values: dict[str, object]) -> str:
    """Return an address of the API: a route with its parameters; a slug is that of a tool but where SLUGS says."""
    slug = next((slug for start, slug in SLUGS.items() if route.startswith(start)), values["slug"])
    return filled(route, values | {"slug": slug})


def fill_api() -> tuple[User, dict[str, object]]:
    """Make what addresses name; return whose it is, and what their parameters are filled with."""
    askers = Askers()
    values = fill()
    owner = askers.users["member"]
    row, _ = keys.create(owner=owner, name="of the owner", scopes=["keys:write"])
    kept = keeping.create_list(user=owner, title="Shared", shared=True)
    draft = submission_rows.draft(owner)
    named = {"prefix": row.prefix, "key": draft.key, "list": kept.key, "tool": values["slug"]}
    return owner, values | named
