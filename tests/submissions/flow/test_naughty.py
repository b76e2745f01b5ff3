"""Every string of the corpus through every field where text is typed: stored by its verdict, or said and not stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from catalog import wording
from core.clean import clean_line, clean_text
from submissions import upload
from submissions.flow import saving, steps, words

CORPUS = Path(__file__).parent.parent.parent / "corpora" / "naughty_strings.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
# where it is typed: the step, the field of the form, and where it then stands in the record
LINES = [
    ("address", "homepage", "homepage"),
    *(("what", name, name) for name in ("name", "vendor", "tagline", "licence")),
    *(("what", f"link_{name}", f"links.{name}") for name in ("docs", "repo", "api", "status")),
    ("price", "link_pricing", "links.pricing"),
]
PLAN = {"plans": "1", "plans-0-name": "Pro", "plans-0-amount": "1", "plans-0-currency": "USD", "plans-0-seen": "x"}
CELLS = [
    ("plans", "unit"),
    ("plans", "name"),
    ("interfaces", "env"),
    ("interfaces", "base_url"),
    ("interfaces", "docs"),
]


def text_of(row: dict[str, Any]) -> str:
    if "repeat" in row:
        unit, times = row["repeat"]
        return str(unit * times)
    return str(row["value"])


def stored(step: str, form: dict[str, Any], path: str) -> tuple[Any, bool]:
    """Return what a draft holds after a form was sent over “before”, and whether something was said against it."""
    page = saving.page(steps.BY_KEY[step], words.with_value({}, path, "before"), form)
    record = page.into(words.with_value({}, path, "before"))
    return wording.value_at(record, path), bool(page.unclean())


def wanted(row: dict[str, Any], field: str, most: int) -> tuple[Any, bool]:
    """Return the same by the verdict of the corpus. What is blank empties a field: a draft may lack anything."""
    text = text_of(row)
    if not text.strip():
        return None, False
    if row[field] == "reject" and row["cls"] != "size":  # the corpus counts with 80 characters for a name
        return "before", True
    told = (clean_line if field == "name_field" else clean_text)(text, max_length=max(most, len(text)))
    return (told, False) if len(text) <= most else ("before", True)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_string_in_every_line(row: dict[str, Any]) -> None:
    most = {"name": 100, "vendor": 100, "tagline": 200, "licence": 120}
    for step, name, path in LINES:
        assert stored(step, {name: text_of(row)}, path) == wanted(row, "name_field", most.get(name, 500)), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_string_in_the_description(row: dict[str, Any]) -> None:
    assert stored("what", {"description": text_of(row)}, "description") == wanted(row, "text_field", 3_000)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_string_in_every_cell_of_a_row(row: dict[str, Any]) -> None:
    for name, cell in CELLS:
        form = dict(PLAN) if name == "plans" else {"interfaces": "1", "interfaces-0-kind": "rest"}
        step = "price" if name == "plans" else "interfaces"
        page = saving.page(steps.BY_KEY[step], {}, form | {f"{name}-0-{cell}": text_of(row)})
        found = page.into({})[name][0].get(cell)
        most = {"unit": 60, "name": 80}.get(cell, 500)
        told, said = wanted(row, "name_field", most)
        assert (found, bool(page.unclean())) == (None if said else told, said), (name, cell)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_string_in_an_uploaded_record(row: dict[str, Any]) -> None:
    text = text_of(row)
    for name, field, most in (("name", "name_field", 500), ("description", "text_field", 3_000)):
        told, said = wanted(row, field, most)
        data = json.dumps({"homepage": "https://example.com", name: text}).encode()
        if len(data) > upload.MOST_BYTES or said:
            with pytest.raises(upload.BadFile):
                upload.read(data)
        else:
            assert upload.read(data).get(name) == told
