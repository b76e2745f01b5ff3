"""What the commands print, and the codes that they end with."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aicatalog.cli import completing
from aicatalog.cli.changes import _field
from aicatalog.folder import sha256_of
from api.exports import writing
from api.snippets import CONSUMERS
from catalog import choices
from catalog.models import Change
from tests import make
from tests.client.conftest import Host, Run, command

pytestmark = pytest.mark.django_db(transaction=True)
STYLES = re.compile("\x1b\\[[0-9;]*m")


@pytest.fixture(params=["online", "offline"])
def where(request: pytest.FixtureRequest) -> str:
    """A site, and an export of the same tools."""
    return str(request.getfixturevalue("site" if request.param == "online" else "folder"))


def shown(*arguments: str, **variables: str) -> str:
    """Return what a command prints on a terminal of 80 columns."""
    argv, env = command()
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*argv, *arguments], stdin=follower, stdout=follower, stderr=follower,
        env=env | {"TERM": "xterm", "COLUMNS": "80"} | variables,
    )  # fmt: skip
    os.close(follower)
    found = b""
    while select.select([leader], [], [], 60)[0]:
        try:
            part = os.read(leader, 65_536)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        found += part
    os.close(leader)
    process.wait(10)
    return found.decode().replace("\r\n", "\n")


def test_search_prints_a_line_for_each_tool_in_a_pipe(where: str, run: Run) -> None:
    done = run("search", "deepgram", "--from", where)
    assert (done.code, done.out, done.err) == (
        0, "deepgram\tDeepgram\tapi\tfree tier\tSpeech to text in real time\n", "",
    )  # fmt: skip
    done = run("search", "--pricing", "free-open-source", "--kind", "app", "--sort", "name", "--from", where)
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["one", "bark", "two", "two-a"]


def test_search_as_json_has_the_count_and_nothing_else_is_on_stdout(where: str, run: Run) -> None:
    done = run("search", "--kind", "app", "--sort", "name", "--limit", "1", "--json", "--from", where)
    said = json.loads(done.out)
    assert (done.code, said["count"], [one["slug"] for one in said["results"]]) == (0, 4, ["one"])


def test_nothing_found_ends_with_one(where: str, run: Run) -> None:
    done = run("search", "zebra", "--json", "--from", where)
    assert (done.code, json.loads(done.out)) == (1, {"count": 0, "results": []})
    assert done.err == "Nothing was found. Fewer words or filters find more.\n"


def test_show_tells_all_of_a_tool(where: str, run: Run) -> None:
    done = run("show", "deepgram", "--from", where)
    assert (done.code, done.err) == (0, "")
    for line in (
        "Deepgram", "Speech to text in real time", "Vendor       Deepgram Inc", "Price        free tier",
        "  mcp-remote", "    url       https://mcp.deepgram.example/", "    variable  DEEPGRAM_TOKEN",
        "    now       unknown", "  docs  https://docs.deepgram.example",
    ):  # fmt: skip
        assert line in done.out.splitlines(), done.out
    assert "  Pro  20.5 USD per month (seen 2026-11-01)" in run("show", "one", "--from", where).out.splitlines()
    assert json.loads(run("show", "deepgram", "--json", "--from", where).out)["slug"] == "deepgram"


def test_a_tool_that_is_not_there_ends_with_one_and_says_what_may_be_meant(where: str, run: Run) -> None:
    done = run("show", "deepgrm", "--json", "--from", where)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: No tool is listed as “deepgrm”")
    assert done.err.splitlines()[1].startswith("Did you mean deepgram")


def test_compare_has_a_line_for_each_fact(where: str, run: Run) -> None:
    done = run("compare", "deepgram", "one", "--from", where)
    rows = dict(line.split("\t", 1) for line in done.out.splitlines())
    assert (done.code, rows["Tool"], rows["Slug"]) == (0, "Deepgram\t=One", "deepgram\tone")
    assert (rows["Prices"], rows["Vendor"]) == ("-\t20.5 USD/month", "Deepgram Inc\t-")
    said = json.loads(run("compare", "deepgram", "one", "--json", "--from", where).out)
    assert [tool["slug"] for tool in said["tools"]] == ["deepgram", "one"]
    for slugs, told in ((("one", "one"), "here is one"), (tuple("abcdef"), "here are more")):
        done = run("compare", *slugs, "--from", where)
        assert (done.code, f"Error: Name two to five different tools; {told}.\n" in done.err) == (2, True)


def test_a_snippet_is_all_that_is_on_stdout(site: str, run: Run) -> None:
    done = run("show", "deepgram", "--snippet", "curl", "--from", site)
    assert (done.code, "https://api.deepgram.example/v1" in done.out) == (0, True)
    assert done.err == (
        "# This asks the base address alone: put a path of its API behind it. Its documents: https://docs.deepgram.example\n"
        "# How the key is sent is not known: its documents say so.\n"
    )
    whole = json.loads(run("show", "deepgram", "--snippet", "curl", "--json", "--from", site).out)
    assert whole["results"][0]["code"].rstrip("\n") + "\n" == done.out
    listed = run("show", "deepgram", "--snippet", "list", "--from", site).out.splitlines()
    assert listed[0] == "curl              curl (rest)"
    done = run("show", "deepgram", "--snippet", "docker", "--from", site)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: “deepgram” has no snippet for docker.\nThere are: ")
    done = run("show", "deepgram", "--interface", "rest", "--from", site)
    assert (done.code, "chooses among snippets" in done.err) == (2, True)


def test_without_a_command_the_whole_help_is_shown_as_it_is_written(run: Run) -> None:
    bare, asked = run(), run("--help")
    assert (bare.code, bare.out, bare.err) == (2, "", asked.out)
    assert "aicatalog show deepgram\n" in bare.err


def test_a_tool_without_snippets_says_so_whatever_is_asked_for(site: str, run: Run) -> None:
    why = "There is none for it: no interface of it is known."
    done = run("show", "bark", "--snippet", "list", "--from", site)
    assert (done.code, done.out, done.err) == (1, "", f"Error: “bark” has no snippet.\n{why}\n")
    done = run("show", "bark", "--snippet", "curl", "--from", site)
    assert (done.code, done.out, done.err) == (1, "", f"Error: “bark” has no snippet for curl.\n{why}\n")


def test_of_a_tool_that_there_is_no_other_is_suggested(site: str, run: Run) -> None:
    done = run("show", "deepgram", "--snippet", "curl", "--interface", "nope", "--from", site)
    assert (done.code, done.out, done.err.splitlines()) == (
        1, "", ["Error: “deepgram” has no interface “nope”.", "It has: rest, mcp-remote. --interface ID"],
    )  # fmt: skip
    make.tool(slug="late")
    done = run("show", "late", "--snippet", "list", "--from", site)
    assert (done.code, done.out, done.err) == (
        1, "", "Error: Its manifest is made within seconds of its listing. Ask again then.\n",
    )  # fmt: skip
    done = run("show", "deepgrm", "--snippet", "list", "--from", site)
    assert (done.code, done.err.splitlines()[1]) == (1, "Did you mean deepgram?")


def test_a_category_that_there_is_not_is_told_in_the_words_of_the_command(where: str, run: Run) -> None:
    done = run("search", "--category", "toys", "--from", where)
    assert (done.code, done.out, done.err.splitlines()[0]) == (2, "", "Error: There is no category “toys”.")
    assert (done.err.splitlines()[1].startswith("The upper ones are: "), "/api/" in done.err) == (True, False)


def test_of_a_price_that_changed_the_parts_that_differ_are_told() -> None:
    pro = {"name": "Pro", "amount": "20", "currency": "USD"}
    assert _field("plans", [[pro], [pro | {"amount": "25"}]]) == ['plans Pro amount: "20" → "25"']
    assert _field("pricing", [{"access": "free"}, {"access": "trial"}]) == ['pricing access: "free" → "trial"']
    assert _field("licence", [None, "MIT"]) == ['licence: null → "MIT"']
    for was, now in (([pro], []), ([pro, pro], [pro]), (["a"], ["b"]), ({}, dict.fromkeys("abcde", 1))):
        assert [one.split(" ")[0] for one in _field("plans", [was, now])] == ["plans"]


def test_changes_are_lines_that_begin_with_the_serial(site: str, run: Run) -> None:
    last = Change.objects.latest("serial")
    done = run("changes", "--since", str(last.serial - 1), "--from", site)
    when = last.at.strftime("%Y-%m-%dT%H:%M:%S")
    assert (done.code, done.out[: done.out.index(when)]) == (0, f"{last.serial}\t")
    assert done.out.endswith("\tcreated\tbark\n")
    lines = run("changes", "--since", "0", "--json", "--from", site).out.splitlines()
    assert [json.loads(line)["serial"] for line in lines] == list(
        Change.objects.order_by("serial").values_list("serial", flat=True)
    )
    done = run("changes", "--since", str(last.serial + 1), "--from", site)
    assert (done.code, done.out, "The last serial is" in done.err) == (2, "", True)


def test_following_tells_what_comes_until_it_is_stopped(site: str) -> None:
    argv, env = command()
    since = Change.objects.latest("serial").serial
    process = subprocess.Popen(
        [*argv, "changes", "--since", str(since - 1), "--follow", "--every", "5", "--json", "--from", site],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["tool"] == "bark"
    make.tool(slug="late")
    assert json.loads(process.stdout.readline())["tool"] == "late"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.strip()) == (130, "", "Stopped.")


def test_who_reads_only_the_beginning_is_no_error(site: str) -> None:
    argv, env = command()
    for number in range(3):
        make.tool(slug=f"more-{number}")
    process = subprocess.Popen(
        [*argv, "changes", "--since", "0", "--json", "--from", site], env=env, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait(30)) == (b"", 141)
    process.stderr.close()


def test_errors_end_with_their_codes(tmp_path: Path, host: Host, run: Run) -> None:
    host.says(200, "<html>", Content_Type="text/html")
    for arguments, code, told in (
        (("search", "x", "--from", host.address), 3, "but not as a catalog does"),
        (("search", "x", "--from", "http://127.0.0.1:1"), 3, "no connection was made"),
        (("search", "x", "--from", str(tmp_path)), 2, "holds no export"),
        (("search", "x", "--from", "ftp://x"), 2, "is no address of a site"),
        (("search", "--limit", "none"), 2, "is not a valid integer range"),
        (("serach", "x"), 2, "Error: No such command 'serach'. Did you mean search?\n"),
        (("zzz",), 2, "Error: No such command 'zzz'.\n"),
        (("changes",), 2, "Missing option '--since'"),
        (("export", str(tmp_path / "new"), "--from", str(tmp_path)), 2, "an export is fetched from a site"),
    ):
        done = run(*arguments)
        assert (done.code, done.out, told in done.err) == (code, "", True), (arguments, done)


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("aicatalog search --from {folder} >&-", 3, "Error: Nothing can be printed: the standard output is closed."),
        ("aicatalog search --from {folder} >/dev/full", 3, "Error: This cannot be done: No space left on device."),
        ("aicatalog --help >/dev/full", 3, "Error: This cannot be done: No space left on device."),
        ("aicatalog check >&-", 3, "Error: Nothing can be printed: the standard output is closed."),
        ("aicatalog nothing 2>&-", 2, ""),
        ("aicatalog nothing 2>/dev/full", 3, ""),
    ],
)
def test_what_cannot_be_printed_ends_with_a_sentence(line: str, code: int, told: str, folder: Path) -> None:
    done = shell(line.format(folder=folder), folder)
    assert (done.returncode, done.stdout, done.stderr.partition("\n")[0]) == (code, "", told)
    assert "Traceback" not in done.stderr


def test_help_that_nobody_reads_is_no_error(folder: Path) -> None:
    for line in ("aicatalog --help", "aicatalog search --help", "aicatalog --version"):
        done = shell(f"set -o pipefail; (sleep 0.3; {line}) | true", folder)
        assert (done.returncode, done.stderr) == (0, "")


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which aicatalog is the command."""
    argv, env = command()
    function = f'aicatalog() {{ {shlex.join(argv)} "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", function + line], env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "address",
    ["http://a..b", "http://a\x01b", f"http://{'a' * 70}.example", "http://\udcff.example", "http://a/\udcff"],
)
def test_an_address_that_cannot_be_asked_is_refused_in_a_sentence(address: str, run: Run, tmp_path: Path) -> None:
    for arguments in (("search", "x"), ("lock", "x", "--file", str(tmp_path / "x")), ("export", str(tmp_path / "e"))):
        done = run(*arguments, "--from", address)
        assert (done.code, done.out, done.err.count("is no address of a site")) == (2, "", 1), done


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence(run: Run, folder: Path) -> None:
    for arguments in (
        ("search", "x", "--from", "a" * 300), ("check", "--file", "a" * 300),
        ("lock", "one", "--file", "a" * 300, "--from", str(folder)),
        ("export", "a" * 300),
    ):  # fmt: skip
        done = run(*arguments)
        assert (done.code, done.out, done.err.count("Error: ")) == (2, "", 1), done


