"""Reads a security.txt as RFC 9116 defines it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

LONGEST = 32_768  # characters
KNOWN = {"contact", "expires", "encryption", "acknowledgments", "preferred-languages", "canonical", "policy", "hiring",
         "csaf", "bug-bounty"}  # fmt: skip


@dataclass
class SecurityText:
    """The fields of a security.txt by lower-case name, in order."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    signed: bool = False

    @property
    def contacts(self) -> list[str]:
        """Return the contacts that are addresses, as the RFC demands."""
        found = self.fields.get("contact", [])
        return [one for one in found if one.lower().startswith(("mailto:", "https://", "tel:"))]

    @property
    def expires(self) -> dt.datetime | None:
        """Return until when it may be used; None when that is not said, said twice or said in another form."""
        found = self.fields.get("expires", [])
        if len(found) != 1:
            return None
        try:
            read = dt.datetime.fromisoformat(found[0].strip().upper())
        except ValueError:
            return None
        return read if read.tzinfo else None


def parse(text: str) -> SecurityText | None:
    """Return the fields of a security.txt, None when the text is none (no known field on any line)."""
    found = SecurityText()
    for line in text[:LONGEST].lstrip("\ufeff").splitlines()[:500]:
        if line.startswith("-----BEGIN PGP SIGNATURE"):
            break
        if line.startswith("-----BEGIN PGP SIGNED MESSAGE"):
            found.signed = True
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() in KNOWN and value.strip():
            found.fields.setdefault(name.strip().lower(), []).append(value.strip()[:300])
    return found if found.fields else None
