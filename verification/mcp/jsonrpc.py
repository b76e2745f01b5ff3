"""JSON-RPC 2.0 answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_answer(value: object, number: int) -> bool:
    """Whether a value is an answer to request `number`.

    A server that could not read a request answers with the id null (JSON-RPC 2.0, 5), so errors may have it.
    """
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        return False
    given = value.get("id")
    same = isinstance(given, int) and not isinstance(given, bool) and given == number
    if isinstance(value.get("error"), dict):
        return given is None or same
    return isinstance(value.get("result"), dict) and same


def result_of(message: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the result of an answer, None when it is an error or there is none."""
    found = (message or {}).get("result")
    return found if isinstance(found, dict) else None


def error_code(message: Mapping[str, Any] | None) -> int | None:
    """Return the code of an error answer, None where there is none."""
    error = (message or {}).get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None


def error_text(message: Mapping[str, Any] | None) -> str:
    """Return what an error answer says, "" where it says nothing."""
    error = (message or {}).get("error")
    text = error.get("message") if isinstance(error, dict) else None
    return text if isinstance(text, str) else ""
