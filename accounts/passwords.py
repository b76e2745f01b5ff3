"""What a password must not be. Lists are files here: no password, nor any part of one, is sent anywhere."""

from __future__ import annotations

import re
from itertools import pairwise

from django.contrib.auth import password_validation
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

FEW = 5  # so many different characters are few in a password of twelve
# what people put before and after a common word to make it long enough, and what they write for letters
AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
SPELT = str.maketrans("@4301$5", "aaeoiss")


class MaximumLengthValidator:
    """Refuses passwords over `max_length` characters: hashing costs time for each."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when the password is too long."""
        if len(password) > self.max_length:
            raise ValidationError(
                f"This password is too long. Use at most {self.max_length} characters.", code="password_too_long"
            )

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return f"At most {self.max_length} characters."


class CommonPasswordValidator(password_validation.CommonPasswordValidator):
    """Refuses the 20,000 common passwords of Django's list, also when they were only made longer.

    "Password2026!" is "password" with something around it, "p@ssw0rdp@ssw0rd" is it twice. Few entries of the list
    have the twelve characters that we ask for; this is what people do to get there.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError when the password is common or made of a common one."""
        plain = password.lower().strip()
        core = AROUND.sub("", plain)
        spelt = AROUND.sub("", plain.translate(SPELT))
        if any(self._is_common(text) for text in (plain, core, spelt)) or len(set(plain)) < FEW or _runs(plain):
            raise ValidationError(
                "This password is easy to guess. Use several words that do not belong together, or let a password"
                " manager make one.",
                code="password_too_common",
            )

    def _is_common(self, text: str) -> bool:
        if text in self.passwords:
            return True
        parts = [text[: len(text) // times] for times in (2, 3) if text and len(text) % times == 0]
        return any(part * (len(text) // len(part)) == text and part in self.passwords for part in parts if part)

    def get_help_text(self) -> str:
        """Return the rule in words."""
        return "Not a common password, nor one with something around it."


def _runs(text: str) -> bool:
    """Say whether most characters follow the one before, as in "123456789012" or "abcdefghijkl"."""
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return bool(steps) and max(steps.count(1), steps.count(-1)) > len(steps) * 0.7
