"""Text that people type: what one line and what several lines may hold, for forms, services and seed files alike.

Two rules, each a function that returns the text to store or raises Unclean with what is wrong:

`clean_line` for names and everything else on one line. Unusual spaces become plain ones, invisible marks that say
nothing are dropped, letters are composed (NFC). What cannot be read the same by everybody is refused.
`clean_text` for paragraphs. Kept as typed but for line ends; refused is what harms a page, a log or a parser.

Sources: Unicode's White_Space and Default_Ignorable_Code_Point; UTS 39 (at most four marks on a letter); UTS 51
(emoji sequences); RFC 5892 A.1 and A.2 (where joiners are part of the spelling); XML 1.0, 2.2.
"""

from __future__ import annotations

import re
import unicodedata

LINE, TEXT = 80, 10_000  # characters, where a field does not say otherwise
MARKS = 4  # on one letter
GENERIC_MARKS_OF_LINE = 2  # of those that go on any letter (“Zalgo”); composed letters have them in themselves
LINKS, DEPTH, RUN, OPENERS = 20, 20, 200, 50

BREAKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")  # controls and separators that are white space
DIRECTIONS = frozenset("\u061c\u200e\u200f\u2066\u2067\u2068\u2069")  # fine in paragraphs, misleading in a name
ISOLATES, END_OF_ISOLATE = frozenset("\u2066\u2067\u2068"), "\u2069"
JOINERS, SOFT_HYPHEN, ZERO_SPACE = frozenset("\u200c\u200d"), "\u00ad", "\u200b"
ZWJ, FLAG, LAST_TAG, KEYCAP = "\u200d", "\U0001f3f4", "\U000e007f", "\u20e3"
BRAILLE_BLANK = "\u2800"
READ_ALOUD = frozenset("%&@#*§¶†‡‰")  # punctuation that alone can be a name
# names of what is refused, by range
REFUSED = (
    (0x202A, 0x202E, "a character that turns the direction of writing"),
    (0xFFF9, 0xFFFB, "an annotation mark"),
    (0xFFFC, 0xFFFD, "a replacement character, where something was lost"),
    *((low, high, "an invisible character") for low, high in (
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180E, 0x180E), (0x2060, 0x2065), (0x206A, 0x206F),
        (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A), (0xE0000, 0xE00FF), (0xE01F0, 0xE0FFF),
    )),
)  # fmt: skip
CURSIVE = re.compile("[\u0600-\u08ff\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefc\U00010d00-\U00010d3f\U0001e900-\U0001e95f]")
HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
FLAG_OF_REGION = re.compile(f"{FLAG}[\U000e0020-\U000e007e]{{1,8}}{LAST_TAG}")  # Scotland's, and the like
HEADER = re.compile(
    r"^[ \t]*(?:set-cookie|location|refresh|host|content-(?:type|length|disposition|encoding)|transfer-encoding|bcc|cc"
    r"|reply-to|return-path|mime-version)[ \t]*:",
    re.IGNORECASE,
)
LOG_LINE = re.compile(
    r"^[\[(]?\d{4}-\d\d-\d\d\b.{0,40}?\b(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b"
)
SAME_AGAIN = re.compile(rf"([!-/:-@\[-`{{-~])(?:[ \t]?\1){{{RUN},}}")
OPENER, CLOSER = re.compile(r"(?:^|\s)[*_~]+\w"), re.compile(r"\w[*_~]+(?:\W|$)")


class Unclean(ValueError):
    """A text cannot be taken. The message goes on after the name of the field: "holds a control character (U+0001)"."""

    @property
    def sentence(self) -> str:
        """The message as a sentence."""
        told = str(self)
        return f"{told[0].upper()}{told[1:]}."


