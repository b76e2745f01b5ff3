"""Whether a page names a tool or its vendor, also where the name is a word that any page may use. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from catalog.text import key
from verification.domains import domain_of

WORD = re.compile(r"[^\W_]{2,}")
# words that many names share and that tell nobody apart
COMMON = frozenset({
    "ai", "and", "app", "apps", "by", "com", "company", "corp", "demo", "for", "gmbh", "inc", "io", "lab", "labs",
    "llc", "ltd", "of", "software", "technologies", "the", "tool", "tools",
})  # fmt: skip
# names of tools that other pages write too, so that a capital at the start of a sentence makes no name of them
ORDINARY = frozenset(
    (  # noqa: SIM905
        "agent aim anything arena bolt box browse builder captions character codex command compose consensus continue "
        "copy cursor eraser factory fine gamma grammar guidance helm image incident inspect instantly interior lately "
        "layer lightning linear loom make manifest merge meta modal monday motion mostly move notion otter outlines "
        "parallel perplexity photo pieces pitch plus poe ray read recall reflect relevance replicate resemble runway "
        "same scale scenario scribe speak stability stack swarm sync temporal tempo together town transformer twelve "
        "warp whisper writer you"
    ).split()
)
# between the parts of a title, and around a line
CUT = r"[\n|\u00b7\u2022:\u2013\u2014]| - "
BEGINS, ENDS = re.compile(rf"(?:^|{CUT})\s*$"), re.compile(rf"\s*(?:\Z|\n|{CUT})")
SENTENCE = re.compile("[.!?\u2026\u201c\"'-]\\s*$")  # what ends right before a sentence begins
# where the accounts of a tool or its vendor carry its name
ACCOUNTS = frozenset({
    "bsky.app", "discord.com", "discord.gg", "facebook.com", "github.com", "huggingface.co", "instagram.com",
    "linkedin.com", "reddit.com", "t.me", "tiktok.com", "twitter.com", "x.com", "youtube.com",
})  # fmt: skip
ENDINGS = ("", "ai", "app", "com", "dev", "hq", "inc", "io", "labs", "official")


def shows(text: str, name: str, vendor: str, domain: str = "") -> bool:
    """Whether a text names a tool or its vendor; inside its own address a name does not count, unless it is one.

    Names of several words: side by side, in any case. Of one word: written as a name is, with a capital (or as it is
    listed), or alone on its line; words that any page may use not at the start of a sentence.
    """
    return any(_named(_plain(text), _plain(brand), domain) for brand in (name, vendor))


def accounts(hrefs: Iterable[str], name: str, vendor: str) -> bool:
    """Whether a page links to an account that is called like the tool or its vendor."""
    brands = {key(" ".join(_telling(_plain(brand)))) for brand in (name, vendor)} - {""}
    wanted = {brand + ending for brand in brands for ending in ENDINGS}
    for href in hrefs:
        if domain_of(href) in ACCOUNTS and wanted & {key(part) for part in urlsplit(href).path.split("/")[1:3]}:
            return True
    return False


def _named(seen: str, brand: str, domain: str) -> bool:
    if domain and brand.casefold() != domain:
        seen = re.sub(re.escape(domain), " ", seen, flags=re.IGNORECASE)
    if "." in brand.strip("."):  # You.com, Copy.ai
        return re.search(rf"(?<![^\W_]){re.escape(brand)}(?![^\W_])", seen, re.IGNORECASE) is not None
    words = _telling(brand)
    if len(words) > 1:
        pattern = r"[\W_]{0,3}".join(map(re.escape, words))
        return re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", seen, re.IGNORECASE) is not None
    return bool(words) and _as_a_name(seen, words[0])


def _as_a_name(seen: str, word: str) -> bool:
    if word.upper() == word.lower():  # a script without capitals, and often without spaces
        return word in seen
    for match in re.finditer(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", seen, re.IGNORECASE):
        begins = BEGINS.search(seen, max(match.start() - 4, 0), match.start()) is not None
        if begins and ENDS.match(seen, match.end()):
            return True
        if word.casefold() in ORDINARY:
            if (
                match[0][0].isupper()
                and not begins
                and not SENTENCE.search(seen, max(match.start() - 4, 0), match.start())
            ):
                return True
        elif match[0] == word or match[0][0].isupper():
            return True
    return False


def _telling(brand: str) -> list[str]:
    return [word for word in WORD.findall(brand) if word.casefold() not in COMMON]


def _plain(text: str) -> str:
    """Return a text as `catalog.text.fold` does, but with its capitals."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = (char for char in decomposed if unicodedata.category(char) not in {"Mn", "Me", "Cf"})
    return unicodedata.normalize("NFC", "".join(kept)).strip()
