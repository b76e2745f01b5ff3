"""Makers of test data: typed functions, one screen."""

from __future__ import annotations

import itertools
from io import BytesIO
from typing import Any

from PIL import Image

from catalog import services
from catalog.models import Category, Tool
from catalog.records import Record

_numbers = itertools.count(1)
DESCRIPTION = (
    "Does one thing that this test needs and says so in a text of the length that a record must have. It is used "
    "by people who write tests, runs nowhere, and costs nothing. A limit worth knowing is that it does not exist "
    "outside this suite."
)


def record(**changes: Any) -> Record:
    """Return a valid record; `changes` replace its fields, None removes one."""
    number = next(_numbers)
    found: Record = {
        "slug": f"made-{number}",
        "name": f"Made {number}",
        "homepage": f"https://made-{number}.example.com",
        "tagline": "A tool that was made for a test of this catalog",
        "description": DESCRIPTION,
        "kind": "app",
        "category": "coding/ide-assistants",
        "pricing": {"access": "free", "model": [], "source": "open_source", "said_by": "editor"},
        "platforms": ["web"],
        "modality": {"in": ["text"], "out": ["text"]},
        "tags": ["one", "two", "three"],
    }
    found |= changes
    return {name: value for name, value in found.items() if value is not None}


def categories() -> dict[str, Category]:
    """Return all categories by slug; makes the two that `record` needs when there are none."""
    if not Category.objects.exists():
        parent = Category.objects.create(slug="coding", name="Coding & Software Delivery")
        Category.objects.create(slug="ide-assistants", name="IDE assistants & completion", parent=parent, position=1)
    return {category.slug: category for category in Category.objects.select_related("parent")}


def picture(kind: str = "PNG", size: tuple[int, int] = (200, 100), color: str = "#c03", **options: Any) -> bytes:
    """Return a picture of one colour as a file of a kind that Pillow writes."""
    out = BytesIO()
    Image.new("RGB", size, color).save(out, kind, **options)
    return out.getvalue()


def tool(**changes: Any) -> Tool:
    """List a tool made of `record(**changes)`."""
    return services.create_tools([record(**changes)], categories=categories())[0]
