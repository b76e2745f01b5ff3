"""Orders hidden in what a server says about its tools. A rule is a reason for a person to look, not a judgement.

`high`: hardly ever found in ordinary tools. `medium`: ordinary tools say it now and then; two different ones in the
same tool are high.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from verification.mcp import tools as tool_lists

HIGH, MEDIUM = "high", "medium"

PRIVATE = re.compile(
    r"\b(?:conversation|chat history|credentials?|passwords?|secrets?|api[ _-]?keys?|private keys?|access tokens?"
    r"|environment variables|env vars|system prompt|ssh keys?)"
)
PATH = re.compile(
    r"(?:~|\$home|/home/[\w.-]{1,40}|/root|/users/[\w.-]{1,40})/\.(?:ssh|aws|gnupg|kube|docker|cursor|config|netrc"
    r"|npmrc|bash_history|git-credentials)|\bid_(?:rsa|ed25519)\b|/etc/(?:passwd|shadow)\b|\.cursor/mcp\.json|\bmcp\.json\b"
)
MAIL = re.compile(r"\b[\w.+-]{1,40}@[\w-]{1,40}\.[a-z]{2,10}")
TALK = re.compile(
    r"\b(?:conversation|chat history|private keys?|environment variables|env vars|system prompt|ssh keys?)"
)
HANDS_ON = r"\b(?:pass|send|provide|include|put|append|attach|submit|upload|return|use)\b"

# One pattern in the text.
RULES = tuple(
    (rule, level, re.compile(pattern))
    for rule, level, pattern in (
        (
            "instruction-override", HIGH,
            r"\b(?:(?:ignore|disregard|forget|bypass)\b.{0,25}\b(?:previous|prior|earlier|above|preceding|other"
            r"|system|safety|your)|override\b.{0,25}\b(?:previous|prior|earlier|above|preceding|safety|your))\b.{0,25}\b(?:instructions?|prompts?|guidelines|guardrails"
            r"|directives|restrictions|safeguards)\b",
        ),
        ("new-role", HIGH, r"\byou are (?:now|no longer) (?:a|an|in|bound|the|restricted)\b"),
        (
            "secrecy", MEDIUM,
            r"\b(?:do not|don't|never|must not|without|avoid)\b.{0,25}\b(?:tell|mention|inform|reveal|notif|disclos"
            r"|alert|explain)\w{0,5}\b.{0,40}\b(?:users?|human|anyone|anybody)\b",
        ),
        (
            "order-tag", MEDIUM,
            r"<\s{0,3}/?\s{0,3}(?:important|system|secret|hidden|admin|critical)\s{0,3}>|\b(?:system|hidden|secret|role"
            r"|metadata|override|safety|jailbreak)[ _-](?:directive|instruction|override|bypass|prompt)s?"
            r"(?: \w{1,20}){0,2}\s?[\]:]",
        ),
        ("role-play", MEDIUM, r"\bact as\s?:|\bdeveloper mode\b|\bwithout (?:any )?restrictions\b"),
        (
            "shadowing", MEDIUM,
            r"\b(?:before|whenever|when|instead of|after|prior to)\b.{0,25}\b(?:using|calling|invoking|running|use"
            r"|call)\b.{0,20}\b(?:any|all|every)\b.{0,15}\btools?\b|\b(?:affects?|changes?|overrides?|modif(?:y|ies))"
            r" the (?:behaviou?r|rules|instructions) of\b.{0,40}\btools?\b",
        ),
    )
)  # fmt: skip
# Words with others in some characters before and after them: windows, so that no text makes the search slow.
AROUND = tuple(
    (rule, level, middle, re.compile(before), re.compile(after))
    for rule, level, middle, before, after in (
        ("exfiltration", HIGH, TALK, HANDS_ON, r"https?://|[\w+-]@[\w-]{1,40}\."),
        ("exfiltration", HIGH, PRIVATE, HANDS_ON, r"[\w+-]@[\w-]{1,40}\."),
        # an API gets its key: a person has to look where
        ("exfiltration", MEDIUM, PRIVATE, HANDS_ON, r"https?://"),
        (
            "redirection", HIGH, MAIL,
            r"\b(?:every|all|any|each|bcc|cop(?:y|ies)|e?-?mails|messages)\b.{0,60}\b(?:must|always)\b.{0,25}"
            r"\b(?:sent|send|forward|forwarded)\b.{0,25}\bto\s?$"
            r"|\b(?:must|always)\b.{0,25}\b(?:bcc|(?:sent|send|forward)\b.{0,20}\b(?:every|all|any|each|cop(?:y|ies)))\b",
            "",
        ),
        (
            "redirection", MEDIUM, MAIL,
            r"\b(?:must|always)\b.{0,25}\b(?:sent|send|forward|forwarded)\b.{0,25}\bto\s?$", "",
        ),
        (
            "secret-file", HIGH, PATH, r"\b(?:read|cat|open|load|access|get|fetch)\b",
            HANDS_ON + r".{0,60}\b(?:contents?|it|them|its|result|parameter|argument)\b",
        ),
        ("secret-file-named", MEDIUM, PATH, "", ""),
        (
            "secret-wanted", MEDIUM, PRIVATE,
            r"\b(?:first|before|must|always)\b.{0,50}\b(?:read|collect|gather|include|copy|list)\b", "",
        ),
    )
)  # fmt: skip
# An order that is an example: in quotation marks, or a text about such orders
QUOTED = re.compile(r"[\"'\u201c\u201d\u2018\u00ab`(]\s?$")
ABOUT = re.compile(
    r"\b(?:detect\w{0,4}|scan\w{0,4}|classif\w{1,6}|injections?|jailbreaks?|phrases?|attempts?|such as|for example"
    r"|e\.g\.)"
)
# stray marks come with pasted text; the others are medium as examples only
ALONE = {"invisible", "instruction-override", "new-role"}
BEFORE, AFTER, PLACES = 100, 200, 20  # characters, characters, places of the middle that are looked at
FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f")  # flags of countries' parts use tag characters
TAGS = re.compile("[\U000e0000-\U000e007f]")
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
BLOB = re.compile(r"[A-Za-z0-9+/]{80,}={0,2}")


@dataclass(frozen=True)
class Finding:
    """What one rule found in one tool ("" for the server's instructions)."""

    rule: str
    level: str
    tool: str
    span: str  # the words, at most 200 characters


def look(tools: Sequence[Mapping[str, Any]], instructions: str = "", own: str = "") -> list[Finding]:
    """Return what the rules find in a server's own words, the worst first, at most 50.

    `own` is the registrable domain of the tool: what is sent there is not taken away.
    """
    found: list[Finding] = []
    for tool in tools:
        said = {name: value for name, value in tool.items() if name not in {"problems", "cut"}}
        found += _in_tool(str(tool.get("name") or ""), (_without(own, text) for text in tool_lists.texts(said)))
    found += _in_tool("", [_without(own, instructions)])
    return sorted(found, key=lambda one: one.level != HIGH)[:50]


def _in_tool(name: str, texts: Iterable[str]) -> list[Finding]:
    found: dict[str, Finding] = {}
    for text in texts:
        for one in _in_text(name, text):
            found.setdefault(one.rule, one)
    medium = [one for one in found.values() if one.level == MEDIUM]
    families = {one.rule for one in medium} - ALONE
    if len(families) > 1 and families != {"secrecy", "shadowing"}:  # the two that guides to a server's ids hold
        return [Finding(one.rule, HIGH if one in medium else one.level, name, one.span) for one in found.values()]
    return list(found.values())


def _without(own: str, text: str) -> str:
    """Return a text without the addresses of a domain."""
    if not own:
        return text
    host = rf"(?:[\w-]{{1,63}}\.){{0,5}}{re.escape(own)}(?![\w@-]|\.\w)(?::\d{{1,5}}(?![\d@]))?"
    return re.sub(rf"(?i)https?://{host}|\b[\w.+-]{{1,40}}@{host}", " ", text)


def _in_text(name: str, text: str) -> Iterator[Finding]:
    bare = FLAG.sub("", text)
    if TAGS.search(bare):
        hidden = "".join(chr(ord(mark) - 0xE0000) for mark in TAGS.findall(bare) if 0x20 <= ord(mark) - 0xE0000 < 0x7F)
        yield Finding("invisible-text", HIGH, name, hidden[:200])
    if INVISIBLE.search(bare.removeprefix("\ufeff")):
        marks = sorted({f"U+{ord(mark):04X}" for mark in INVISIBLE.findall(bare)})
        yield Finding("invisible", MEDIUM, name, ", ".join(marks)[:200])
    plain = flat(bare)
    yield from _by_rules(name, plain)
    for blob in BLOB.findall(bare)[:20]:
        decoded = _decoded(blob)
        if decoded:
            worse = next(_by_rules(name, flat(decoded)), None)
            yield Finding("base64", HIGH if worse else MEDIUM, name, decoded[:200])


def flat(text: str) -> str:
    """Return a text as the rules read it: compatibility forms, no invisible marks, lower case, single blanks."""
    visible = INVISIBLE.sub("", TAGS.sub("", unicodedata.normalize("NFKC", text)))
    return " ".join(visible.replace("\u2019", "'").casefold().split())


def _by_rules(name: str, plain: str) -> Iterator[Finding]:
    for rule, level, pattern in RULES:
        found = list(itertools.islice(pattern.finditer(plain), PLACES))
        meant = [match for match in found if level == MEDIUM or not _example(plain, match)]
        if found:
            yield Finding(rule, level if meant else MEDIUM, name, (meant or found)[0][0][:200])
    for rule, level, middle, before, after in AROUND:
        for match in itertools.islice(middle.finditer(plain), PLACES):
            start, end = max(0, match.start() - BEFORE), match.end() + AFTER
            if before.search(plain[start : match.start()]) and after.search(plain[match.end() : end]):
                yield Finding(rule, level, name, plain[start:end][:200])
                break


def _example(plain: str, match: re.Match[str]) -> bool:
    """Whether words are told as an example of an order instead of being one."""
    before, after = plain[max(0, match.start() - 60) : match.start()], plain[match.end() : match.end() + 20]
    return bool(QUOTED.search(before) or ABOUT.search(before) or ABOUT.search(after))


def _decoded(blob: str) -> str:
    """Return what a run of base64 says when it is text, "" when it is not (keys and pictures are not)."""
    try:
        text = base64.b64decode(blob[: len(blob) // 4 * 4], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isprintable() and " " in text else ""
