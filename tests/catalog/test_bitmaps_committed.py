"""The bitmaps of facet words in a process whose transactions end: on the empty database."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from catalog import facets, index
from catalog.facets import Narrowing
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_rolled_back_is_forgotten_and_what_is_emptied_is_noticed() -> None:
    with transaction.atomic():
        make.tool(licence="Quux-1.0")
        assert facets.count(Narrowing()).by_value["licence"]["Quux-1.0"] == 1
        transaction.set_rollback(True)
    assert "Quux-1.0" not in facets.count(Narrowing()).by_value.get("licence", {})
    kept = make.tool(licence="Quux-2.0")
    assert facets.count(Narrowing()).by_value["licence"]["Quux-2.0"] == 1
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE catalog_toolindex")
    assert facets.count(Narrowing()).listed == 0
    index.refresh([kept.pk])
    assert facets.count(Narrowing()).by_value["licence"] == {"Quux-2.0": 1}
