"""Text for comparison, where case, accents and punctuation do not matter, and text that any format can hold."""

from __future__ import annotations

import re
import unicodedata

# What XML 1.0 cannot hold, not even escaped (section 2.2).
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fold(text: str) -> str:
    """Return `text` case-folded, compatibility forms replaced, accents and invisible characters removed."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    kept = (char for char in decomposed if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return unicodedata.normalize("NFC", "".join(kept)).replace("\u2019", "'")


def key(text: str) -> str:
    """Return only the letters and digits of the folded text: "Mid Journey" and "midjourney" are one key."""
    return "".join(char for char in fold(text) if char.isalnum())


def printable(text: str) -> str:
    """Return the text without the characters that no XML document may hold."""
    return NOT_XML.sub("", text)
