"""What takes no body refuses one: what is sent and not read would be believed to have done something."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.client import key_of, openapi
from tests.api.filling import address, fill_api

pytestmark = pytest.mark.django_db
WRITES = ("post", "put", "patch", "delete")
BODYLESS = sorted(
    (path, method)
    for path, methods in openapi()["paths"].items()
    for method in WRITES
    if method in methods and "requestBody" not in methods[method]
)
TOLD = "This takes no body, and one was sent. Leave it out; nothing was done."


def asked(path: str, method: str, body: bytes) -> Any:
    """Return the answer to the owner of everything."""
    owner, values = fill_api()
    route = path.replace("{", "<").replace("}", ">")
    return Client().generic(
        method.upper(), address(route, values), data=body, content_type="application/json",
        headers={"Authorization": f"Bearer {key_of(owner)}"},
    )  # fmt: skip


def test_these_take_no_body() -> None:
    assert [f"{method} {path.removeprefix('/api/v1')}" for path, method in BODYLESS] == [
        "delete /keys/{prefix}",
        "delete /lists/{list}",
        "delete /lists/{list}/tools/{tool}",
        "post /ownership/challenges/{token_id}/check",
        "delete /saved/{tool}",
        "delete /submissions/{key}",
        "post /submissions/{key}/checks",
        "post /submissions/{key}/reopen",
        "post /submissions/{key}/send",
        "post /submissions/{key}/withdraw",
        "delete /webhooks/{hook}",
        "post /webhooks/{hook}/deliveries/{event}/redeliver",
        "post /webhooks/{hook}/rotate",
        "post /webhooks/{hook}/test",
    ]


@pytest.mark.parametrize(("path", "method"), BODYLESS)
def test_a_body_that_nobody_would_read_is_refused(path: str, method: str) -> None:
    answer = asked(path, method, b'{"record": {}}')
    assert (answer.status_code, answer.json()["type"].partition("#")[2], answer.json()["detail"]) == (
        400, "bad-body", TOLD,
    )  # fmt: skip


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_empty_object_is_no_body(body: bytes) -> None:
    answer = asked("/api/v1/submissions/{key}/withdraw", "post", body)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")


@pytest.mark.parametrize("body", [b"[]", b"no", b"\x00\x01", b"x" * 100_000])
def test_nothing_but_an_empty_object_passes(body: bytes) -> None:
    path, method = BODYLESS[0]
    assert asked(path, method, body).json()["detail"] == TOLD
