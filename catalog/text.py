"""Folding text for comparison: case, accents and punctuation do not matter."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return `text` case-folded, compatibility forms replaced, accents and invisible characters removed."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = (char for char in decomposed if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return unicodedata.normalize("NFC", "".join(kept)).replace("\u2019", "'")


def key(text: str) -> str:
    """Return only the letters and digits of the folded text: "Mid Journey" and "midjourney" are one key."""
    return "".join(char for char in fold(text) if char.isalnum())
