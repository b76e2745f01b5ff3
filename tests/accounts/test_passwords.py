"""Passwords: 12 to 128 characters, none that is common or a common one made longer."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core.exceptions import ValidationError

from accounts.models import User


def codes(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {str(one.code) for one in error.error_list}
    return set()


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password2026!",
        "!!P@ssw0rd!!2026",
        "passwordpassword",
        "dragondragondragon",
        "qwertyuiop12",
        "123456789012",
        "abcdefghijklm",
        "987654321098",
        "aaaaaaaaaaaa",
        "ababababababab",
        "friend of joan",
    ],
)
def test_a_common_password_is_refused_also_when_it_was_made_longer(password: str) -> None:
    assert codes(password) == {"password_too_common"}


@pytest.mark.parametrize(
    "password",
    [
        "violet harbour sings twice",
        "correct horse battery",
        "4827 5839 1029 4057",
        "xK9#mQ2$vL7!",
        "字" * 4 + "永和九年歲在癸丑",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    assert codes(password) == set()


def test_length_has_two_ends() -> None:
    text = "violet harbour sings twice, "
    assert codes("violet harb") == {"password_too_short"}
    assert (codes((text * 5)[:128]), codes((text * 5)[:129])) == (set(), {"password_too_long"})


def test_a_password_like_the_address_is_refused() -> None:
    assert codes("ana.lovelace@example", User(email="ana.lovelace@example.com")) == {"password_too_similar"}


def test_each_rule_says_itself_in_words() -> None:
    assert all(one.get_help_text() for one in get_default_password_validators())