def clean_line(text: str, *, max_length: int = LINE) -> str:
    """Return one line of text as it is stored. Raises Unclean.

    Changed are: other spaces than the plain one, several spaces in a row, spaces at the ends; zero-width spaces and
    joiners, soft hyphens and variation selectors where they change nothing that can be read; letters that can be
    composed. `max_length` is in characters of the result.
    """
    if len(text) > 8 * max_length + 80:  # whatever may be dropped: nobody types that into one line
        raise Unclean(f"is longer than {max_length:,} characters")
    if text.isascii() and text.isprintable() and "  " not in text:
        line = text.strip(" ")
    else:
        _refuse_characters(text)
        if text.lstrip(" ")[:1] == "\t" and text.strip():
            raise Unclean("begins with a tab; in a table's cell that starts a formula")
        for char in text:
            if char in BREAKS and char != "\t":
                raise Unclean(f"has more than one line ({_code(char)})")
            if char in DIRECTIONS:
                raise Unclean(f"holds a mark for the direction of writing ({_code(char)}); take it out")
        line = unicodedata.normalize("NFC", _without_idle_marks(text))
        line = re.sub(" {2,}", " ", "".join(" " if unicodedata.category(c) == "Zs" else c for c in line)).strip()
    if not visible(line):
        raise Unclean("is empty")
    if len(line) > max_length:
        raise Unclean(f"is longer than {max_length:,} characters")
    if not any(unicodedata.category(char)[0] in "LNS" or char in READ_ALOUD for char in line):
        raise Unclean("has no letter, digit or symbol")
    _refuse_heaps(line, GENERIC_MARKS_OF_LINE)
    return line


def clean_text(text: str, *, max_length: int = TEXT) -> str:
    """Return a text of several lines as it is stored: line ends as LF, all else as typed. Raises Unclean."""
    if len(text) > max_length:
        raise Unclean(f"is longer than {max_length:,} characters")
    _refuse_characters(text)
    if not visible(text):
        raise Unclean("is empty")
    if text.startswith("\t"):
        raise Unclean("begins with a tab; in a table's cell that starts a formula")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for paragraph in text.splitlines():
        _refuse_open_isolates(paragraph)
        if LOG_LINE.match(paragraph):
            raise Unclean("has a line that reads like one of a log; begin it with a word")
        header = HEADER.match(paragraph)
        if header:
            name = header[0].strip(" \t:")
            raise Unclean(f"has a line that reads like a header ({name}); write it otherwise")
    _refuse_heaps(text, MARKS)
    _refuse_costly(text)
    return text


def shown(text: str) -> str:
    """Return what can be shown of a text that is searched for and not stored: no controls, nothing invisible."""
    kept = (" " if char in BREAKS else char for char in text if not _refusal(char) and char not in DIRECTIONS)
    return "".join(kept)


def visible(text: str) -> bool:
    """Tell whether there is anything to see."""
    return any(
        unicodedata.category(char) not in {"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me"}
        and char != BRAILLE_BLANK
        and not _refusal(char)
        for char in text
    )


def _refuse_characters(text: str) -> None:
    """Refuse what may stand in no text."""
    if text.isascii() and text.isprintable():
        return
    if text and not visible(text):  # said before any single character: a blank field is the commoner case
        raise Unclean("is empty")
    for char in FLAG_OF_REGION.sub("", text):
        name = _refusal(char)
        if name:
            raise Unclean(f"holds {name} ({_code(char)}); take it out")
    if BRAILLE_BLANK in text and not re.search("[\u2801-\u28ff]", text):
        raise Unclean(f"holds an invisible character ({_code(BRAILLE_BLANK)}); take it out")


def _refusal(char: str) -> str:
    """Return what a character is that may stand nowhere, "" for all others."""
    if char.isascii():
        return "" if char.isprintable() or char in BREAKS else "a control character"
    if char in BREAKS:
        return ""
    point, category = ord(char), unicodedata.category(char)
    kinds = {"Cc": "a control character", "Cs": "half a character (a lone surrogate)", "Co": "a private character"}
    if category in kinds:
        return kinds[category]
    if point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF:
        return "a number that is no character"
    return next((name for low, high, name in REFUSED if low <= point <= high), "")


def _without_idle_marks(text: str) -> str:
    """Drop zero-width spaces, soft hyphens, joiners and variation selectors that change nothing that can be read."""
    if not any(char in JOINERS or char in {SOFT_HYPHEN, ZERO_SPACE} or _is_selector(char) for char in text):
        return text
    kept: list[str] = []
    for place, char in enumerate(text):
        after = text[place + 1] if place + 1 < len(text) else ""
        if char in {SOFT_HYPHEN, ZERO_SPACE}:
            continue
        if char in JOINERS and not _joins(kept, char, after):
            continue
        if _is_selector(char) and not _selects(kept[-1] if kept else "", after):
            continue
        kept.append(char)
    return "".join(kept)


