"""What the page of a repository says: whether it is archived, and under which licence its code is."""

from __future__ import annotations

import contextlib
import re
from html.parser import HTMLParser

from verification.reading.addresses import split

ARCHIVED = (
    "this repository has been archived by the owner",
    "this repository was archived by the owner",
    "this is an archived project. repository and other project resources are read-only",
    "this repository has been archived on",
    "this repo is archived",
)
# SPDX identifier -> the words of pages, in lower case.
NAMES = {
    "AGPL-3.0": ("agpl-3.0", "affero general public license v3"),
    "Apache-2.0": ("apache-2.0", "apache license 2.0", "apache license, version 2.0"),
    "BSD-2-Clause": ("bsd-2-clause", 'bsd 2-clause "simplified" license', "bsd 2-clause"),
    "BSD-3-Clause": ("bsd-3-clause", "bsd 3-clause"),
    "BUSL-1.1": ("busl-1.1", "business source license 1.1"),
    "CC-BY-4.0": ("cc-by-4.0",),
    "CC0-1.0": ("cc0-1.0",),
    "Elastic-2.0": ("elastic license 2.0", "elastic-2.0"),
    "GPL-2.0": ("gpl-2.0", "gnu general public license v2.0"),
    "GPL-3.0": ("gpl-3.0", "gnu general public license v3.0"),
    "ISC": ("isc license",),
    "LGPL-2.1": ("lgpl-2.1",),
    "LGPL-3.0": ("lgpl-3.0",),
    "MIT": ("mit license",),
    "MPL-2.0": ("mpl-2.0", "mozilla public license 2.0"),
    "Unlicense": ("unlicense license", "the unlicense"),
}
TEXT = 400_000  # characters of a page that are looked at


class _Text(HTMLParser):
    """Collects the words of short links and headings apart from all words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self._hidden, self._link = 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"script", "style", "template"}
        if tag == "a":
            self._link += 1
            self.links.append("")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in {"script", "style", "template"}))
        if tag == "a":
            self._link = max(0, self._link - 1)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)
            if self._link:
                self.links[-1] += data


def read(page: str) -> tuple[bool, str]:
    """Return whether a repository's page says that it is archived, and the licence it shows ("" when it shows none).

    Licences are read from short links only, as the code hosts show them: a README mentions many.
    """
    parser = _Text()
    with contextlib.suppress(AssertionError):  # what the parser says to some broken declarations; the rest is left out
        parser.feed(page[:TEXT])
    text = " ".join(" ".join(parser.words).split()).lower()
    links = [" ".join(link.split()).lower() for link in parser.links]
    return any(words in text for words in ARCHIVED), licence_in([link for link in links if len(link) < 60])


def licence_in(texts: list[str]) -> str:
    """Return the licence that the first text naming one names, "" when none does; texts are in lower case."""
    for text in texts:
        if "license" in text or "licence" in text:
            for spdx, words in NAMES.items():
                if any(re.search(rf"(?<![\w-]){re.escape(word)}", text) for word in words):
                    return spdx
    return ""


def same_licence(declared: str, seen: str) -> bool:
    """Whether the licence that a page shows is one of those that a listing declares ("MIT OR Apache-2.0").

    "-only", "-or-later" and "+" do not show on pages, so they make no difference.
    """
    parts = re.split(r"(?i)\s+(?:and|or)\s+", declared.strip("() "))
    return _family(seen) in {_family(part) for part in parts}


def _family(licence: str) -> str:
    return re.sub(r"(?i)(-only|-or-later|\+)$", "", licence.strip("() ")).lower()


def place(url: str) -> str:
    """Return host and path of a repository in one spelling."""
    parts = split(url)
    path = parts.path.strip("/").removesuffix(".git").lower()
    return f"{(parts.hostname or '').removeprefix('www.')}/{path}"
