"""What a step works with: the listing, its subject, earlier results, and the only way to ask somebody else."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from core import safehttp
from core.safehttp import Answer, Lookup, Policy
from core.safehttp.answer import INCONCLUSIVE
from verification import common, redaction, robots
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.domains import domain_of, host_of

CONSIDERED = 20_000  # characters of a value for a sentence, of which 200 are shown
STEP_SECONDS = 32.0  # all requests of one step together; less than the task's time limit (verification/tasks.py)


@dataclass(frozen=True)
class Exchange:
    """One fetch of a step: what was sent, what came back."""

    answer: Answer
    sent: bytes = b""  # the request's body
    at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))


class NotAsked(Exception):
    """A redirect leads to a host that we do not ask; `code` is one of common.COMMON."""

    def __init__(self, code: str, host: str) -> None:
        super().__init__(f"{code}: {host}")
        self.code, self.host = code, host


class Gate(Protocol):
    """Politeness towards others (verification/polite.py keeps the real one in the database)."""

    def before_request(self, url: str) -> str:
        """Wait for our turn; return "" to go on or the code that says why not. May raise Postponed."""
        ...

    def before_dial(self, host: str, ip: str) -> None:
        """Wait for our turn at this address, and after a redirect at its domain. May raise Postponed or NotAsked."""
        ...

    def after(self, url: str, answer: Answer) -> None:
        """Take note of Retry-After."""
        ...

    def pause(self, url: str, seconds: float) -> None:
        """Let nobody ask the domain again before so many seconds from now (Crawl-delay)."""
        ...

    def known_robots(self, origin: str) -> robots.File | None:
        """Return what is known of the robots.txt of an origin since less than a day, None when it has to be asked."""
        ...

    def learn_robots(self, origin: str, file: robots.File) -> None:
        """Remember a robots.txt."""
        ...


class OpenGate:
    """No waiting, a memory of its own: for runs in one process against our own loopback servers."""

    def __init__(self) -> None:
        self._robots: dict[str, robots.File] = {}

    def before_request(self, url: str) -> str:
        """Go on."""
        return ""

    def before_dial(self, host: str, ip: str) -> None:
        """Go on."""

    def after(self, url: str, answer: Answer) -> None:
        """Forget it."""

    def pause(self, url: str, seconds: float) -> None:
        """Go on."""

    def known_robots(self, origin: str) -> robots.File | None:
        """Return what was learned in this process."""
        return self._robots.get(origin)

    def learn_robots(self, origin: str, file: robots.File) -> None:
        """Remember it in this process."""
        self._robots[origin] = file


class Context:
    """Handed to `Step.check`. Every fetch becomes evidence."""

    def __init__(  # noqa: PLR0913 - what a step may know, by name
        self,
        step: Step,
        listing: Listing,
        subject: Subject,
        *,
        earlier: Mapping[str, Outcome] | None = None,
        gate: Gate | None = None,
        policy: Policy | None = None,
        remembered: Mapping[str, Any] | None = None,
    ) -> None:
        """`earlier`: results of the steps it needs, by key. `remembered`: this step's last detail for this subject."""
        self.step, self.listing, self.subject = step, listing, subject
        self.gate: Gate = gate or OpenGate()
        self.policy = policy
        self.remembered: Mapping[str, Any] = {} if remembered is None else remembered
        self.exchanges: list[Exchange] = []
        self._earlier = earlier or {}
        self._until = time.monotonic() + STEP_SECONDS

    # -- what is known ------------------------------------------------------------------------------------

    def earlier(self, key: str) -> Outcome | None:
        """Return what an earlier step of this run said (one that `needs` names), None when it said nothing."""
        if key not in self.step.needs:
            raise LookupError(f"{self.step.key} reads the result of {key}, which its `needs` does not name.")
        return self._earlier.get(key)

    def host(self, url: str) -> str:
        """Return the host of an address."""
        return host_of(url)

    def domain(self, url: str) -> str:
        """Return the registrable domain of an address."""
        return domain_of(url)

    # -- asking others ------------------------------------------------------------------------------------

    def fetch(  # noqa: PLR0913 - as safehttp.fetch
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        follow: bool = True,
        until: Callable[[bytes | bytearray], bool] | None = None,
        before_redirect: Callable[[str], str] | None = None,
    ) -> Answer:
        """Make one request, politely, and keep it as evidence. Never raises for what the other side does.

        `before_redirect` gets the address of each redirect and returns "" or the code that says why not to follow it.
        """
        code = self.gate.before_request(url)
        if code:
            return Answer(url=url, verdict=INCONCLUSIVE, code=code, message="We did not ask.")
        left = self._until - time.monotonic()
        if left < 0.5:
            return Answer(url, INCONCLUSIVE, "step_timeout", "There was no time left to ask.")
        limits = self.step.limits
        try:
            answer = safehttp.fetch(
                url,
                method=method,
                headers=headers or {},
                content=content,
                limits=replace(limits, total=min(limits.total, left)),
                follow=follow,
                until=until,
                before_dial=self.gate.before_dial,
                before_redirect=before_redirect,
                policy=self.policy,
            )
        except NotAsked as refused:
            return Answer(f"https://{refused.host}/", INCONCLUSIVE, refused.code, "We did not ask.")
        self.gate.after(url, answer)
        self.exchanges.append(Exchange(answer, content or b""))
        return answer

    def page(self, url: str, *, until: Callable[[bytes | bytearray], bool] | None = None) -> Answer:
        """Fetch a page for people: as `fetch`, but only when robots.txt lets us, also that of a host it redirects to.

        A host that does not even answer for its robots.txt is not asked a second time: that answer is returned.
        """
        file, answer = robots.ask(self, url)
        if file.rule == "unknown" and answer is not None:
            return replace(answer, url=url)
        code = robots.why_not(file, url)
        if code:
            return Answer(url=url, verdict=INCONCLUSIVE, code=code, message="We did not ask.")
        way = [(url, file)]  # the hosts that are asked for the page, and their rules
        silent: list[Answer] = []

        def before_redirect(target: str) -> str:
            if host_of(target) == host_of(way[-1][0]):
                way[-1] = (target, way[-1][1])
            else:
                way.append((target, robots.File("unknown")))
                rules, answer = robots.ask(self, target)
                way[-1] = (target, rules)
                if rules.rule == "unknown" and answer is not None:
                    silent.append(answer)
                    return answer.code
            return robots.why_not(way[-1][1], target)

        try:
            answer = self.fetch(url, until=until, before_redirect=before_redirect)
        except Exception:  # Postponed: the last of them was not asked
            self._pause(way[:-1])
            raise
        self._pause(way)
        if silent:
            return replace(silent[0], url=way[-1][0])
        if answer.code in robots.CODES:  # said of the host that was not asked; the exchange shows the way to it
            return Answer(way[-1][0], INCONCLUSIVE, answer.code, answer.message)
        return answer

    def _pause(self, way: Sequence[tuple[str, robots.File]]) -> None:
        for asked, rules in way:
            self.gate.pause(asked, robots.delay(rules))

    def lookup(self, name: str, types: Sequence[str] = ("A", "AAAA")) -> Lookup:
        """Ask the name system."""
        return safehttp.lookup(name, types, seconds=self.step.limits.dns, policy=self.policy)

    # -- saying -------------------------------------------------------------------------------------------

    def trouble(self, answer: Answer) -> Outcome | None:
        """Return what an answer means that says nothing, or only that it does not work; None to go on."""
        return common.trouble(self, answer)

    def unmet(self, need: str, title: str) -> Outcome:
        """Return the outcome of a step that finds nothing in what an earlier step (its key and title) left."""
        earlier = self.earlier(need)
        return self.say("need_not_met", need=title, said=earlier.sentence if earlier else "nothing, it was not made.")

    def say(self, code: str, /, *, detail: Mapping[str, Any] | None = None, **values: object) -> Outcome:
        """Return the outcome of one of the step's codes, or of the common ones; `values` fill in its sentence."""
        known: Code = self.step.codes[code] if code in self.step.codes else common.COMMON[code]
        shown = {name: _short(value) for name, value in values.items()}
        return Outcome(known.verdict, code, known.sentence.format(**shown), detail or {}, known.soft)


def _short(value: object) -> str:
    """Return a value for a sentence: no control characters, at most 200 characters, no secret that is cut in two."""
    text = "".join(mark if mark.isprintable() else " " for mark in str(value)[:CONSIDERED])
    text = redaction.text(text) if len(text) > 200 else text  # what is not cut is looked through when it is stored
    return text if len(text) <= 200 else f"{text[:199]}…"
