"""`aicatalog lock` and `aicatalog check`, of a site and of an export of it: what they say, write and end with."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from aicatalog.asking import Asker
from aicatalog.cli import run
from aicatalog.lock import locking as waits
from api.manifests import keeping
from catalog.models import Alias, Tool
from tests.client.lock.site import PARTS, PLAN, Run, Site, changed, found, locked, look
from verification.models import Endpoint

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_connections_end")]


def test_lock_writes_what_the_tools_are_and_check_says_that_they_still_are(aicatalog: Run, site: Site) -> None:
    code, out, err = aicatalog("lock", "papers", "other")
    assert (code, out.splitlines(), err) == (
        0,
        [
            "other  version 1; Free, open source; licence not known",
            "papers  version 1; Free, open source, from 20 USD/mo; licence MIT; mcp-remote: 1 tool",
        ],
        "catalog.lock.json holds 2 tools.\n",
    )
    assert locked()["papers"]["tools"] == {"mcp-remote": {"sha256": "a" * 64, "count": 1, "each": PARTS}}
    assert json.loads(Path("catalog.lock.json").read_bytes())["catalog"] == site.address
    code, out, err = aicatalog("check")
    assert (code, out.splitlines()) == (0, ["ok           other", "ok           papers"])
    assert err.splitlines()[-1] == "All is well with 2 tools."


def test_what_an_export_says_is_as_old_as_it_is(aicatalog: Run, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    aicatalog("lock", "papers")
    then = timezone.now() - dt.timedelta(days=3)
    monkeypatch.setattr("api.exports.snapshot.timezone.now", lambda: then)
    _, _, err = aicatalog("check")
    said = f"Compared with an export that was made 3 days ago ({then:%Y-%m-%dT%H:%M:%SZ})."
    assert (said in err) == (site.kind == "offline")


def test_both_ways_lock_the_same_bytes(aicatalog: Run, site: Site) -> None:
    aicatalog("lock", "papers", "other")
    site.kind = "offline" if site.kind == "online" else "online"
    code, out, err = aicatalog("lock")
    assert (code, out, err) == (0, "", "catalog.lock.json is as it was, with 2 tools.\n")


def test_a_tool_whose_input_changed_fails_the_check_and_is_named(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "other")
    look(Tool.objects.get(slug="papers"), {"find": {"input": "9" * 64, "words": "2" * 64}}, "b" * 64)
    code, out, err = aicatalog("check")
    assert (code, out.splitlines()) == (
        1,
        [
            "ok           other",
            "changed      papers",
            "  fails      tools: Of the tool “find” of mcp-remote, the input changed.",
        ],
    )
    assert "1 of 2 tools failed." in err
    assert found(aicatalog)[1]["findings"] == [
        {
            "tool": "papers",
            "state": "changed",
            "area": "tools",
            "where": "/tools/mcp-remote/each/find/input",
            "was": "1" * 64,
            "now": "9" * 64,
            "fails": True,
        }
    ]
    assert aicatalog("lock")[0] == 0
    assert aicatalog("check")[0] == 0


def test_a_price_that_changed_fails_the_check(aicatalog: Run) -> None:
    aicatalog("lock", "papers")
    changed(plans=[PLAN | {"amount": "25"}])
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (
        1,
        ["changed      papers", "  fails      price: /pricing/plans/0/amount was 20, is 25."],
    )


def test_a_text_that_changed_is_told_and_fails_where_it_is_strict(aicatalog: Run) -> None:
    aicatalog("lock", "papers")
    changed(tagline="It does something else since yesterday")
    code, said = found(aicatalog)
    assert (code, said["state"], said["fails"]) == (0, "changed", False)
    assert [(one["where"], one["fails"]) for one in said["findings"]] == [("/tagline", False)]
    assert found(aicatalog, "--strict")[0] == 1


@pytest.mark.parametrize(
    ("change", "state", "sentence"),
    [
        (
            lambda: Endpoint.objects.update(state="unreachable", down_since=timezone.now()),
            "unreachable",
            "reach: Of mcp-remote: it does not answer.",
        ),
        (
            lambda: Tool.objects.update(away="long"),
            "unreachable",
            "reach: It is away: it is not reachable for more than 14 days.",
        ),
        (
            lambda: changed(status="watch"),
            "deprecated",
            "status: It shows signs of inactivity (status “watch”).",
        ),
        (lambda: changed(status="delisted"), "removed", "status: It is not listed any more."),
    ],
)
def test_every_state_ends_with_one(aicatalog: Run, change: Callable[[], Any], state: str, sentence: str) -> None:
    aicatalog("lock", "papers")
    change()
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (1, [f"{state:11}  papers", f"  fails      {sentence}"])


def test_of_a_tool_of_which_one_interface_is_used_the_others_do_not_fail(aicatalog: Run) -> None:
    assert aicatalog("lock", "papers", "--interface", "papers=rest")[0] == 0
    look(Tool.objects.get(slug="papers"), {}, "b" * 64)
    code, said = found(aicatalog)
    assert (code, said["state"], said["fails"]) == (0, "changed", False)
    assert aicatalog("lock")[0] == 0
    assert locked()["papers"]["interface"] == "rest"  # renewed with it
    aicatalog("lock", "--interface", "papers=")
    assert "interface" not in locked()["papers"]


def test_an_interface_that_there_is_not_is_refused_with_those_there_are(aicatalog: Run) -> None:
    code, out, err = aicatalog("lock", "papers", "--interface", "papers=sdk")
    assert (code, out, err.splitlines()) == (
        2,
        "",
        [
            "Error: “papers” has no interface “sdk”.",
            "It has: mcp-remote, rest. --interface papers=ID; “papers=” stands for all again.",
        ],
    )
    assert not Path("catalog.lock.json").exists()
    assert aicatalog("lock", "papers", "--interface", "papers")[0] == 2


def test_a_tool_that_is_not_listed_is_named_and_nothing_is_written(aicatalog: Run) -> None:
    code, out, err = aicatalog("lock", "papers", "paper")
    assert (code, out, err.splitlines()[0]) == (1, "", "Error: No tool is listed as “paper”.")
    assert not Path("catalog.lock.json").exists()


def test_a_locked_tool_that_is_gone_is_taken_out_by_remove(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "other")
    changed(status="delisted")
    code, _, err = aicatalog("lock")
    assert (code, "Take it out of the file: --remove papers" in err) == (1, True)
    assert set(locked()) == {"papers", "other"}
    code, out, err = aicatalog("lock", "--remove", "papers")
    assert (code, out, err) == (0, "papers  taken out\n", "catalog.lock.json holds 1 tool.\n")
    assert set(locked()) == {"other"}
    code, _, err = aicatalog("lock", "--remove", "papers")
    assert (code, "holds no “papers”" in err, "It holds: other." in err) == (2, True, True)


def test_without_a_name_and_a_file_it_says_how_to_begin(aicatalog: Run) -> None:
    code, _, err = aicatalog("lock")
    assert (code, err.splitlines()) == (
        2,
        [
            "Error: No tool is named.",
            "Name those that you use: aicatalog lock SLUG. catalog.lock.json is not there yet.",
        ],
    )
    code, _, err = aicatalog("check")
    assert (code, err.splitlines()[0]) == (2, "Error: catalog.lock.json is not there.")


def test_a_lockfile_of_another_catalog_is_refused(aicatalog: Run, site: Site) -> None:
    aicatalog("lock", "papers")
    file = Path("catalog.lock.json")
    file.write_text(file.read_text().replace(f'"catalog": "{site.address}"', '"catalog": "https://other.example"'))
    for arguments in (["check"], ["lock"], ["lock", "other"]):
        code, out, err = aicatalog(*arguments)
        assert (code, out, err.splitlines()) == (
            2,
            "",
            [
                "Error: The lockfile is of https://other.example, and this catalog is SITE.",
                "Name the right one: --from https://other.example, or another file: --file.",
            ],
        )


def test_a_file_that_was_changed_by_hand_is_refused_until_it_is_locked_anew(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "other")
    file = Path("catalog.lock.json")
    file.write_text(file.read_text().replace('"amount": "20"', '"amount": "19"'))
    code, out, err = aicatalog("check")
    assert (code, out, "was changed by hand: “papers”" in err) == (2, "", True)
    assert aicatalog("lock", "other")[0] == 2
    assert aicatalog("lock", "papers")[0] == 0
    assert aicatalog("check")[0] == 0
    file.write_text(file.read_text().replace('"amount": "20"', '"amount": "19"'))
    assert aicatalog("lock")[0] == 0
    assert aicatalog("check")[0] == 0


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_without_from_the_catalog_of_the_lockfile_is_asked_and_gets_no_key(
    aicatalog: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    aicatalog("lock", "papers")
    monkeypatch.setenv("AICATALOG_KEY", "a-key-of-somebody")
    sent: list[Any] = []
    stream = Asker.stream

    def spy(self: Any, path: str, **asked: Any) -> Any:
        sent.append(self.client.headers.get("Authorization"))
        return stream(self, path, **asked)

    monkeypatch.setattr(Asker, "stream", spy)
    assert run(["check"]) == 0
    assert run(["lock"]) == 0
    assert sent == [None, None, None]


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_the_catalog_of_the_lockfile_goes_before_the_variable_and_from_before_both(
    aicatalog: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    aicatalog("lock", "papers")
    nobody = "http://127.0.0.1:1"
    monkeypatch.setenv("AICATALOG", nobody)
    assert [run(["check"]), run(["lock"]), run(["lock", "other"])] == [0, 0, 0]
    assert [run(["check", "--from", nobody]), run(["lock", "--from", nobody])] == [3, 3]
    assert run(["lock", "papers", "--file", "new.json"]) == 3  # which names no catalog yet


def test_the_advice_names_the_file_in_use(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "--file", "t.json")
    changed(licence="Apache-2.0")
    assert "“aicatalog lock --file t.json” writes it down." in aicatalog("check", "--file", "t.json")[2]
    file = Path("t.json")
    file.write_text(file.read_text().replace('"amount": "20"', '"amount": "19"'))
    code, _, err = aicatalog("check", "--file", "t.json")
    assert (code, err.splitlines()[-1]) == (
        2,
        "Take it from version control, or lock it anew: aicatalog lock papers --file t.json;"
        " all: aicatalog lock --file t.json",
    )


def test_json_has_stdout_for_itself(aicatalog: Run) -> None:
    code, out, _ = aicatalog("lock", "papers", "--json", "--file", "my.json")
    said = json.loads(out)
    assert (code, said["file"], said["removed"]) == (0, "my.json", [])
    (one,) = said["locked"]
    assert one.pop("sha256") == locked("my.json")["papers"]["sha256"]
    assert one == {
        "tool": "papers",
        "version": 1,
        "was": None,
        "price": "Free, open source, from 20 USD/mo",
        "licence": "MIT",
        "interface": None,
        "tools": {"mcp-remote": 1},
    }
    changed(licence="Apache-2.0")
    code, out, _ = aicatalog("lock", "--json", "--file", "my.json")
    (one,) = json.loads(out)["locked"]
    assert (one["was"], one["version"], one["licence"]) == (1, 2, "Apache-2.0")


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_a_renamed_tool_is_found_and_takes_its_new_name_when_it_is_renewed(aicatalog: Run) -> None:
    aicatalog("lock", "papers")
    tool = Tool.objects.get(slug="papers")
    Tool.objects.filter(pk=tool.pk).update(slug="articles", changed_at=timezone.now())
    Alias.objects.create(slug="papers", tool=tool)
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (
        1,
        ["changed      papers", "  fails      address: /tool was papers, is articles."],
    )
    assert aicatalog("lock")[0] == 0
    assert [*locked()] == ["articles"]
    assert aicatalog("check")[0] == 0


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_only_manifests_that_are_others_are_downloaded(aicatalog: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    aicatalog("lock", "papers", "other")
    asked: list[str] = []
    stream = Asker.stream

    def spy(self: Any, path: str, **options: Any) -> Any:
        asked.append(path)
        return stream(self, path, **options)

    monkeypatch.setattr(Asker, "stream", spy)
    aicatalog("check")
    assert asked == ["/api/v1/pins"]
    changed(licence="Apache-2.0")
    aicatalog("check")
    assert asked[1:] == ["/api/v1/pins", "/api/v1/tools/papers/manifests/2"]


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_a_catalog_that_does_not_answer_ends_with_three(aicatalog: Run, site: Site) -> None:
    aicatalog("lock", "papers")
    assert run(["check", "--from", "http://127.0.0.1:1"]) == 3


def test_what_is_gone_is_taken_out_by_the_command_that_a_check_names(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "other")
    changed(status="delisted")
    code, _, err = aicatalog("check")
    assert (code, err.splitlines()[-1]) == (
        1,
        "1 of 2 tools failed. “aicatalog lock --remove papers” takes out what is gone.",
    )


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_a_listing_that_was_changed_just_now_is_waited_for(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "PAUSE", 0.05)
    where = site.where()
    assert run(["lock", "papers", "--from", where]) == 0
    capsys.readouterr()
    changed(tagline="It finds papers of all kinds, day and night")

    def swept() -> None:
        keeping.sweep()
        connections.close_all()

    beat = threading.Timer(1, swept)
    beat.start()
    assert run(["check"]) == 0
    beat.join()
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "changed      papers"
    assert said.err.splitlines()[0] == "The catalog is writing down what was changed just now; waiting for it …"


@pytest.mark.parametrize("site", ["online"], indirect=True)
def test_it_is_not_waited_for_ever(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "PAUSE", 0.05)
    monkeypatch.setattr(waits, "WAIT", 0.2)
    assert run(["lock", "papers", "--from", site.where()]) == 0
    changed(tagline="It finds papers of all kinds, day and night")
    capsys.readouterr()
    assert run(["check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "changed      papers",
        "  fails      status: Its listing was changed just now, and is not compared yet: ask again.",
    ]


@pytest.mark.parametrize("site", ["offline"], indirect=True)
def test_an_older_export_than_the_lockfile_tells_nothing_the_wrong_way_round(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    old = site.where()
    changed(licence="Apache-2.0")
    keeping.sweep()
    assert run(["lock", "papers", "--from", site.address]) == 0
    capsys.readouterr()
    code = run(["check", "--from", old])
    out, err = capsys.readouterr()
    assert (code, out, err.splitlines()) == (
        3,
        "",
        [
            "Error: The export is older than the lockfile: of “papers” it has version 1, and 2 is locked.",
            "Fetch a newer one (“aicatalog export FOLDER”), or ask the site.",
        ],
    )
