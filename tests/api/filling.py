"""Rows that the addresses of the API name, for the matrix: the owner's, and everybody's."""

from __future__ import annotations

from accounts.models import User
from api import keys
from api.scopes import SCOPES
from tests.matrix.people import Askers, fill


def fill_api() -> tuple[User, dict[str, object]]:
    """Make what addresses name; return whose it is, and what their parameters are filled with."""
    askers = Askers()
    values = fill()
    owner = askers.users["member"]
    values["prefix"] = keys.create(owner=owner, name="of the matrix", scopes=list(SCOPES))[0].prefix
    return owner, values
