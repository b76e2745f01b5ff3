"""Cursors: where a list goes on, with all that was asked, signed. A client sends one back as it is.

The alphabet is that of base64url, as some clients put them into addresses without encoding. They are no secrets.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson
from django.utils.crypto import constant_time_compare, salted_hmac

from catalog.filters import BadParameter

VERSION = 1
SIGNATURE = 16  # bytes
LONGEST = 6_000
FORGED = "“cursor” is none that this list gave out. Leave it out to begin anew, and send cursors back unchanged."


def write(kind: str, state: Any) -> str:
    """Return a cursor for a list of some kind that goes on from `state` (JSON)."""
    body = orjson.dumps([VERSION, state])
    return base64.urlsafe_b64encode(_signature(kind, body) + body).decode().rstrip("=")


def read(kind: str, text: str) -> Any:
    """Return the state in a cursor of this kind. Raises BadParameter for any text that `write` did not make."""
    try:
        if len(text) > LONGEST or not text.isascii():
            raise BadParameter("cursor", FORGED)
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadParameter("cursor", FORGED) from error
    signature, body = data[:SIGNATURE], data[SIGNATURE:]
    if base64.urlsafe_b64encode(data).decode().rstrip("=") != text:  # the decoder skips what is no letter of it
        raise BadParameter("cursor", FORGED)
    if not constant_time_compare(signature.hex(), _signature(kind, body).hex()):
        raise BadParameter("cursor", FORGED)
    version, state = orjson.loads(body)
    if version != VERSION:
        raise BadParameter("cursor", "“cursor” is of an older version of this list. Begin anew without it.")
    return state


def _signature(kind: str, body: bytes) -> bytes:
    return salted_hmac(f"api.cursor.{kind}", body, algorithm="sha256").digest()[:SIGNATURE]
