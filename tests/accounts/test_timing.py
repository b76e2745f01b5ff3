"""Nobody learns from how long an answer takes who has an account: known and unknown addresses cost the same work."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from accounts.models import User
from tests.people import WORD, person

pytestmark = pytest.mark.django_db
TRIES = 15


class Quicker(Argon2PasswordHasher):
    """Argon2 with a third of the memory: still most of what an answer costs."""

    memory_cost = 32_768


def seconds(path: str, form: dict[str, str]) -> float:
    """Return the processor's time that an answer takes: that of others on a busy machine does not count."""
    client = Client()
    client.get(path)
    began = time.process_time()
    client.post(path, form)
    return time.process_time() - began


@pytest.mark.parametrize(
    ("path", "field", "more"),
    [
        ("/account/sign-in/", "login", {"password": "wrong words here"}),
        ("/account/sign-up/", "email", {"password1": WORD}),
        ("/account/password/reset/", "email", {}),
        ("/account/sign-in/code/", "email", {}),
    ],
)
def test_known_and_unknown_addresses_take_the_same_time(
    settings: Any, path: str, field: str, more: dict[str, str]
) -> None:
    for number in range(TRIES + 1):
        person(f"known{number}@example.com")
    settings.PASSWORD_HASHERS = [f"{__name__}.Quicker"]
    User.objects.update(password=make_password(WORD))
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(TRIES + 1):  # one after the other, so that whatever slows the machine slows both
        for kind, found in times.items():
            found.append(seconds(path, {field: f"{kind}{number}@example.com", **more}))
    known, unknown = (statistics.median(found[1:]) for found in times.values())  # the first warms up
    assert 0.6 < known / unknown < 1 / 0.6, (known, unknown)
