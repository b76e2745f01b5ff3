"""What tests of counting need: nothing counted before them, and a browser that says it is one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from catalog.reach.counting import reach

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    reach.forget()
    yield
    reach.forget()


@pytest.fixture
def browser() -> Client:
    """Somebody with a browser."""
    return Client(headers={"User-Agent": FIREFOX})
