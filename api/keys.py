"""API keys: making, recognising. The format lets a typo be refused without a query and a scanner find leaked ones."""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import re
import secrets
import string
from collections.abc import Iterable

from django.utils import timezone

from accounts.models import User
from api.models import ApiKey

START = "aicat_live_"
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
SHAPE = re.compile(rf"{START}([0-9A-Za-z]{{30}})([0-9A-Za-z]{{6}})")


def random_key() -> str:
    """Return a new key: prefix, 30 random characters (178 bits), and their CRC-32 in 6 (as GitHub's tokens have)."""
    body = "".join(secrets.choice(LETTERS) for _ in range(30))
    return f"{START}{body}{checksum(body)}"


def checksum(body: str) -> str:
    """Return the CRC-32 of the random part in base 62, six characters."""
    number, text = binascii.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = LETTERS[digit] + text
    return text


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def well_formed(text: str) -> bool:
    """Say whether a text can be a key: its shape and its checksum. No query."""
    found = SHAPE.fullmatch(text)
    return found is not None and secrets.compare_digest(checksum(found[1]), found[2])


def create(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str],
    expires_at: dt.datetime | None = None,
    replaced: ApiKey | None = None,
) -> tuple[ApiKey, str]:
    """Make a key and return its row and the key itself, which nobody can be shown again."""
    key = random_key()
    row = ApiKey.objects.create(
        owner=owner,
        name=name,
        prefix=key[len(START) :][:8],
        digest=digest_of(key),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
        replaced=replaced,
    )
    return row, key


def recognise(text: str) -> ApiKey | None:
    """Return the live key of a live account that this text is, with its owner; None for any other text."""
    if not well_formed(text):
        return None
    live = ApiKey.objects.live(timezone.now()).select_related("owner")
    return live.filter(digest=digest_of(text), owner__is_active=True).first()
