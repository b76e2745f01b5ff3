"""A record as JSON, on the page and by command: what is refused before it is parsed, and the draft of the rest."""

from __future__ import annotations

import json
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from submissions import upload
from submissions.models import State, Submission
from tests import make
from tests.submissions import rows

pytestmark = pytest.mark.django_db(transaction=True)
MANY = " ".join(f"“tags[{place}]” has to be a text." for place in range(5))
NO_NUMBER = "which is no number in JSON. Leave the field out when it is not known."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "It is empty. Send a record as JSON."),
        (b"x" * (upload.MOST_BYTES + 1), upload.TOO_LARGE),
        (b"[" * 100_000, "It opens more than 6 brackets within each other; a record needs three."),
        (b'{"name": "a", "name": "b"}', "It states “name” twice. Leave one of them."),
        (b'{"name": NaN}', f"It holds NaN, {NO_NUMBER}"),
        (b'{"name": [-Infinity]}', f"It holds -Infinity, {NO_NUMBER}"),
        (b'{"name": "a"', "It is no JSON: line 1, column 13: expecting ',' delimiter."),
        (b'"a"', "It is JSON, but not one record: it has to begin with { and name fields."),
        (b"\xff\xfe", "It is not UTF-8: byte 0 is part of no character. Save it as UTF-8."),
        (b'{"tags": "one"}', "“tags” has to be a list."),
        (b'{"tags": [["one"]]}', "“tags[0]” has to be a text."),
        (b'{"pricing": {"access": ["free"]}}', "“pricing.access” has to be a text."),
        (b'{"pricing": {"x": "y"}}', "“pricing.x” is no field here; there are access, source, model."),
        (b'{"interfaces": [{"kind": {}}]}', "“interfaces[0].kind” has to be a text."),
        (b'{"tags": 1, "plans": [{}, "x"]}', "“tags” has to be a list. “plans[1]” has to be an object."),
        (b'{"tags": [[], [], [], [], [], [], []]}', f"{MANY} 2 more like these follow."),
        (b'{"tags": [' + b'"x",' * 5_000 + b'"x"]}', "It holds more than 5,000 values; a record is far smaller."),
        (b'{"name": true}', "“name” has to be a text."),
        (b'{"name": "a\\u200eb"}', "“name” holds a mark for the direction of writing (U+200E); take it out."),
        (b'{"name": "a\\ud800b"}', "“name” holds half a character (a lone surrogate) (U+D800); take it out."),
        (b'{"name": "a\\u0000b"}', "“name” holds a control character (U+0000); take it out."),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(upload.BadFile) as refused:
        upload.read(data)
    assert str(refused.value) == said


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(upload.BadFile, match="“colour” is no field here; there are name, "):
        upload.read(b'{"colour": "red"}')


def test_numbers_stay_exact_and_what_is_not_the_submitters_to_say_is_left_out() -> None:
    text = (
        b'{"name": " Acme ", "slug": "acme", "status": "watch", "plans": [{"name": "Pro", "amount": 0.10}], "tags": []}'
    )
    assert upload.read(text) == {"name": "Acme", "plans": [{"name": "Pro", "amount": "0.10"}]}


@pytest.mark.parametrize("as_file", [True, False])
def test_a_record_becomes_a_draft_with_what_is_wrong_by_field(signed: Client, ana: User, as_file: bool) -> None:
    text = json.dumps(rows.record(tagline="Too short"))
    form: dict[str, Any] = {"file": SimpleUploadedFile("x.json", text.encode())} if as_file else {"text": text}
    draft_page = signed.post("/submit/upload/", form).headers["Location"]
    draft = Submission.objects.get()
    assert draft_page == draft.step_url("send")
    assert "Tagline has 9 characters; write 20 to 90." in signed.get(draft_page).content.decode()


@pytest.mark.parametrize("form", [{}, {"text": " "}, {"text": "{"}])
def test_nothing_whole_makes_no_draft_and_keeps_what_was_typed(signed: Client, form: dict[str, str]) -> None:
    page = signed.post("/submit/upload/", form).content.decode()
    assert ("This could not be taken" in page, Submission.objects.exists()) == (True, False)
    if form.get("text") == "{":
        assert ">\n{</textarea>" in page


# -- manage.py submit --------------------------------------------------------------------------------------------------


def command(file: Path, *options: str, email: str = "ana@example.com") -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("submit", str(file), "--account", email, *options, stdout=out, stderr=err)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A record that can be sent."""
    path = tmp_path / "tool.json"
    path.write_text(json.dumps(rows.record(name="By command")))
    return path


def test_the_command_makes_a_draft_and_sends_it_when_asked(ana: User, file: Path) -> None:
    assert command(file)[0] == 0
    assert Submission.objects.get().state == State.DRAFT
    code, out, progress = command(file, "--send", "--json")
    told = json.loads(out)
    assert (code, told["state"], told["problems"]) == (0, "checking", {})
    assert "Sent. It is “being checked” now." in progress


def test_the_command_waits_for_the_checks(ana: User, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from submissions.management.commands import submit

    monkeypatch.setattr(submit, "pause", rows.checked)  # the worker, while it waits
    code, out, _ = command(file, "--send", "--wait")
    assert (code, out.rstrip().endswith("In review.")) == (0, True)


def test_the_command_says_by_its_exit_code_what_went_wrong(ana: User, file: Path, tmp_path: Path) -> None:
    assert command(file, email="nobody@example.com")[0] == 2
    assert command(tmp_path / "none.json")[0] == 2
    assert command(file, "--wait")[0] == 2
    file.write_text('{"name": NaN}')
    assert command(file)[0] == 2
    assert not Submission.objects.exists()
    file.write_text(json.dumps(rows.record(tagline="Too short")))
    code, out, _ = command(file, "--send")
    assert (code, "Tagline has 9 characters; write 20 to 90." in out) == (1, True)
    assert Submission.objects.get().state == State.DRAFT


def test_a_file_of_quotation_marks_does_not_keep_us_busy() -> None:
    began = time.monotonic()
    with pytest.raises(upload.BadFile, match="It is no JSON"):
        upload.read(b'{"name":"' + b'\\"' * 125_000)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("text", [b'{"a":"[[[[[[[[\\', b'{"a":"[[[[[[[[', b'{"a":"\\"[[[[[[[["}'])
def test_brackets_in_a_text_are_no_brackets(text: bytes) -> None:
    with pytest.raises(upload.BadFile) as caught:
        upload.read(text)
    assert "brackets" not in str(caught.value)


def test_what_is_listed_already_is_said_and_not_sent(signed: Client, ana: User, file: Path) -> None:
    record = json.loads(file.read_text())
    make.tool(slug="acme", name="Acme", homepage=record["homepage"])
    code, out, _ = command(file, "--send")
    assert (code, "It is listed already: " in out, "/tools/acme/suggest/" in out) == (1, True, True)
    assert Submission.objects.get().state == State.DRAFT
    page = signed.post("/submit/upload/", {"text": json.dumps(record)}, follow=True).content.decode()
    assert "It is listed already: " in page


def test_the_same_file_again_makes_a_draft_that_says_so(signed: Client, ana: User) -> None:
    text = json.dumps(rows.record(name="Twice"))
    told = []
    for _ in range(2):
        answer = signed.post("/submit/upload/", {"text": text}, follow=True)
        told.append([str(one) for one in answer.context["messages"] if "very same" in str(one)])
    first = Submission.objects.order_by("pk")[0]
    words = f"You have another draft that says the very same, {first.get_absolute_url()}. Delete one of them."
    assert told == [[], [words]]