def test_what_nobody_thought_of_ends_with_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [OSError(5, "Input/output error"), ValueError("odd"), RuntimeError("odd"), RecursionError(), ValueError()]
    for error in errors:

        def fail(*_: Any, error: Exception = error, **__: Any) -> None:
            raise error

        monkeypatch.setattr("aicatalog.cli.options.open_source", fail)
        done = run("search", "x")
        assert (done.code, done.out, done.err.count("\n"), done.err[:7]) == (3, "", 1, "Error: "), done


def test_a_key_is_never_printed(host: Host, run: Run) -> None:
    host.says(401, '{"detail": "It is not known."}', Content_Type="application/problem+json")
    done = run("search", "x", "--key", "aicat_live_secret", "--from", host.address)
    assert (done.code, "secret" in done.out + done.err) == (3, False)


def test_lines_fit_a_terminal_and_styles_are_only_there(where: str) -> None:
    for arguments in (("search", "--limit", "3"), ("show", "deepgram"), ("compare", "one", "two", "bark"), ("--help",)):
        text = shown(*arguments, "--from", where) if arguments != ("--help",) else shown(*arguments)
        assert max(len(line) for line in STYLES.sub("", text).splitlines()) <= 80, text
        plain = shown(*arguments, "--from", where, NO_COLOR="1") if arguments != ("--help",) else ""
        assert "\x1b" not in plain
    assert "\x1b[1mDeepgram\x1b[0m" in shown("show", "deepgram", "--from", where)


