"""A stream of events is read while it comes, and no part of it twice."""

from __future__ import annotations

import time

from core.safehttp import Limits
from core.safehttp.body import Body
from verification.mcp import sse

ANSWER = b'data: {"jsonrpc":"2.0","id":7,"result":{}}'


def stops_after(chunks: list[bytes]) -> int:
    """Return after how many chunks the reader has its answer, -1 when it never has."""
    done, body = sse.reader(7), bytearray()
    for number, chunk in enumerate(chunks, start=1):
        body += chunk
        if done(body):
            return number
    return -1


def test_the_reading_stops_with_the_answer_wherever_the_chunks_end() -> None:
    for end in (b"\n\n", b"\r\n\r\n", b"\r\r"):
        stream = b": hello" + end + b'data: {"jsonrpc":"2.0","method":"x"}' + end + ANSWER + end
        pieces = [stream[at : at + 1] for at in range(len(stream))]
        assert stops_after(pieces) == len(pieces)
        assert stops_after([stream[:-1], stream[-1:]]) == 2
        assert stops_after([stream[:-1]]) == -1


def test_what_is_no_stream_is_read_to_its_end() -> None:
    assert stops_after([b"<html>\n\n", ANSWER + b"\n\n"]) == -1


def test_a_stream_in_tiny_pieces_takes_no_longer_than_others() -> None:
    for piece in (b"x", b"data: 1\n\n"):
        body = Body("", Limits(), sse.reader(7))
        began = time.process_time()
        body.read([b"data: ", *([piece] * (900_000 // len(piece)))], lambda: None)
        assert time.process_time() - began < 5


def test_an_old_server_is_known_by_its_first_words_only() -> None:
    assert sse.has_endpoint(b"event: endpoint\ndata: /messages\n\n")
    assert not sse.has_endpoint(b"data: x\n\n" * 2_000 + b"event: endpoint\ndata: /messages\n\n")
