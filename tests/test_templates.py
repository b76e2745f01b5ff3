"""Every template can be read: a filter that is nowhere loaded would be a 500 on the page that has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.template import loader

FOLDER = Path(settings.BASE_DIR) / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", NAMES)
def test_the_template_can_be_read(name: str) -> None:
    assert loader.get_template(name) is not None  # raises TemplateSyntaxError
