"""What is counted: events without a person. And what a page notes on its request, so that it is counted when served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from django.http import HttpRequest

from catalog.index import UNKNOWN
from catalog.models import Tool

Kind = Literal["cards", "page", "visit", "search", "filter", "unknown"]
Channel = Literal["site", "api"]


class Event(NamedTuple):
    """Something that happened: cards shown, a page opened, a link followed, a search that led here, a list narrowed.

    `tools` are keys of tools, all of those whose cards stood on one page; `text` holds the words of a search or the
    name of a facet. "unknown": narrowed to the tools for which that facet is not known; a "filter" comes with it.
    """

    kind: Kind
    tools: tuple[int, ...] = ()
    text: str = ""
    channel: Channel = "site"


class Beside(NamedTuple):
    """What an app above counts along: `counter` names who writes it (store.WRITERS), `key` is what that tells it by."""

    counter: str
    key: tuple[int | str, ...]


@dataclass(frozen=True)
class Shown:
    """What a page shows; the page cache keeps it with the page. `always` is counted whenever the page is served."""

    always: tuple[Event, ...]
    page_of: int | None = None  # key of the tool whose page it is
    asked: tuple[Event, ...] = ()  # filters chosen by parameters
    read: tuple[Event, ...] = ()  # filters read from the words
    q: str = ""
    beside: tuple[Beside, ...] = ()  # what apps above count when a person is served
    programs: tuple[Beside, ...] = ()  # and what instead of that when a program is
    by_api: tuple[Event, ...] = ()  # what the API showed: counted whoever asks, nothing else is


def shows(request: HttpRequest, *lists: Iterable[Tool], page_of: Tool | None = None) -> None:
    """Note that a page shows the cards of these tools, each counted once, or is the page of a tool that is listed."""
    keys = tuple(sorted({tool.pk for tools in lists for tool in tools}))
    always = [Event("cards", keys)] if keys else []
    key = page_of.pk if page_of and page_of.is_listed else None
    if key:
        always.append(Event("page", (key,)))
    _note(request, Shown(tuple(always), key))


def shows_by_api(request: HttpRequest, tools: Iterable[int] = (), *, page_of: int | None = None) -> None:
    """Note that the API answered with these tools (keys) in a list, or with one of them."""
    keys = tuple(sorted(tools))
    events = [Event("cards", keys, channel="api")] if keys else []
    events += [Event("page", (page_of,), channel="api")] if page_of else []
    _note(request, Shown((), by_api=tuple(events)))


def shows_list(
    request: HttpRequest,
    tools: Iterable[Tool],
    *,
    asked: Mapping[str, tuple[str, ...]],
    read: Mapping[str, tuple[str, ...]],
    q: str,
) -> None:
    """Note that a list shows these tools, narrowed by facets: `asked` by parameters, `read` from the words `q`."""
    keys = tuple(sorted(tool.pk for tool in tools))
    always = (Event("cards", keys),) if keys else ()
    _note(request, Shown(always, None, _filters(asked), _filters(read), q))


def shows_beside(request: HttpRequest, *, people: Iterable[Beside], programs: Iterable[Beside] = ()) -> None:
    """Note what an app above counts of this page, besides what was noted already: for people, or for programs."""
    shown: Shown = getattr(request, "shown", None) or Shown(())
    _note(request, replace(shown, beside=(*shown.beside, *people), programs=(*shown.programs, *programs)))


def _filters(chosen: Mapping[str, tuple[str, ...]]) -> tuple[Event, ...]:
    found = [Event("filter", text=name) for name in chosen]
    return tuple(found + [Event("unknown", text=name) for name, values in chosen.items() if UNKNOWN in values])


def _note(request: HttpRequest, shown: Shown) -> None:
    request.shown = shown  # type: ignore[attr-defined]
