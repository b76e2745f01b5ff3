"""robots.txt, by what servers on loopback saw: Crawl-delay, and the rules of hosts that a page redirects to."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.safehttp import Answer, Limits
from tests import make
from tests.verification.conftest import Known, at, claimed, due, made, results, started
from tests.zoo.animal import Animal, Reply, Request
from tests.zoo.server import Zoo
from verification import common, robots, work
from verification.context import Context, Gate, OpenGate
from verification.contract import Outcome, Subject
from verification.listing import listing_of
from verification.models import HostBudget, RunStep
from verification.polite import PoliteGate, Postponed
from verification.steps import registry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]
PAGE = Reply(200, b"<!doctype html><title>A page</title>")


class Site:
    """A host with a robots.txt and pages; keeps a log of what it was asked, and when."""

    def __init__(self, text: str = "", *, status: int = 200, **redirects: str) -> None:
        self.text, self.status, self.redirects = text, status, redirects
        self.asked: list[str] = []
        self.at: list[float] = []

    def serve(self, request: Request) -> Reply:
        self.asked.append(request.path)
        self.at.append(time.monotonic())
        to = self.redirects.get(request.path.strip("/").replace(".", "_") or "home")
        if to:
            return Reply(302, headers=(("Location", to),))
        if request.path == "/robots.txt":
            return Reply(self.status if self.text or self.status != 200 else 404, self.text.encode(), "text/plain")
        return PAGE


class Silent(Site):
    """A host that answers for its pages only."""

    def serve(self, request: Request) -> Reply:
        reply = super().serve(request)
        return replace(reply, delay=5.0) if request.path == "/robots.txt" else reply


@pytest.fixture
def alive(tmp_path: Path, settings: Any) -> Iterator[Callable[..., None]]:
    """Let sites live: `alive(one=Site())` at https://one.example/."""
    running: list[Zoo] = []

    def give(**sites: Site) -> None:
        animals = {name: Animal(name, "A site.", (), serve=site.serve) for name, site in sites.items()}
        zoo = Zoo(animals, tmp_path)
        running.append(zoo.__enter__())
        for key, value in zoo.environment.items():
            setattr(settings, key, value)

    yield give
    for zoo in running:
        zoo.__exit__(None, None, None)


def context(gate: Gate | None = None) -> Context:
    return Context(made("s"), listing_of(make.tool()), Subject(""), gate=gate or OpenGate())


def refused(of: Context, answer: Answer) -> str:
    """Return the sentence of an answer that is inconclusive."""
    outcome = common.trouble(of, answer)
    assert outcome is not None
    assert outcome.verdict == "inconclusive"
    return outcome.sentence


AGENT = "User-agent: AIAppsBot\n"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (f"{AGENT}Crawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 31", 30.0),
        ("User-agent: *\nCrawl-delay: 1e9", 30.0),
        (f"{AGENT}Disallow: /x\n\nUser-agent: *\nCrawl-delay: 9", 0.0),  # our own group is the one that counts
        ("User-agent: Other\nCrawl-delay: 9", 0.0),
        ("User-agent: *\nCrawl-delay: -3", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: *\nDisallow:", 0.0),
    ],
)
def test_the_delay_that_a_robots_txt_asks_for(text: str, seconds: float) -> None:
    assert robots.delay(robots.File("text", text)) == seconds


def test_a_delay_needs_a_text() -> None:
    assert [robots.delay(robots.File(rule)) for rule in ("allow", "disallow", "unknown")] == [0.0, 0.0, 0.0]


def test_pages_of_a_host_are_as_far_apart_as_it_asks(alive: Callable[..., None]) -> None:
    one = Site("User-agent: *\nCrawl-delay: 3")
    alive(one=one)
    for path in ("a", "b"):
        assert context(PoliteGate()).page(f"https://one.example/{path}").status == 200
    assert one.asked == ["/robots.txt", "/a", "/b"]
    assert [later - earlier >= 2.8 for earlier, later in zip(one.at, one.at[1:], strict=False)] == [True, True]