def test_what_strangers_wrote_does_nothing_to_a_terminal(folder: Path, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
    make.tool(slug="evil", name="Evil", tagline="Does nothing that anybody wanted")
    writing.export(tmp_path / "evil")
    _write_over(tmp_path / "evil", evil)
    for arguments in (("search", "evil"), ("show", "evil"), ("compare", "evil", "one"), ("show", "evil", "--json")):
        text = STYLES.sub("", shown(*arguments, "--from", str(tmp_path / "evil")))
        assert ("nothing" in text.lower(), [one for one in text if one in evil and not one.isprintable()]) == (True, [])


def _write_over(folder: Path, evil: str) -> None:
    """Let an export say a name that it would not: as somebody would who wants to do harm."""
    path = folder / "catalog.sqlite"
    file = sqlite3.connect(path)
    line = json.loads(file.execute("SELECT line FROM tool WHERE slug = 'evil'").fetchone()[0])
    line["record"] |= {"name": f"Evil{evil}", "vendor": evil, "tags": [evil], "description": f"Nothing {evil}"}
    file.execute("UPDATE tool SET line = ? WHERE slug = 'evil'", [json.dumps(line)])
    file.commit()
    file.close()
    told = json.loads((folder / "manifest.json").read_bytes())
    for one in told["files"]:
        if one["name"] == path.name:
            one |= {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    (folder / "manifest.json").write_text(json.dumps(told))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_completion_is_one_that_the_shell_reads(shell: str, run: Run, tmp_path: Path) -> None:
    done = run("completion", shell)
    assert (done.code, done.err, "_AICATALOG_COMPLETE" in done.out) == (0, "", True)
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.out)
        checked = subprocess.run([shell, "-n", str(tmp_path / "script")], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def completed(words: str, **variables: str) -> list[str]:
    """Return what bash would offer for the last word."""
    argv, env = command()
    env |= {"_AICATALOG_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    done = subprocess.run(argv, env=env | variables, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_commands_values_and_slugs_of_an_export_are_completed(folder: Path) -> None:
    assert completed("aicatalog com") == ["compare", "completion"]
    assert completed("aicatalog search --pricing free-t") == ["free-tier", "free-trial"]
    assert completed(f"aicatalog show --from {folder} tw") == ["two", "two-a"]
    assert completed("aicatalog compare one dee", AICATALOG=str(folder)) == ["deepgram"]
    assert completed("aicatalog search --category id", AICATALOG=str(folder)) == ["ide-assistants"]
    assert completed("aicatalog show one --snippet open") == ["openai-sdk", "openai-responses"]
    assert completed("aicatalog search --sort ") == ["relevance", "newest", "added", "verified", "name"]
    assert completed(f"aicatalog search --from {folder} --sort ") == ["relevance", "name", "newest"]
    assert completed(f"aicatalog search --from {folder} --verified ") == []
    started = time.monotonic()
    assert completed("aicatalog show tw", AICATALOG="http://192.0.2.1") == []
    assert time.monotonic() - started < 8


def test_only_slugs_are_completed_whatever_an_export_says(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as file, file:
        for number, slug in enumerate(("tw$(touch hit)", "tw;ls", "tw\nplain,two-b", "tw\x1b[2J", b"twx")):
            file.execute("UPDATE tool SET slug = ? WHERE id = (SELECT id FROM tool ORDER BY id LIMIT 1)", [slug])
            file.commit()
            offered = completed(f"aicatalog show --from {folder} tw")
            assert [one for one in offered if one not in ("two", "two-a")] == [], number
        file.execute("UPDATE category SET slug = 'ide$(ls)' WHERE slug = 'ide-assistants'")
    assert completed("aicatalog search --category id", AICATALOG=str(folder)) == []


def test_the_values_that_are_completed_are_those_of_the_site() -> None:
    lists: dict[str, Any] = {
        "pricing": choices.PricingLabel, "kind": choices.Kind, "source": choices.Source, "access": choices.Access,
        "model": choices.PriceModel, "interface": choices.InterfaceKind, "auth": choices.Auth,
        "platform": choices.Platform, "input": choices.Modality, "output": choices.Modality,
    }  # fmt: skip
    for name, values in lists.items():
        assert set(completing.VALUES[name].split()) - {"unknown"} == set(values.values) - {"unknown"}, name
    assert completing.VALUES["snippet"].split() == [*CONSUMERS, "list"]
