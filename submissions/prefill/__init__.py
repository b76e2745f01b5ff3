"""A first record of a tool that is not listed yet, read from its own site (docs/submitting.md)."""

from __future__ import annotations

from submissions.prefill.logo import fetch_logo
from submissions.prefill.reading import read
from submissions.prefill.result import SOURCES, Hint, LogoCandidate, Prefilled, Suggestion, Trouble

__all__ = ["SOURCES", "Hint", "LogoCandidate", "Prefilled", "Suggestion", "Trouble", "fetch_logo", "read"]
