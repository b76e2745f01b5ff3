"""Tokens: 128 random bits, shown once. They are published for all to read, so they are no secret but a binding:

the stored hash is over account, name, method and token, and a token proves nothing for any other of these.
SHA-256 without a key, because 128 random bits cannot be guessed, and claims outlive a change of SECRET_KEY.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from django.conf import settings
from django.utils.text import slugify

TOKEN = re.compile(r"[0-9a-f]{32}")
BRAND = 30  # characters; a label of a name has at most 63


def new_token() -> str:
    """Return a token: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def new_token_id() -> str:
    """Return the public name of a token: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def token_hash(token: str, *, account: int, name: str, method: str) -> str:
    """Return what is stored of a token: the sha256 of all that it is bound to, in hexadecimal digits."""
    return hashlib.sha256("\n".join((str(account), name, method, token)).encode()).hexdigest()


def same(stored: str, computed: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(stored, computed)


def brand() -> str:
    """Return the site's name as it stands in names of records, paths and tags: "ai-apps" for "AI Apps"."""
    return slugify(settings.SITE_NAME)[:BRAND].strip("-_").replace("_", "-") or "catalog"
