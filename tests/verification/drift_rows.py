"""Rows of runs that saw a site in one look or another."""

from __future__ import annotations

from typing import Any


def home(title: str, text: str, *, simhash: str, code: str = "answers") -> dict[str, Any]:
    """Return a step of a run that saw this home page."""
    detail = {"title": title, "text": text, "final_url": "https://made.example.com/", "marks": {"simhash": simhash}}
    return {"key": "home", "code": code, "detail": detail}
