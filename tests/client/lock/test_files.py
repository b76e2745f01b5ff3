"""The lockfile: the same bytes for the same tools, refused when it is not as it was written, written whole."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from aicatalog.cli.lock import _tell
from aicatalog.errors import BadFile
from aicatalog.lock.entries import entry as entry_of
from aicatalog.lock.entries import integrity, price
from aicatalog.lock.files import held, merged, read, write
from aicatalog.lock.shapes import Lock
from tests.client.lock.full import FULL, PARTS, built, entry, pin, version


def lock() -> Lock:
    return {"lockfileVersion": 1, "catalog": "https://catalog.example", "tools": {"one": entry("rest")}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.lock.json"
    write(path, lock())
    return path


def refused(file: Path, **options: Any) -> tuple[str, str]:
    with pytest.raises(BadFile) as error:
        read(file, **options)
    assert error.value.exit_code == 2
    return str(error.value).replace(str(file), "FILE"), error.value.hint.replace(str(file), "FILE")


def edited(file: Path, change: Callable[[Any], Any]) -> tuple[str, str]:
    found = json.loads(file.read_bytes())
    change(found)
    file.write_text(json.dumps(found))
    return refused(file)


def test_it_says_what_is_relied_on_with_keys_in_order_and_an_end_of_the_last_line(file: Path) -> None:
    text = file.read_text("utf-8")
    found = json.loads(text)
    assert text == json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    one = found["tools"]["one"]
    assert one.pop("manifest") == built(FULL)
    assert one == {
        "version": 3,
        "sha256": entry()["sha256"],
        "integrity": integrity(entry("rest")),
        "price": "Pay as you go, from 20 USD/mo",
        "licence": "MIT",
        "interface": "rest",
        "tools": {"mcp-remote": {"sha256": "a" * 64, "count": 2, "each": PARTS}},
    }
    assert read(file) == lock()


@pytest.mark.parametrize(
    ("pricing", "said"),
    [
        ({"label": "free"}, "Free"),
        ({"label": "something-new"}, "something-new"),
        ({"label": "free-tier", "plans": [{"name": "A", "amount": "0", "currency": "USD"}]}, "Free tier"),
        (
            {"label": "paid", "plans": [
                {"name": "B", "amount": "100", "currency": "USD", "period": "year"},
                {"name": "A", "amount": "9.5", "currency": "EUR", "period": "once"},
                {"name": "C", "amount": "no number", "currency": "USD", "period": "month"},
            ]},
            "Paid, from 9.5 EUR once",
        ),
        (
            {"label": "pay-as-you-go", "meters": [
                {"name": "In", "price": "0.14", "currency": "USD", "per": "1000000", "unit": "input_token"}]},
            "Pay as you go, 0.14 USD per 1000000 input token",
        ),
        (
            {"label": "pay-as-you-go", "meters": [
                {"name": "In", "price": "3", "currency": "USD", "per": "1", "unit": "other", "told": "per seance"}]},
            "Pay as you go, 3 USD per per seance",
        ),
    ],
)  # fmt: skip
def test_the_price_in_words(pricing: dict[str, Any], said: str) -> None:
    assert price({"pricing": pricing}) == said


def test_the_same_tools_are_not_written_again(file: Path) -> None:
    before = file.stat().st_mtime_ns, file.stat().st_ino
    assert write(file, lock()) is False
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_it_keeps_its_mode_and_a_link_stays_one_and_nothing_is_left_beside(file: Path) -> None:
    file.chmod(0o640)
    link = file.parent / "link.json"
    link.symlink_to(file)
    assert write(link, lock() | {"tools": {}}) is True
    assert (link.is_symlink(), file.stat().st_mode & 0o777, json.loads(file.read_bytes())["tools"]) == (True, 0o640, {})
    assert sorted(one.name for one in file.parent.iterdir()) == ["catalog.lock.json", "link.json"]


def test_a_new_one_is_for_who_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.json", lock())
    finally:
        os.umask(before)
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o640


def test_a_write_that_breaks_off_leaves_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadFile, match=r"cannot be written \(No space left on device\)"):
        write(file, lock() | {"tools": {}})
    assert file.read_bytes() == before
    assert [one.name for one in file.parent.iterdir()] == [file.name]


BY_HAND = "FILE was changed by hand: “one” is not what its sha256 is of."
LOCK_ANEW = (
    "Take it from version control, or lock it anew: aicatalog lock one --file FILE; all: aicatalog lock --file FILE"
)


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["manifest"].update(licence="Apache-2.0"),
        lambda one: one["manifest"]["pricing"]["plans"][0].update(amount="19"),
        lambda one: one["manifest"].update(version=4),
        lambda one: one["manifest"].update(x=1.5),
        lambda one: one.update(sha256="0" * 64),
        lambda one: one.update(version=4),
        lambda one: one.update(price="Free"),
        lambda one: one.update(licence="Apache-2.0"),
        lambda one: one.update(interface="sdk"),
        lambda one: one.pop("interface"),
        lambda one: one.pop("tools"),
        lambda one: one["tools"]["mcp-remote"].update(sha256="b" * 64),
        lambda one: one["tools"]["mcp-remote"].update(count=3),
        lambda one: one["tools"]["mcp-remote"]["each"]["find"].update(input="9" * 64),
        lambda one: one["tools"].update(rest=one["tools"]["mcp-remote"]),
        lambda one: one.update(more="of it"),
        lambda one: one.update(integrity="0" * 64),
    ],
)
def test_what_was_changed_by_hand_is_refused(file: Path, change: Callable[[Any], Any]) -> None:
    assert edited(file, lambda found: change(found["tools"]["one"])) == (BY_HAND, LOCK_ANEW)


def test_what_is_renewed_anyway_may_be_anything(file: Path) -> None:
    edited(file, lambda found: found["tools"]["one"].update(price="Free"))
    for renewed in (["one"], None):
        assert read(file, renewed=renewed)["tools"]["one"]["price"] == "Free"


def test_white_space_and_the_order_of_keys_are_nobody_elses_business(file: Path) -> None:
    found = json.loads(file.read_bytes())
    file.write_text(json.dumps(dict(reversed(found.items()))))
    assert read(file) == lock()


OTHER = "Take it from version control, or lock anew."


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "FILE is no JSON: Expecting value: line 1 column 1 (char 0)."),
        (b"{", "FILE is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)."),
        (b"\xff\xfe", "FILE is no JSON: it is no UTF-8."),
        (b'{"lockfileVersion": 1, "lockfileVersion": 1}', "FILE is no JSON: the key “lockfileVersion” stands twice in"
         " one object."),
        (b'{"lockfileVersion": NaN}', "FILE is no JSON: NaN is no number."),
        (b'{"lockfileVersion": 1}', "FILE is no lockfile: “/catalog” is missing."),
        (b'{"lockfileVersion": 1, "catalog": "../c", "tools": {}}', "FILE is no lockfile: “/catalog” is no address of a"
         " site."),
        (b'{"lockfileVersion": 1, "catalog": "https://c", "tools": []}', "FILE is no lockfile: “/tools” is list instead"
         " of dict."),
        (b'{"lockfileVersion": 1, "catalog": "https://c", "tools": {"one": {}}}', "FILE is no lockfile:"
         " “/tools/one/version” is missing."),
    ],
)  # fmt: skip
def test_what_is_no_lockfile_says_why(file: Path, content: bytes, what: str) -> None:
    file.write_bytes(content)
    assert refused(file) == (what, OTHER)


def test_deep_nesting_is_refused(file: Path) -> None:
    file.write_bytes(b"[" * 200_000)
    assert refused(file)[0].startswith("FILE is no JSON: ")


@pytest.mark.parametrize("content", [b"[]", b"1", b'{"tools": {}}', b'{"lockfileVersion": "1"}',
                                     b'{"lockfileVersion": true}'])  # fmt: skip
def test_another_json_is_no_lockfile(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert refused(file) == (
        "FILE is no lockfile: it has no “lockfileVersion”.",
        "“aicatalog lock SLUG --file FILE” writes one.",
    )


def test_a_newer_one_asks_for_a_newer_program(file: Path) -> None:
    assert edited(file, lambda found: found.update(lockfileVersion=2)) == (
        "FILE has the lockfileVersion 2; this aicatalog knows 1.",
        "Install a newer one: pip install --upgrade aicatalog",
    )


def test_a_merge_that_was_not_finished_is_named_as_such(file: Path) -> None:
    file.write_text("{\n<<<<<<< ours\n=======\n>>>>>>> theirs\n}")
    assert refused(file) == (
        "FILE holds the marks of a merge that was not finished.",
        "Take one side of it, as by “git checkout --ours”, then “aicatalog lock --file FILE”.",
    )


def test_an_entry_under_another_name_is_refused(file: Path) -> None:
    assert edited(file, lambda found: found["tools"].update(two=found["tools"].pop("one"))) == (
        BY_HAND.replace("one", "two"),
        LOCK_ANEW.replace("lock one", "lock two"),
    )


def test_what_has_no_meaning_is_refused(file: Path) -> None:
    assert edited(file, lambda found: found.update(x=1)) == ("FILE is no lockfile: “/x” has no meaning in it.", OTHER)


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x1c", "\r"])
def test_what_texts_hold_is_no_mark_of_a_merge(tmp_path: Path, mark: str) -> None:
    """Python ends lines at more than JSON does: any vendor could make a lockfile unreadable."""
    path = tmp_path / "catalog.lock.json"
    manifest = built(FULL) | {"tagline": f"x{mark}======={mark}>>>>>>> y"}
    found: Lock = {**lock(), "tools": {"one": entry_of(pin(manifest), version(manifest))}}
    write(path, found)
    assert read(path) == found


def test_a_name_that_is_no_slug_is_refused(file: Path) -> None:
    said = edited(file, lambda found: found["tools"].update({"../one": found["tools"].pop("one")}))
    assert said == ("FILE is no lockfile: “../one” is no slug of a tool.", OTHER)


def test_an_interface_that_the_manifest_does_not_have_is_refused(file: Path) -> None:
    def change(found: Any) -> None:
        one = found["tools"]["one"]
        one["interface"] = "nothing"
        one["integrity"] = integrity(one)

    assert edited(file, change) == ("FILE is no lockfile: “one” has no interface “nothing”.", OTHER)


def test_what_a_check_would_refuse_is_not_written(file: Path) -> None:
    before = file.read_bytes()
    found = lock()
    found["tools"]["one"]["price"] = "Nothing"
    with pytest.raises(BadFile) as error:
        write(file, found)
    assert str(error.value) == (
        f"{file} was not written: the catalog says something that “aicatalog check” would refuse. {file} was changed by"
        " hand: “one” is not what its sha256 is of."
    )
    assert file.read_bytes() == before


def test_what_others_wrote_meanwhile_stays(file: Path) -> None:
    """Each read the file before the others wrote: one adds “two”, one “three”, one takes “one” out."""
    before = read(file)
    one, two, three = before["tools"]["one"], entry(slug="two"), entry(slug="three")

    def written(**tools: Any) -> list[str]:
        with held(file):
            write(file, merged(file, before, {**before, "tools": tools}))
        return [*read(file)["tools"]]

    assert written(one=one, two=two) == ["one", "two"]
    assert written(one=one, three=three) == ["one", "three", "two"]
    assert written() == ["three", "two"]
    assert written(one=one, two=two) == ["three", "two"]  # which is no wish to have “one” back


@pytest.mark.parametrize("change", [{"one": entry("sdk")}, {}])
def test_what_two_changed_at_once_is_refused(file: Path, change: Any) -> None:
    before = read(file)
    write(file, {**before, "tools": {"one": entry("mcp-remote")}})
    with pytest.raises(BadFile) as error:
        merged(file, before, {**before, "tools": change})
    assert (str(error.value), error.value.hint) == (
        "“one” was locked anew by another command meanwhile.",
        "Nothing was written. Lock again.",
    )
    assert merged(file, before, {**before, "tools": {"one": entry("mcp-remote")}})["tools"] == read(file)["tools"]


def test_writers_wait_for_each_other(file: Path) -> None:
    """Sixteen at once, which all read the file before: nobody's tool is lost."""
    before = read(file)
    ready = threading.Barrier(16)

    def add(number: int) -> None:
        one = entry(slug=f"tool-{number}")
        ready.wait(20)
        with held(file):
            write(file, merged(file, before, {**before, "tools": before["tools"] | {f"tool-{number}": one}}))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(16)))
    assert {*read(file)["tools"]} == {"one", *(f"tool-{number}" for number in range(16))}
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_lockfile_that_became_another_catalogs_is_left_alone(file: Path) -> None:
    before = read(file)
    write(file, {**before, "catalog": "https://other.example"})
    with pytest.raises(BadFile, match=r"is of https://other\.example since a moment\."):
        merged(file, before, before)


def test_half_a_character_is_not_written(file: Path) -> None:
    before = file.read_bytes()
    found = lock()
    found["tools"]["one"]["licence"] = "\ud800"
    with pytest.raises(BadFile, match="was not written"):
        write(file, found)
    assert file.read_bytes() == before


def test_no_file_says_how_to_have_one(tmp_path: Path) -> None:
    hint = "“aicatalog lock SLUG --file FILE” writes it; --file names another."
    assert refused(tmp_path / "none.json")[1].replace(str(tmp_path / "none.json"), "FILE") == hint
    assert "cannot be read" in refused(tmp_path)[0]


def test_what_locking_tells_of_a_slug_does_nothing_to_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen = entry()
    del unseen["tools"]
    _tell(tmp_path / "x", None, {**lock(), "tools": {"a\x1b[2J": unseen}}, as_json=False, changed=True, number=1)
    said = capsys.readouterr()
    assert "of a\ufffd[2J lists was not seen yet" in said.err
    assert "\x1b" not in said.out + said.err
