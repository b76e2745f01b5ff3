"""Secrets that the site has to read again, encrypted at rest: a copy of the database alone gives none of them away.

Fernet (AES-128 in CBC mode with HMAC-SHA-256) by a key of SECRET_KEY for each purpose. Whoever replaces SECRET_KEY puts
the old one into SECRET_KEY_FALLBACKS: then what was sealed by it can still be read.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class CannotOpen(ValueError):
    """What was sealed was changed, or sealed by another SECRET_KEY."""


def seal(secret: bytes, purpose: str) -> bytes:
    """Return a secret encrypted; `purpose` names what it is for, and only that opens it."""
    return _keys(purpose).encrypt(secret)


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Return the secret. Raises CannotOpen."""
    try:
        return _keys(purpose).decrypt(bytes(sealed))
    except InvalidToken:
        raise CannotOpen("This was sealed by another SECRET_KEY, or changed since.") from None


def renewed(sealed: bytes, purpose: str) -> bytes | None:
    """Return a secret sealed by the present SECRET_KEY, None when it is already. Raises CannotOpen."""
    try:
        _keys_of([settings.SECRET_KEY], purpose).decrypt(bytes(sealed))
    except InvalidToken:
        return seal(unseal(sealed, purpose), purpose)
    return None


def _keys(purpose: str) -> MultiFernet:
    return _keys_of([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS], purpose)


def _keys_of(known: Sequence[str | bytes], purpose: str) -> MultiFernet:
    made = [salted_hmac(f"core.sealed.{purpose}", "", secret=one, algorithm="sha256").digest() for one in known]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(one)) for one in made])
