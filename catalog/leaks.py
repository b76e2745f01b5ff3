"""Secrets that somebody wrote where a name or an address belongs: nobody would notice, and everybody could read them.

What is looked for: the beginnings that vendors give their keys, private keys, and long parts of great randomness.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

KNOWN = re.compile(
    r"""(?<![A-Za-z0-9])(
        sk-(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Za-z0-9_]{16})[A-Za-z0-9_-]{20,}
      | sk_(?:live|test)_[A-Za-z0-9]{16,} | rk_live_[A-Za-z0-9]{16,}
      | gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{40,} | glpat-[A-Za-z0-9_-]{20,} | npm_[A-Za-z0-9]{36}
      | (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{35} | xox[abposr]-[A-Za-z0-9-]{10,} | hf_[A-Za-z0-9]{30,}
      | pypi-[A-Za-z0-9_-]{50,} | dop_v1_[a-f0-9]{64} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
      | aicat_live_[A-Za-z0-9]{36} | whsec_[A-Za-z0-9+/=]{24,} | eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
    )""",
    re.VERBOSE,
)
TOKEN = re.compile(r"[A-Za-z0-9_]{28,}")  # no “-” and “/”: paths are made of words
DIFFERENT = 9  # characters of a key at least; “ghp_xxxx…” is a placeholder
RANDOM = 4.0  # bits a character: hexadecimal digests have 4, words and slugs less than 3.9, random base64 5 and more
PAGES = {"docs.google.com", "drive.google.com", "www.youtube.com", "youtube.com"}  # whose addresses are random
TOLD = (
    "looks like a secret key ({}); what a listing says, everybody can read. Replace it by a placeholder such as"
    " YOUR_API_KEY; if it was real, revoke it"
)
DIGEST = re.compile(r"sha(256|384|512)[:-]", re.IGNORECASE)


def found(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, why) for each text in a document that looks like a secret; the text is not repeated."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from found(one, f"{where}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from found(one, f"{where}/{number}")
    elif isinstance(value, str) and (why := reason(value)):
        yield where, why


def reason(text: str) -> str:
    """Return why a text looks like a secret, "" when it does not."""
    if any(len(set(one[0])) >= DIFFERENT for one in KNOWN.finditer(text)):
        return "it begins as a vendor's keys do"
    try:
        parts = urlsplit(text) if "://" in text else None
        host = parts.hostname if parts else None
    except ValueError:  # no address
        parts = host = None
    if parts is not None and parts.password:
        return "the address holds a password"
    if host in PAGES:
        return ""
    for token in TOKEN.findall(DIGEST.sub("", text)):
        digits = sum(one.isdigit() for one in token)
        if digits >= 4 and token != token.lower() and token != token.upper() and _bits(token) > RANDOM:
            return "a part of it is as random as a key"
    return ""


def _bits(token: str) -> float:
    """Return the entropy of a character of a text, in bits (Shannon)."""
    size = len(token)
    return -sum(number / size * math.log2(number / size) for number in Counter(token).values())
