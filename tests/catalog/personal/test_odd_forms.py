"""Forms that no page of ours sends."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import make

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/saved/", {"save": "\x00"}), ("/saved/", {"remove": "a\x00"}), ("/following/", {"tool": "\x00"}),
        ("/following/", {"category": "coding\x00x"}), ("/lists/add/", {"tool": "\x00", "list": "new"}),
    ],
)  # fmt: skip
def test_what_is_no_name_finds_nothing(as_ana: Client, path: str, form: dict[str, str]) -> None:
    assert as_ana.post(path, form).status_code == 404


def test_a_list_with_a_name_that_is_none_is_not_there(as_ana: Client) -> None:
    assert as_ana.post("/lists/add/", {"tool": make.tool().slug, "list": "\x00"}).status_code == 404
