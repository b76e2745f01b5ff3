"""Text of listings as Markdown that cannot become anything but text, links or code (CommonMark 0.31, GitHub's tables).

What a listing says is not ours: a name such as "# <b>[x](y)" has to come out as these characters.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from core.templatetags.ui import linkable

# Markup within a line; ":" and "@" keep addresses from becoming links on their own (GitHub, linkify). "&" matters
# only where it would begin an entity, so that "Research & Development" stays readable; so do "." and ":".
INLINE = re.compile(r"([\\`*_\[\]<>|~@]|&(?=#?\w+;)|:(?=//)|(?<!:)/(?=/)|(?<=\bwww)\.|(?:^|(?<= ))#)", re.IGNORECASE)
# Markup at the start of a line: lists, underlines of headings, rules.
BLOCK = re.compile(r"^(?:([+=-])|(\d{1,9})([.)]))")


def escape(text: str) -> str:
    """Return text for the middle of a line; line breaks become spaces, characters without a form are left out."""
    return INLINE.sub(r"\\\1", _visible(text))


def line(text: str) -> str:
    """Return text for a line of its own: nothing at its start makes a heading, a list or a rule of it."""
    return BLOCK.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", escape(text))


def paragraphs(text: str) -> list[str]:
    """Return text as paragraphs, parted by empty lines."""
    return [line(part) for part in re.split(r"\n\s*\n", text) if part.strip()]


def link(words: str, address: str) -> str:
    """Return a link to an address of ours."""
    return f"[{escape(words)}]({_encoded(address)})"


def linked(address: str, words: str = "") -> str:
    """Return an address as a link out of the site, or as code where it cannot be one."""
    if linkable(address):
        return link(words, address) if words else f"<{_encoded(address)}>"
    return f"{escape(words)}: {code(address)}" if words else code(address)


def _encoded(address: str) -> str:
    """Percent-encode what would end an address early (spaces, quotes, brackets, backslashes) or be an entity."""
    return re.sub(r"&(?=#?\w+;)", "%26", quote(address, safe="%:/?#[]@!$&'*+,;=~"))


def code(text: str) -> str:
    """Return text as code within a line."""
    shown = _visible(text)
    fence = "`" * (_longest(shown) + 1)
    pad = " " if "`" in (shown[:1], shown[-1:]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""


def block(text: str, language: str = "") -> str:
    """Return text as a block of code."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _visible(text: str) -> str:
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())


def _longest(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