def test_a_longer_delay_puts_the_step_back_and_it_goes_on_then(known: Known, alive: Callable[..., None]) -> None:
    def check(context: Context) -> Outcome:
        return common.trouble(context, context.page(context.subject.address)) or context.say("fine")

    one = Site("User-agent: *\nCrawl-delay: 25")
    alive(one=one)
    known(made("s", check, subjects=at("https://one.example/a", "https://one.example/b"), requests=1))
    started()
    assert work.execute(claimed())
    step = RunStep.objects.get(subject="https://one.example/a")
    assert (step.state, step.note, one.asked) == ("queued", "Waiting for its turn at one.example.", ["/robots.txt"])
    assert 20 < (step.not_before - dt.datetime.now(dt.UTC)).total_seconds() <= 25
    HostBudget.objects.update(next_at=dt.datetime.now(dt.UTC))  # the time passes
    due()
    assert work.execute(claimed())
    assert work.execute(claimed())
    assert (one.asked, results()) == (["/robots.txt", "/a"], [("s", "pass", "fine")])
    assert 20 < (RunStep.objects.get(state="queued").not_before - dt.datetime.now(dt.UTC)).total_seconds() <= 25


def test_a_second_page_of_one_step_waits_when_it_can_and_is_left_out_when_it_cannot(alive: Callable[..., None]) -> None:
    one = Site()
    alive(one=one)
    for asked, expected in ((6.0, 2), (25.0, 1)):
        HostBudget.objects.all().delete()
        gate, one.asked, one.at = PoliteGate(), [], []
        gate.learn_robots("https://one.example", robots.File("text", f"User-agent: *\nCrawl-delay: {asked}"))
        HostBudget.objects.all().delete()
        own = context(gate)
        assert own.page("https://one.example/a").status == 200
        second = own.page("https://one.example/b")
        assert len(one.asked) == expected
        if expected == 2:
            assert one.at[1] - one.at[0] >= 5.8
    assert refused(own, second) == (
        "one.example's robots.txt asks for a longer wait between two pages than one step can take, so we did not ask."
    )


def test_hops_and_endpoints_keep_to_a_second(alive: Callable[..., None]) -> None:
    one = Site("User-agent: *\nCrawl-delay: 25", away="https://one.example/there")
    alive(one=one)
    gate = PoliteGate()
    gate.learn_robots("https://one.example", robots.File("text", one.text))
    HostBudget.objects.all().delete()
    began = time.monotonic()
    for path in ("api", "api"):
        assert context(gate).fetch(f"https://one.example/{path}").status == 200
    assert context(gate).page("https://one.example/away").status == 200
    assert one.asked == ["/api", "/api", "/away", "/there"]
    assert time.monotonic() - began < 20
    with pytest.raises(Postponed, match=r"one\.example for 2\d s"):
        context(PoliteGate()).fetch("https://one.example/api")


