"""Mail addresses: what can be written into an SMTP envelope, and what cannot."""

from __future__ import annotations

import re
from email.utils import parseaddr

import idna

# RFC 5321 4.1.2: a local part as a dot-atom, at most 64 octets; quoted ones are refused, as sign-up refuses them
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LONGEST = 254  # octets; RFC 5321 4.5.3.1.3, less the angle brackets
ALLOWED_ALONE = frozenset({"localhost"})  # the only domain without a full stop


class BadAddress(ValueError):
    """Mail cannot be sent to this address; the message says why, without repeating it."""


def envelope(address: str) -> str:
    """Return `address` (bare or with a name before it) as an SMTP envelope writes it: ASCII, the domain by IDNA.

    Raises BadAddress. Non-ASCII local parts (RFC 6531) are refused: few servers take them.
    """
    if any(char in address for char in "\r\n\x00"):
        raise BadAddress("The address holds a line break.")
    bare = parseaddr(address)[1] if "<" in address else address.strip()
    local, at, domain = bare.rpartition("@")
    if not at or not LOCAL.fullmatch(local) or len(local) > 64:
        raise BadAddress("The part before the @ is not one that mail can be sent to.")
    domain = _domain(domain)
    if len(local) + 1 + len(domain) > LONGEST:
        raise BadAddress(f"The address is longer than {LONGEST} characters.")
    return f"{local}@{domain}"


def _domain(name: str) -> str:
    try:
        found = idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise BadAddress("The domain is not a name that can exist.") from error
    if "." not in found.strip(".") and found not in ALLOWED_ALONE:
        raise BadAddress("The domain is not a name that can exist.")
    return found.removesuffix(".")


def folded(address: str) -> str:
    """Return what an address is compared by: its envelope form in small letters, or itself when it has none."""
    try:
        return envelope(address).lower()
    except BadAddress:
        return address.strip().lower()[:320]
