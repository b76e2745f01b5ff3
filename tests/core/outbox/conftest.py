"""What the tests of the outbox share: a template of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def own_template(settings: Any) -> None:
    """Let mails be made of tests/core/outbox/templates/mail/test.txt: a subject and a text, as they are given."""
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]
