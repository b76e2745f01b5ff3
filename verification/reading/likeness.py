"""When two texts are the same thing in slightly other words."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Mapping

WORD = re.compile(r"[^\W\d_]+")  # numbers left out: dates, counters and request ids change with every request
LONGEST = 200_000  # characters that are looked at
NEAR = 3  # of 64 bits that may differ


def text_hash(text: str) -> str:
    """Return the sha256 of the text's words, so that spaces, case and numbers make no difference."""
    return hashlib.sha256(" ".join(WORD.findall(text[:LONGEST].casefold())).encode()).hexdigest()


def simhash(text: str) -> str:
    """Return a 64-bit similarity hash of the text's pairs of words, as 16 hex digits; "" for less than 20 words."""
    words = WORD.findall(text[:LONGEST].casefold())
    if len(words) < 20:
        return ""
    weights = [0] * 64
    for pair in {f"{first} {second}" for first, second in itertools.pairwise(words)}:
        bits = int.from_bytes(hashlib.blake2b(pair.encode(), digest_size=8).digest())
        for place in range(64):
            weights[place] += 1 if bits >> place & 1 else -1
    return f"{sum(1 << place for place, weight in enumerate(weights) if weight > 0):016x}"


def marks(text: str) -> dict[str, str]:
    """Return what `alike` compares, small enough for a step's detail."""
    return {"hash": text_hash(text), "simhash": simhash(text)}


def alike(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two texts, given by their `marks`, are the same but for a few words."""
    if one.get("hash") and one.get("hash") == other.get("hash"):
        return True
    first, second = one.get("simhash", ""), other.get("simhash", "")
    return bool(first and second) and (int(first, 16) ^ int(second, 16)).bit_count() <= NEAR
