"""Records that are hostile, too exact or wrong in many places."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from core.clean import Unclean, clean_line, clean_text
from submissions.models import Submission
from tests.api.client import BASE, Api, pointers
from tests.core.test_clean import ROWS, text_of
from tests.submissions import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]


DEEP = b"[" * 100_000
BODIES: dict[str, tuple[bytes, int, str]] = {
    "huge": (b'{"record": {"name": "' + b"x" * 300_000 + b'"}}', 413, "too-large"),
    "deep": (b'{"record": ' + DEEP, 400, "bad-body"),
    "deep and closed": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400, "bad-body"),
    "a key twice": (b'{"record": {"name": "a", "name": "b"}}', 400, "bad-body"),
    "NaN": (b'{"record": {"name": NaN}}', 400, "bad-body"),
    "Infinity": (b'{"record": {"name": -Infinity}}', 400, "bad-body"),
    "a lone surrogate": (b'{"record": {"name": "\\ud800"}}', 400, "bad-body"),
    "a NUL": (b'{"record": {"name": "a\\u0000b"}}', 400, "bad-body"),
    "a surrogate as key": (b'{"record": {"\\udfff": "x"}}', 400, "bad-body"),
    "not UTF-8": (b'{"record": {"name": "\xff"}}', 400, "bad-body"),
    "a BOM": (b"\xef\xbb\xbf{}", 400, "bad-body"),
    "a million digits": (b'{"version": ' + b"9" * 100_000 + b"}", 400, "bad-body"),
    "a list": (b"[]", 400, "bad-body"),
    "a text": (b'"record"', 400, "bad-body"),
    "no JSON": (b"record=1", 400, "bad-body"),
    "cut off": (b'{"record": {"name": "a', 400, "bad-body"),
    "nothing": (b"", 422, "invalid"),
    "an unknown field": (b'{"record": {}, "owner": 1}', 422, "invalid"),
    "a record that is a list": (b'{"record": []}', 422, "invalid"),
    "a field of a record that there is not": (b'{"record": {"price": 1}}', 422, "invalid"),
    "a number where a list has to be": (b'{"record": {"tags": 7}}', 422, "invalid"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_stored(mine: Api, name: str) -> None:
    data, status, kind = BODIES[name]
    headers = {"Authorization": f"Bearer {mine.key}"}
    for path in ("/submissions/validate", "/submissions"):
        answer = mine.client.generic(
            "POST", f"{BASE}{path}", data=data, content_type="application/json", headers=headers
        )
        found = json.loads(answer.content)
        if (name, path) == ("nothing", "/submissions/validate"):
            assert found["errors"][0]["pointer"] == "/record"
        assert (answer.status_code, found["type"].partition("#")[2]) == (status, kind), found
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken(mine: Api, kind: str) -> None:
    headers = {"Authorization": f"Bearer {mine.key}"}
    answer = mine.client.generic("POST", f"{BASE}/submissions", data=b"{}", content_type=kind, headers=headers)
    assert (answer.status_code, json.loads(answer.content)["title"]) == (415, "Send JSON")


FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "name": lambda text: {"name": text},
    "tagline": lambda text: {"tagline": text},
    "vendor": lambda text: {"vendor": text},
    "description": lambda text: {"description": text},
    "licence": lambda text: {"licence": text},
}


@pytest.mark.parametrize("field", FIELDS)
def test_the_corpus_of_awkward_strings_gets_its_verdicts_by_program_too(mine: Api, field: str) -> None:
    wrong = {}
    for row in ROWS:
        text = text_of(row)
        headers = {"Authorization": f"Bearer {mine.key}"}
        body = json.dumps({"record": FIELDS[field](text)})
        answer = mine.client.generic(
            "POST",
            f"{BASE}/submissions/validate",
            data=body.encode("utf-8", "surrogatepass"),
            content_type="application/json",
            headers=headers,
        )
        try:
            rule = clean_text if field == "description" else clean_line
            rule(text, max_length=3_000 if field == "description" else 500)
            taken = True
        except Unclean:
            taken = not text.strip()  # what is empty is not stated, and no problem of reading
        if answer.status_code not in {200, 400, 413, 422} or (answer.status_code == 200) != taken:
            wrong[row["id"]] = (answer.status_code, taken, answer.content[:200])
    assert wrong == {}


@pytest.mark.parametrize("number", ["1e400", "-1e400", "0.1", "1" * 30, "9" * 4_000, "1e-400", "18446744073709551616"])
def test_a_number_is_no_text_however_large_or_exact_it_is(mine: Api, number: str) -> None:
    body = f'{{"record": {{"name": {number}, "plans": [{{"amount": {number}}}]}}}}'
    answer = mine.client.generic(
        "POST",
        f"{BASE}/submissions",
        data=body.encode(),
        content_type="application/json",
        headers={"Authorization": f"Bearer {mine.key}"},
    )
    told = "Has to be a text; write a number as one, such as “20”."
    errors = {one["pointer"]: one["detail"] for one in json.loads(answer.content)["errors"]}
    assert (answer.status_code, errors["/record/name"], errors["/record/plans/0/amount"]) == (422, told, told)
    assert Submission.objects.count() == 0


def test_all_that_cannot_be_kept_is_named_with_the_rest(mine: Api) -> None:
    record = rows.record() | {
        "name": 7,
        "slug": "mine",
        "colour": "red",
        "tagline": "x",
        "tags": ["one", None, {"two": 2}],
        "links": {"docs": [], "blog": "https://one.example.com"},
        "interfaces": [{"kind": "rest", "url": "a\u202eb"}, "sdk", {"said_by": "owner"}],
        "pricing": [],
        "modality": {"in": "text"},
        "platforms": None,
    }
    answer = mine.post("/submissions/validate", {"record": record})
    assert answer.status_code == 422
    assert sorted(pointers(answer)) == [
        "/record/colour",
        "/record/interfaces/0/url",
        "/record/interfaces/1",
        "/record/interfaces/2/said_by",
        "/record/links/blog",
        "/record/links/docs",
        "/record/modality/in",
        "/record/name",
        "/record/pricing",
        "/record/slug",
        "/record/tagline",
        "/record/tags/1",
        "/record/tags/2",
    ]