def _is_selector(char: str) -> bool:
    point = ord(char)
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or point in {0x180B, 0x180C, 0x180D, 0x180F}


def _selects(before: str, after: str) -> bool:
    """Tell whether a variation selector has something to choose: a symbol, a keycap, a Han or Mongolian letter."""
    if not before:
        return False
    symbol = unicodedata.category(before) in {"So", "Sm", "Po", "Pd"}
    return symbol or after == KEYCAP or bool(HAN.match(before)) or "\u1800" <= before <= "\u18af"


def _joins(kept: list[str], char: str, after: str) -> bool:
    """Tell whether a joiner is part of the spelling: in emoji, after a virama, between letters that are joined."""
    bases = [one for one in kept if unicodedata.category(one) not in {"Mn", "Me"} and not _is_selector(one)]
    if not bases or not after:
        return False
    if char == ZWJ and _is_emoji(bases[-1]) and _is_emoji(after):
        return True
    if unicodedata.combining(kept[-1]) == 9:
        return True
    return bool(CURSIVE.match(bases[-1]) and CURSIVE.match(after))


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char) == "So" or "\U0001f3fb" <= char <= "\U0001f3ff" or char in "\u2640\u2642"


def _refuse_heaps(text: str, generic: int) -> None:
    """Refuse more marks on one letter than any language writes; `generic` is for those that go on any letter."""
    if text.isascii():
        return
    heap = of_any = 0
    for place, char in enumerate(text):
        if unicodedata.category(char) not in {"Mn", "Me"} or _is_selector(char):
            heap = of_any = 0
            continue
        heap, of_any = heap + 1, of_any + _is_generic(char)
        if heap > MARKS or of_any > generic:
            raise Unclean(f"has too many marks on one letter, after “{text[max(place - heap, 0)]}”")


def _is_generic(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in (
        (0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F),
    ))  # fmt: skip


def _refuse_open_isolates(paragraph: str) -> None:
    """Refuse two isolates open at once: the end of the paragraph closes them, but a page may put more behind."""
    depth = most = 0
    for char in paragraph:
        depth += (char in ISOLATES) - (char == END_OF_ISOLATE and depth > 0)
        most = max(most, depth)
    if most > 1 and depth:
        raise Unclean("opens marks for the direction of writing that it does not close")


def _refuse_costly(text: str) -> None:
    """Refuse what costs a Markdown parser more than a reader gains, and pages that are made of links."""
    if len(re.findall(r"https?://", text, re.IGNORECASE)) > LINKS:
        raise Unclean(f"has more than {LINKS} links")
    depth = 0
    for char in text:
        depth += (char == "[") - (char == "]" and depth > 0)
        if depth > DEPTH:
            raise Unclean(f"opens more than {DEPTH} brackets within each other")
    if SAME_AGAIN.search(text):
        raise Unclean(f"repeats one mark more than {RUN} times")
    if len(OPENER.findall(text)) - len(CLOSER.findall(text)) > OPENERS:
        raise Unclean(f"opens more than {OPENERS} emphases that it does not close")


def _code(char: str) -> str:
    return f"U+{ord(char):04X}"


def cleaned(text: str, *, several_lines: bool, max_length: int | None = None) -> str:
    """Return the text of a field by the rule for its kind; None is the kind's usual length. Raises Unclean."""
    return (
        clean_text(text, max_length=max_length or TEXT)
        if several_lines
        else clean_line(text, max_length=max_length or LINE)
    )


def flaw(text: str, *, several_lines: bool = False, max_length: int) -> str:
    """Return why a text cannot stand in a file as it is, "" when it can."""
    try:
        stored = cleaned(text, several_lines=several_lines, max_length=max_length)
    except Unclean as error:
        return str(error)
    return "" if stored == text else f"would be stored otherwise; write {stored!r}"
