"""This site's own list of domains and addresses that may not be listed without a person's decision.

One entry a line: a domain ("bad.example", its subdomains too) or the beginning of an address
("https://host.example/path"). What follows " #" is a comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from verification.domains import host_of
from verification.reading.addresses import canonical


@dataclass(frozen=True)
class Blocklist:
    """The entries of the file."""

    domains: frozenset[str]
    prefixes: tuple[str, ...]

    def match(self, address: str) -> str:
        """Return the entry that an address falls under, "" when there is none."""
        labels = host_of(address).split(".")
        for place in range(len(labels)):
            if ".".join(labels[place:]) in self.domains:
                return ".".join(labels[place:])
        plain = canonical(address)
        return next((prefix for prefix in self.prefixes if plain.startswith(prefix)), "")


def load() -> Blocklist | None:
    """Return the list in the file that BLOCKLIST_FILE names, None when there is no such file."""
    path = Path(settings.BLOCKLIST_FILE)
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return None
    return _read(path, changed)


@lru_cache(maxsize=4)
def _read(path: Path, _changed: int) -> Blocklist:
    domains, prefixes = set(), []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        entry = (" " + line).split(" #", 1)[0].strip()
        if "://" in entry:
            prefixes.append(canonical(entry))
        elif entry:
            domains.add(entry.lstrip(".").rstrip(".").lower())
    return Blocklist(frozenset(domains), tuple(prefixes))
