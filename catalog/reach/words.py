"""Which words of a search may be kept: those that name a thing, and nothing that looks like somebody's own."""

from __future__ import annotations

import re

from catalog.models.reach import TEXT
from catalog.text import fold
from core.clean import Unclean, clean_line, shown

MOST_DIGITS = 6  # in all: a telephone number, an account, a card and a date of birth have more
LONGEST_WORD = 30  # characters: keys and tokens are longer, words hardly ever
WEB = re.compile(r"://|\bwww\.|[\w-]\.[a-z]{2,}(?:[/?#:]\S)|\b[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f]|\b\d+(?:\.\d+){3}\b")
STREET = re.compile(
    r"\b\d+[a-z]?\s+(?:\w+\s+){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|court|ct|square|place)\b"
    r"|(?:strasse|str\.|weg|platz|gasse|allee|straat|laan)\s+\d+\b|\b(?:rue|via|calle|avenida|rua)\s+(?:\w+\s+){1,4}\d+\b"
    r"|\b\d+\s*,?\s*(?:rue|avenue)\s|\bp\.?\s?o\.?\s?box\b"
)
SECRET = re.compile(
    r"\b(?:passwo?r[dt]|passwd|passphrase|pwd|secret|bearer|api[ _-]?key|token|otp|pin)\b\s*(?:is\b|[:=])"
    r"|\b(?:sk|pk|rk|ghp|gho|ghs|ghu|glpat|xox[abps]|hf|npm|pypi|whsec|akia|asia|aiza|eyj)[-_]?[a-z0-9_-]{12,}"
    r"|-----begin|\b[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){3,}"  # a key's block; an IBAN
)
MIXED = re.compile(r"(?=\S*[a-z])(?=\S*\d)\S{12,}")  # letters and digits in one long word: a key, an id, a password


def kept(text: str) -> str:
    """Return the words of a search as they are counted: folded, one line, at most 80 characters; "" when they are not.

    Not kept: what looks like an address (on the net or of a house), a mailbox, a number of a telephone or account, a
    password, a key; what nobody could read; what is longer.
    """
    plain = text.strip()
    if not plain or len(plain) > 2 * TEXT or shown(plain) != plain:
        return ""
    try:
        folded = clean_line(" ".join(fold(plain).split()), max_length=TEXT)
    except Unclean:
        return ""
    return "" if _is_somebodys(folded) else folded


def _is_somebodys(folded: str) -> bool:
    if "@" in folded or "=" in folded or sum(char.isdigit() for char in folded) > MOST_DIGITS:
        return True
    if any(len(word) > LONGEST_WORD for word in folded.split()):
        return True
    return any(pattern.search(folded) for pattern in (WEB, STREET, SECRET, MIXED))
