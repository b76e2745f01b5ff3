"""Secrets that somebody wrote where a name or an address belongs: nobody would notice, and everybody could read them.

What is looked for: the beginnings that vendors give their keys, private keys, passwords in addresses, and long random
texts that are called a key.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

KNOWN = re.compile(
    r"""(?<![A-Za-z0-9])(
        sk-[A-Za-z0-9_-]{20,}
      | sk_(?:live|test)_[A-Za-z0-9]{16,} | rk_live_[A-Za-z0-9]{16,} | xai-[A-Za-z0-9]{40,}
      | gh[pousr]_[A-Za-z0-9]{36,} | github_pat_[A-Za-z0-9_]{40,} | glpat-[A-Za-z0-9_-]{20,} | npm_[A-Za-z0-9]{36}
      | (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[A-Za-z0-9_-]{35} | xox[abposr]-[A-Za-z0-9-]{10,} | hf_[A-Za-z0-9]{30,}
      | hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}
      | pypi-[A-Za-z0-9_-]{50,} | dop_v1_[a-f0-9]{64} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
      | aicat_live_[A-Za-z0-9]{36} | whsec_[A-Za-z0-9+/=]{24,} | eyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,4000}\.
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY
    )""",
    re.VERBOSE,
)
# “sk-” begins words too: a key has a long part of both cases with digits, or is hexadecimal
MIXED = re.compile(
    r"sk-(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]*[A-Za-z0-9_]{16}"
)
HEXADECIMAL = re.compile(r"sk-(?:[a-z]+-)?[0-9a-f]{32,}")
DIFFERENT = 9  # characters of a key at least; “ghp_xxxx…” is a placeholder
PASSWORD = re.compile(r"[a-z][a-z0-9+.-]{0,20}://[^\s/?#:@]{0,200}:([^\s/?#@]{1,500})@", re.IGNORECASE)
PLACEHOLDER = re.compile(r"[{<\[$%*].*|x+|\*+|[A-Z_]+|(my|your)?[_-]?(pass|pwd|secret|key|token)\w*", re.IGNORECASE)
# A long random text is a key where something before it calls it one; elsewhere pages and models are named so.
CALLED = re.compile(
    r"(?:key|token|secret|passwo?r?d|pwd|bearer|basic|credentials?|signature|sig)[\"'`)\]]{0,2}\s{0,3}(?:is|:|=)?\s{0,3}"
    r"[\"'`(\[]{0,2}([A-Za-z0-9_/+-]{28,})",
    re.IGNORECASE,
)
RANDOM = 4.0  # bits a character: hexadecimal digests have 4, random base64 5 and more
TOLD = (
    "looks like a secret key ({}); what a listing says, everybody can read. Replace it by a placeholder such as"
    " YOUR_API_KEY; if it was real, revoke it"
)


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
    """Return why a text looks like a secret, "" when it does not. The time that it takes grows with the text."""
    if any(_is_key(one[0]) for one in KNOWN.finditer(text)):
        return "it begins as a vendor's keys do"
    if any(not PLACEHOLDER.fullmatch(one) for one in PASSWORD.findall(text)):
        return "the address holds a password"
    for token in CALLED.findall(text):
        digits = sum(one.isdigit() for one in token)
        if digits >= 4 and token != token.lower() and token != token.upper() and _bits(token) > RANDOM:
            return "a part of it is as random as a key"
    return ""


def _is_key(text: str) -> bool:
    if len(set(text)) < DIFFERENT or text.endswith("EXAMPLE"):
        return False
    return not text.startswith("sk-") or bool(MIXED.match(text) or HEXADECIMAL.match(text))


def _bits(token: str) -> float:
    """Return the entropy of a character of a text, in bits (Shannon)."""
    size = len(token)
    return -sum(number / size * math.log2(number / size) for number in Counter(token).values())