class TestRedirectsOfPages:
    """A host that a page redirects to has rules too."""

    def test_a_host_that_disallows_it_is_not_asked(self, alive: Callable[..., None]) -> None:
        one, two = Site(home="https://two.example/private"), Site("User-agent: *\nDisallow: /private")
        alive(one=one, two=two)
        own = context(PoliteGate())
        answer = own.page("https://one.example/")
        assert (one.asked, two.asked) == (["/robots.txt", "/"], ["/robots.txt"])
        assert refused(own, answer) == "two.example's robots.txt asks us not to fetch this page, so we did not."
        assert [[hop.url for hop in one.answer.hops] for one in own.exchanges] == [
            ["https://one.example/robots.txt"], ["https://two.example/robots.txt"], ["https://one.example/"],
        ]  # fmt: skip

    def test_a_host_that_allows_it_is_asked(self, alive: Callable[..., None]) -> None:
        one, two = Site(home="https://two.example/open"), Site("User-agent: *\nDisallow: /private")
        alive(one=one, two=two)
        answer = context().page("https://one.example/")
        assert (answer.status, answer.final_url) == (200, "https://two.example/open")
        assert two.asked == ["/robots.txt", "/open"]

    def test_its_own_later_hops_are_held_against_its_rules(self, alive: Callable[..., None]) -> None:
        one = Site(home="https://two.example/open")
        two = Site("User-agent: *\nDisallow: /private", open="https://two.example/private")
        alive(one=one, two=two)
        own = context()
        assert refused(own, own.page("https://one.example/")).startswith("two.example's robots.txt asks us not to")
        assert two.asked == ["/robots.txt", "/open"]

    def test_a_hop_within_a_host_is_held_against_the_rules_that_are_known(self, alive: Callable[..., None]) -> None:
        one = Site("User-agent: *\nDisallow: /private", open="https://one.example/private")
        alive(one=one)
        own = context()
        assert refused(own, own.page("https://one.example/open")).startswith("one.example's robots.txt asks us not to")
        assert one.asked == ["/robots.txt", "/open"]

    def test_rules_that_cannot_be_read_keep_us_away(self, alive: Callable[..., None]) -> None:
        one, two = Site(home="https://two.example/"), Site(status=503)
        alive(one=one, two=two)
        own = context()
        assert refused(own, own.page("https://one.example/")) == (
            "two.example's robots.txt could not be read, so we stay away from its pages."
        )
        assert two.asked == ["/robots.txt"]

    def test_a_robots_txt_that_moved_along_is_asked_once(self, alive: Callable[..., None]) -> None:
        one = Site(home="https://two.example/private", robots_txt="https://two.example/robots.txt")
        two = Site("User-agent: *\nDisallow: /private")
        alive(one=one, two=two)
        own = context()
        assert refused(own, own.page("https://one.example/")) == (
            "two.example's robots.txt asks us not to fetch this page, so we did not."
        )
        assert (one.asked, two.asked) == (["/robots.txt", "/"], ["/robots.txt"])

    def test_endpoints_for_programs_ask_no_robots_txt(self, alive: Callable[..., None]) -> None:
        one, two = Site(home="https://two.example/private"), Site("User-agent: *\nDisallow: /")
        alive(one=one, two=two)
        assert context().fetch("https://one.example/").status == 200
        assert (one.asked, two.asked) == (["/"], ["/private"])

    def test_asking_for_the_rules_takes_none_of_the_pages_time(self, alive: Callable[..., None]) -> None:
        one, two = Site(home="https://two.example/"), Site("User-agent: *\nDisallow:")
        alive(one=one, two=two)
        gate = PoliteGate()
        own = Context(made("s", limits=Limits(total=1.5)), listing_of(make.tool()), Subject(""), gate=gate)
        assert own.page("https://one.example/").status == 200  # four turns, each a second after the one before

    def test_a_host_that_is_silent_for_its_robots_txt_is_not_asked_for_the_page(
        self, alive: Callable[..., None]
    ) -> None:
        one, two = Site(home="https://two.example/private"), Silent()
        alive(one=one, two=two)
        own = Context(made("s", limits=Limits(total=1.0)), listing_of(make.tool()), Subject(""), gate=OpenGate())
        assert own.page("https://one.example/").code == "first_byte_timeout"
        assert (one.asked, two.asked) == (["/robots.txt", "/"], ["/robots.txt"])

    def test_who_was_asked_has_its_pause_also_when_the_next_has_no_time_for_us(
        self, alive: Callable[..., None]
    ) -> None:
        one, two = Site("User-agent: *\nCrawl-delay: 20", home="https://two.example/"), Site()
        alive(one=one, two=two)
        gate = PoliteGate()
        gate.learn_robots("https://one.example", robots.File("text", one.text))
        HostBudget.objects.all().delete()
        gate.pause("https://two.example/", 8.0)
        with pytest.raises(Postponed, match=r"two\.example"):
            context(PoliteGate()).page("https://one.example/")
        with pytest.raises(Postponed, match=r"one\.example for (19|20) s"):
            context(PoliteGate()).page("https://one.example/")
        assert one.asked == ["/"]


class TestRedirectsOfRobots:
    """A robots.txt that redirects to nowhere says nothing about the page."""

    @pytest.mark.parametrize(
        "to",
        [
            "https://one.example/robots.txt",
            "http://one.example/robots.txt",
            "https://169.254.169.254/robots.txt",
            "https://nowhere.invalid/robots.txt",
        ],
        ids=["in a circle", "to plain http", "to a private address", "to a name that cannot be"],
    )
    def test_a_redirect_that_is_not_followed_is_as_no_file(self, to: str, alive: Callable[..., None]) -> None:
        one = Site(robots_txt=to)
        alive(one=one)
        assert home().code == "answers"
        assert one.asked == ["/robots.txt", "/"]

    def test_a_silent_host_at_its_end_keeps_us_away_and_accuses_nobody(self, alive: Callable[..., None]) -> None:
        one, two = Site(robots_txt="https://two.example/robots.txt"), Silent()
        alive(one=one, two=two)
        found = home(total=1.0)
        assert (found.verdict, found.code) == ("inconclusive", "robots_unavailable")
        assert one.asked == ["/robots.txt"]


def home(**limits: float) -> Outcome:
    """Return what the step of the home page says of https://one.example/."""
    step = replace(registry()["home"], limits=Limits(**limits))  # type: ignore[arg-type]
    subject = Subject("https://one.example/")
    return step.check(Context(step, listing_of(make.tool(homepage_url=subject.address)), subject, gate=OpenGate()))
