"""The watch over every connection that a test of the client makes."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

CONNECTS: list[tuple[str, int]] = []  # every connect() of this process to an internet address, refused ones included


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        CONNECTS.append(arguments[1][:2])


sys.addaudithook(_watch)  # there is no way to take it off again


@pytest.fixture(autouse=True)
def connects() -> Iterator[list[tuple[str, int]]]:
    """The connections of this test so far. Fails it when one of them left this machine."""
    CONNECTS.clear()
    yield CONNECTS
    assert {host for host, _ in CONNECTS} <= {"127.0.0.1"}
