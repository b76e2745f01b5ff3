"""Reads a body within its bounds, and makes text of it without trusting labels."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Callable, Iterable

from core.safehttp.answer import Answer, Headers, Limits
from core.safehttp.reasons import Stop

Until = Callable[[bytes | bytearray], bool]
CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "cp1252",  # what browsers do (WHATWG Encoding)
    "latin1": "cp1252",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}


def coding_of(headers: Headers) -> str:
    """Return "gzip" or "". Raises Stop for another coding or several: only gzip was offered."""
    values = ",".join(value for name, value in headers if name.lower() == "content-encoding").lower().split(",")
    codings = [value.strip() for value in values if value.strip() not in {"", "identity"}]
    if not codings:
        return ""
    if codings in (["gzip"], ["x-gzip"]):
        return "gzip"
    raise Stop("encoding", coding=", ".join(codings)[:80])


def check_length(headers: Headers, limits: Limits) -> None:
    """Raise Stop when the head announces more bytes than are read."""
    for name, value in headers:
        if (
            name.lower() == "content-length"
            and value.isascii()
            and value.isdigit()
            and int(value[:20]) > limits.raw_bytes
        ):
            raise Stop("content_length_too_large", length=value[:20], limit=limits.raw_bytes)


class Body:
    """Collects the decoded bytes of one body; what was read before a Stop is kept."""

    def __init__(self, coding: str, limits: Limits, until: Until | None) -> None:
        self.decoder = zlib.decompressobj(wbits=31) if coding else None
        self.limits, self.until = limits, until
        self.data = bytearray()
        self.cut_by_reader = False

    def read(self, chunks: Iterable[bytes], in_time: Callable[[], None]) -> None:
        """Read until the end or until the reader has enough. Raises Stop; `in_time` is called for each chunk."""
        raw = 0
        for chunk in chunks:
            in_time()
            raw += len(chunk)
            if raw > self.limits.raw_bytes:
                raise Stop("body_too_large", limit=self.limits.raw_bytes)
            self._add(chunk)
            if self.until and self.until(self.data):
                self.cut_by_reader = True
                return
        if self.decoder and raw and not self.decoder.eof:
            raise Stop("bad_gzip")

    def _add(self, chunk: bytes) -> None:
        room = self.limits.body_bytes - len(self.data)
        if not self.decoder:
            self.data += chunk[:room]
            if len(chunk) > room:
                raise Stop("body_too_large", limit=self.limits.body_bytes)
            return
        try:
            piece = self.decoder.decompress(chunk, room + 1)  # never more than this in memory
        except zlib.error as error:
            raise Stop("bad_gzip") from error
        self.data += piece[:room]
        if len(piece) > room:
            raise Stop("body_too_large", limit=self.limits.body_bytes)
        if self.decoder.unused_data:
            raise Stop("bad_gzip")


def text(answer: Answer) -> str:
    """Return the body as text without NULs. Unknown and dangerous charsets (UTF-7) are read as UTF-8."""
    data = answer.body
    for mark, charset in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            cut = len(mark) if charset == "utf-8" else 0  # utf-16 reads its mark itself
            return data[cut:].decode(charset, "replace").replace("\0", "")
    _, _, parameters = answer.header("content-type").partition(";")
    labels = [part.partition("=")[2] for part in parameters.split(";") if part.strip().lower().startswith("charset=")]
    label = labels[0].strip(" \t\"'").lower() if labels else "utf-8"
    return data.decode(CHARSETS.get(label, "utf-8"), "replace").replace("\0", "")
