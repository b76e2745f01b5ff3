"""Secrets of an installation that was not given them: made once, kept in its var folder."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def new_secret_key() -> str:
    """Return a new secret key."""
    return secrets.token_urlsafe(50)


def new_signing_key() -> str:
    """Return a new RSA key as PEM; RS256 is the one algorithm that every OpenID client has (Core 1.0, 15.1)."""
    # settings read this module at every start, and a key is made once
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65_537, key_size=3_072)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def load_or_create(path: Path, make: Callable[[], str] = new_secret_key) -> str:
    """Return the key stored at `path`; make it (readable by the owner only) when it is missing.

    Safe with several processes starting at once: the first writer wins. Raises OSError when the
    folder cannot be written.
    """
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}")
    mine.touch(mode=0o600)
    mine.write_text(make(), encoding="ascii")
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink()
    return path.read_text(encoding="ascii")
