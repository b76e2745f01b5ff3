"""Forms of the steps as a browser sends them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from submissions.models import Submission

HIDDEN = re.compile(r'name="(was|window)" value="([^"]*)"')


def opened(client: Client, draft: Submission, step: str) -> dict[str, str]:
    """Return what the page of a step sends along unseen: the mark of what it shows, and the window."""
    page = client.get(draft.step_url(step)).content.decode()
    return dict(HIDDEN.findall(page))


def what(**changes: str) -> dict[str, str]:
    """Return the form of “What it is” as `rows.record` fills it in."""
    from tests import make

    return {
        "name": "Made by hand",
        "vendor": "",
        "tagline": "A tool that was made for a test of this catalog",
        "description": make.DESCRIPTION,
        "kind": "app",
        **changes,
    }


def place(**changes: Any) -> dict[str, Any]:
    """Return the form of “Where it stands”."""
    return {
        "category": "coding/ide-assistants", "tags": "one, Two words, three", "platforms": ["web"], "goes_in": ["text"],
        "comes_out": ["text"], **changes,
    }  # fmt: skip


def price(**changes: Any) -> dict[str, Any]:
    """Return the form of “Price” with one plan."""
    return {
        "access": "free_tier", "model": ["subscription"], "source": "proprietary",
        "link_pricing": "https://example.com/pricing", "plans": "1", "plans-0-name": "Pro", "plans-0-amount": "20",
        "plans-0-currency": "USD", "plans-0-period": "month", "plans-0-seen": "2026-11-26", **changes,
    }  # fmt: skip
