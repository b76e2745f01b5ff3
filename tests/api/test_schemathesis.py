"""Every operation under schemathesis: seeded cases of right and wrong requests, and every check that it has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case

from api import document
from tests.api.client import key_of
from tests.api.filling import fill_api

schema = schemathesis.openapi.from_dict(document.served())
schema.app = get_wsgi_application()
EXAMPLES = 60
# gzip is not unpacked by its WSGI client
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def rows(db: None) -> Iterator[dict[str, str]]:
    """Rows to find, and the key of whose they are; the connection of the test stays open between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    owner, _ = fill_api()
    yield {"Authorization": f"Bearer {key_of(owner)}"}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
def test_every_operation_is_as_the_document_says(case: Case[Any], rows: dict[str, str]) -> None:
    case.call_and_validate(headers=PLAIN | rows)
