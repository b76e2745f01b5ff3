"""docs/submissions.md is drawn from the table of moves and the rules, and says what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from submissions import moves_document


def test_the_document_says_what_the_code_does(capsys: pytest.CaptureFixture[str]) -> None:
    document = (Path(settings.BASE_DIR) / moves_document.PATH).read_text("utf-8")
    assert moves_document.whole(document) == document, "run manage.py document_moves --write"
    call_command("document_moves")
    assert capsys.readouterr().out in document


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="has no"):
        moves_document.whole("# Submissions")
