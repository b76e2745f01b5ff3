"""Programs that do something with the API: the pages of the docs show them, and the suite runs every one.

Each is a file of its own, for a shell, Python (nothing but what comes with it) and JavaScript (a module for Node or a
browser). They speak to http://127.0.0.1:8000; pages put this site's address there. Keys come from the environment.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from api import document

HERE = Path(__file__).parent
ADDRESS = "http://127.0.0.1:8000"
LANGUAGES = {"curl": "sh", "Python": "py", "JavaScript": "mjs"}


@dataclass(frozen=True)
class Program:
    """One way to do a task."""

    task: str
    language: str
    text: str


@dataclass(frozen=True)
class Task:
    """Something that people want to do, and why it works as it does."""

    name: str
    title: str
    told: str
    operations: tuple[str, ...]
    programs: tuple[Program, ...]
    scopes: tuple[str, ...] = ()  # of the key that it needs
    file: Program | None = None  # what its programs read from the folder that they run in
    jq: bool = False  # whether its program for a shell reads answers by jq


TOLD = {
    "find": (
        "Find a tool",
        "Words are read as the search of the site reads them: names first, spelling forgiven. A page has 24 tools, or"
        " as many as limit says; next is the address of the next page, null on the last.",
        ("list_tools",),
    ),
    "filter": (
        "Filter by what you need",
        "Every filter of the site is a parameter of the same name, and several narrow further. facets=1 adds what each"
        " value would leave. A parameter that does not exist is refused by its name, so a typo never widens your list.",
        ("list_tools",),
    ),
    "wire": (
        "Wire a tool in, if it works right now",
        "The interfaces say how a program reaches a tool: address, way of signing in, name of the variable for its key;"
        " works says whether the address answered when we last looked. Not every address is watched: then it is"
        " “unknown”, which is neither yes nor no. The verification says what was seen of the whole tool, and when.",
        ("list_tool_interfaces", "get_tool_verification"),
    ),
    "follow": (
        "Follow changes",
        "Every change of the catalog has a serial. Keep the last one you saw and ask what came after: nothing is"
        " missed, and nothing comes twice. Asking with nothing new is one small answer.",
        ("list_changes",),
    ),
    "submit": (
        "Submit a tool",
        "Validating lists all that is wrong with a record, each with its place, and writes nothing. A draft is seen by"
        " you only. Its checks call the real addresses, which takes a minute. Sending puts it before a reviewer. These"
        " programs do all four, and stop with what is wrong as soon as something is: the record here names no real"
        " tool, so they end at the checks until you have written yours.",
        ("validate_submission", "create_submission", "check_submission", "send_submission"),
    ),
}


NEEDS = {"submit": ("submissions:read", "submissions:write")}
FILES = {"submit": "submission.json"}


@functools.cache
def sources() -> dict[tuple[str, str], str]:
    """Return the text of every program by task and language."""
    return {
        (task, language): (HERE / f"{task}.{ending}").read_text("utf-8")
        for task in TOLD
        for language, ending in LANGUAGES.items()
    }


@functools.cache
def submission() -> str:
    """Return the body that the programs of “Submit a tool” send."""
    return (HERE / FILES["submit"]).read_text("utf-8")


def tasks() -> list[Task]:
    """Return the tasks of the docs whose operations there are, their programs with this site's address."""
    there = {said["operationId"] for _, _, said in document.operations(document.committed())}
    return [_task(name) for name, (_, _, operations) in TOLD.items() if there.issuperset(operations)]


def _task(name: str) -> Task:
    programs = tuple(
        Program(name, language, sources()[name, language].replace(ADDRESS, settings.SITE_URL)) for language in LANGUAGES
    )
    file = Program(name, FILES[name], submission()) if name in FILES else None
    uses_jq = "jq " in sources()[name, "curl"]
    return Task(name, *TOLD[name], programs, NEEDS.get(name, ()), file, uses_jq)
