"""Counting: in memory while pages are served, written down every few seconds by a thread of the same process.

A page never waits for it: no statement, no lock that is held while something is written. Each process counts for
itself, and the database adds up. What a killed process had not written is lost: ten seconds at most.
"""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse

from catalog.reach import store, visitors, words
from catalog.reach.events import Beside, Event, Shown

logger = logging.getLogger(__name__)
GetResponse = Callable[[HttpRequest], HttpResponse]

WRITE_AT = 1_000  # different counts in memory: then they are written before the time has come
MOST = 20_000  # different counts in memory: while the database is down no new ones are begun after that


class Reach:
    """What this process counted and has not written yet. Safe for threads and forks."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a forked process must: what was counted before belongs to its parent."""
        self.counts: Counter[tuple[dt.date, Event | Beside]] = Counter()
        self.lock = threading.Lock()
        self.full = threading.Event()
        self.thread: threading.Thread | None = None
        self.failing = False

    def add(self, events: Iterable[Event | Beside]) -> None:
        """Count events of today (UTC)."""
        today = dt.datetime.now(dt.UTC).date()
        with self.lock:
            for event in events:
                key = (today, event)
                if key in self.counts or len(self.counts) < MOST:
                    self.counts[key] += 1
            if settings.REACH_SECONDS and (self.thread is None or not self.thread.is_alive()):
                self._start()
        if len(self.counts) >= WRITE_AT:
            self.full.set()

    def write(self) -> bool:
        """Write down what was counted; return whether that worked. What could not be written stays counted."""
        with self.lock:
            taken, self.counts = self.counts, Counter()
        if not taken:
            return True
        try:
            store.write(taken)
        except Error as error:
            with self.lock:
                self.counts.update(taken)
            if not self.failing:
                logger.warning("Counts of pages could not be written and are kept in memory: %s", error)
            self.failing = True
            return False
        self.failing = False
        return True

    def _start(self) -> None:
        if self.thread is None:  # the first one of this process
            atexit.register(self.write)
        self.thread = threading.Thread(target=self._keep_writing, name="reach", daemon=True)
        self.thread.start()

    def _keep_writing(self) -> None:
        pause = threading.Event()
        while every := settings.REACH_SECONDS:
            self.full.wait(every)
            self.full.clear()
            done = self.write()
            connections.close_all()  # this thread's own: none is held for a statement every ten seconds
            if not done:
                pause.wait(every)  # else a full memory would ask a dead server without pause


reach = Reach()
os.register_at_fork(after_in_child=reach.forget)


def count_pages(get_response: GetResponse) -> GetResponse:
    """Count what a page shows (events.shows) once it is made, or taken from memory: stands around the page cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        shown: Shown | None = getattr(request, "shown", None)
        if shown and request.method == "GET" and response.status_code in {200, 304}:
            if shown.by_api:
                reach.add(shown.by_api)
            elif visitors.counts(request):
                reach.add((*shown.always, *shown.beside, *_by_way(request, shown)))
            elif shown.programs:
                reach.add(shown.programs)
        return response

    return middleware


def _by_way(request: HttpRequest, shown: Shown) -> list[Event]:
    """Return what depends on where the visitor comes from: the search that led to a tool, filters that are new."""
    if shown.page_of is None and not shown.asked and not shown.read:
        return []
    path, before = visitors.came_from(request)
    before = before if visitors.is_list(path) else {}
    q = before.get("q", [""])[0].strip()
    if shown.page_of is not None:
        text = words.kept(q)
        return [Event("search", (shown.page_of,), text)] if text else []
    asked = [event for event in shown.asked if not _held(before.get(event.text, []), event)]
    return asked if shown.q == q else [*asked, *shown.read]


def _held(values: list[str], event: Event) -> bool:
    """Say whether the list before was narrowed by this filter already."""
    return "unknown" in values if event.kind == "unknown" else bool(values)
