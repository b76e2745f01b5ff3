"""Event streams (WHATWG HTML, 9.2), as far as one answer has to be found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core import safehttp
from verification.mcp.jsonrpc import is_answer

ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")  # of an event
BEGINNING = 8_192  # bytes


def events(body: bytes | bytearray) -> Iterator[tuple[str, str]]:
    """Yield (event, data) of each complete event so far; an event ends with an empty line."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    name, data = "", list[str]()
    for line in text.split("\n")[:-1]:  # what follows the last newline is not a whole line yet
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value


def answer_to(body: bytes | bytearray, number: int) -> dict[str, Any] | None:
    """Return the first JSON-RPC answer to request `number` in a stream, None when it has none (yet)."""
    for _name, data in events(body):
        try:
            value = safehttp.load_json(data.encode(), depth=200)
        except safehttp.BadDocument:
            continue
        if is_answer(value, number):
            return value  # type: ignore[return-value]
    return None


def reader(number: int) -> Callable[[bytes | bytearray], bool]:
    """Return what tells `fetch` to stop: the stream holds the answer to request `number`.

    Looks for the end of an event in what is new only, and reads each event once.
    """
    looked = 0  # bytes in which ends of events were looked for
    read = 0  # bytes whose events were read

    def done(body: bytes | bytearray) -> bool:
        nonlocal looked, read
        new, looked = max(looked - 3, 0), len(body)  # an end has up to four bytes
        end = max(body.rfind(mark, new) + len(mark) if body.find(mark, new) >= 0 else 0 for mark in ENDS)
        if end <= read or not _looks_like_stream(body):
            return False
        start, read = read, end
        return answer_to(body[start:end], number) is not None

    return done


def _looks_like_stream(body: bytes | bytearray) -> bool:
    return bytes(body[:64]).lstrip(b"\xef\xbb\xbf\r\n")[:6].startswith((b":", b"data:", b"event:", b"id:", b"retry:"))


def has_endpoint(body: bytes | bytearray) -> bool:
    """Whether a stream began as the transport of 2024-11-05 does: with an event named “endpoint”."""
    return any(name == "endpoint" for name, _data in events(body[:BEGINNING]))
