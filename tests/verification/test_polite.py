"""Politeness, by what a server on loopback saw: spacing, one at a time, Retry-After, budgets, opt-outs."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now

from core.safehttp import Limits, Policy
from tests import make
from tests.verification.conftest import Known, at, at_once, claimed, drain, due, made
from tests.zoo.animal import Animal, Reply, Request
from tests.zoo.server import Zoo
from verification import common, polite, services, work
from verification.context import Context
from verification.contract import Outcome, Subject
from verification.listing import listing_of
from verification.models import HostBudget, OptOut, RobotsFile, Run, RunStep, StepResult
from verification.polite import PoliteGate, Postponed
from verification.robots import File

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


class Host:
    """A host that keeps a log of when requests began and ended."""

    def __init__(self, *headers: tuple[str, str], status: int = 200, delay: float = 0.0) -> None:
        self.headers, self.status, self.delay = headers, status, delay
        self.began: list[float] = []
        self.most, self._now, self._lock = 0, 0, threading.Lock()

    def serve(self, _request: Request) -> Reply:
        with self._lock:
            self.began.append(time.monotonic())
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(self.delay)
        with self._lock:
            self._now -= 1
        return Reply(self.status, b"{}", "application/json", self.headers)

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.began, self.began[1:], strict=False)]


@contextmanager
def lives(host: Host, folder: Path, settings: object, name: str = "one") -> Iterator[str]:
    """Let the host live at http://one.example/ while inside, and let this site's probes reach it."""
    animal = Animal(name, "Keeps a log.", (), serve=host.serve)
    with Zoo({name: animal}, folder) as zoo:
        for key, value in zoo.environment.items():
            setattr(settings, key, value)
        yield f"http://{animal.host}/"


def ask(context: Context) -> Outcome:
    answer = context.fetch(context.subject.address)
    return common.trouble(context, answer) or context.say("fine")


def test_two_workers_leave_a_second_between_requests_and_have_one_in_flight(
    known: Known, tmp_path: Path, settings: object
) -> None:
    host = Host(delay=0.2)
    with lives(host, tmp_path, settings) as url:
        known(*(made(f"s{number}", ask, subjects=at(f"{url}{number}"), requests=1) for number in range(5)))
        services.start_run(tool=make.tool(), trigger="command")

        def labour(_number: int) -> int:
            done, until = 0, time.monotonic() + 20
            while Run.objects.filter(state="running").exists() and time.monotonic() < until:
                step = work.claim()
                done += work.execute(step) if step else 0
            return done

        assert sum(at_once(labour, 2)) == 5
    assert len(host.began) == 5
    assert (
        min(host.gaps) >= 0.5
    )  # turns are a second apart; on a busy machine the way to the host takes longer at times
    assert host.began[-1] - host.began[0] >= len(host.gaps) - 0.5
    assert host.most == 1


def test_gates_that_share_nothing_but_the_database_take_turns(tmp_path: Path, settings: object) -> None:
    host = Host()
    with lives(host, tmp_path, settings) as url:
        listing = listing_of(make.tool())
        contexts = [Context(made("s"), listing, Subject(url), gate=PoliteGate()) for _ in range(3)]
        at_once(lambda number: contexts[number].fetch(url), 3)
    assert len(host.began) == 3
    assert (
        min(host.gaps) >= 0.5
    )  # turns are a second apart; on a busy machine the way to the host takes longer at times
    assert host.began[-1] - host.began[0] >= len(host.gaps) - 0.5


def test_subdomains_share_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite, "PATIENCE", 0.0)
    gate = PoliteGate()
    assert gate.before_request("https://api.one.example/x") == ""
    with pytest.raises(Postponed) as caught:
        gate.before_request("http://www.one.example:8080/")
    assert (caught.value.key, 0.9 <= caught.value.seconds <= 1.0) == ("one.example", True)
    assert gate.before_request("https://two.example/") == ""


def test_addresses_take_turns_too_but_for_our_own_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    import ipaddress

    monkeypatch.setattr(polite, "PATIENCE", 0.0)
    gate = PoliteGate(policy=Policy(allow_nets=(ipaddress.ip_network("127.0.0.0/8"),)))
    gate.before_dial("one.example", "192.0.2.1")
    with pytest.raises(Postponed, match=r"ip:192\.0\.2\.1 for 1 s"):
        gate.before_dial("two.example", "192.0.2.1")
    assert HostBudget.objects.filter(key__startswith="ip:").count() == 1
    for host in ("three.example", "four.example"):
        gate.before_dial(host, "127.0.0.1")
    assert HostBudget.objects.filter(key__startswith="ip:").count() == 1


@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_keeps_everybody_away(
    as_date: bool, status: int, known: Known, tmp_path: Path, settings: object
) -> None:
    value = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=120), usegmt=True) if as_date else "120"
    host = Host(("Retry-After", value), status=status)
    with lives(host, tmp_path, settings) as url:
        known(made("s", ask, subjects=at(url), requests=1))
        services.start_run(tool=make.tool(), trigger="command")
        assert drain() == ["s"]
        services.start_run(tool=make.tool(), trigger="command")
        assert work.execute(claimed())
    assert len(host.began) == 1
    assert list(StepResult.objects.values_list("verdict", "code")) == [("inconclusive", "rate_limited")]
    waiting = RunStep.objects.get(state="queued")
    assert waiting.note == "Waiting for its turn at one.example."
    wait = (waiting.not_before - dt.datetime.now(dt.UTC)).total_seconds()
    assert 110 < wait <= 122


def test_retry_after_of_another_answer_means_nothing(known: Known, tmp_path: Path, settings: object) -> None:
    host = Host(("Retry-After", "120"))
    with lives(host, tmp_path, settings) as url:
        known(made("s", ask, subjects=at(url), requests=1))
        for _ in range(2):
            services.start_run(tool=make.tool(), trigger="command")
            assert drain() == ["s"]
    assert len(host.began) == 2


def test_a_shorter_retry_after_does_not_cut_a_longer_one_short() -> None:
    from core.safehttp import Answer, Hop

    gate = PoliteGate()
    for seconds in (3_600, 5):
        hop = Hop("GET", "https://api.one.example/", (), "", (), 429, ())
        gate.after(hop.url, Answer(hop.url, "ok", "429", "", hops=(hop,), retry_after=seconds))
    wait = HostBudget.objects.get(key="one.example").next_at - dt.datetime.now(dt.UTC)
    assert wait > dt.timedelta(minutes=59)


def test_the_daily_budget_ends_scheduled_requests_but_not_those_a_person_waits_for(
    known: Known, tmp_path: Path, settings: object
) -> None:
    host = Host()
    with lives(host, tmp_path, settings) as url:
        known(made("s", ask, subjects=at(url), requests=1))
        HostBudget.objects.create(key="one.example", day=dt.datetime.now(dt.UTC).date(), used=1, daily=2)
        for trigger in ("schedule", "schedule", "command"):
            services.start_runs([make.tool()], trigger=trigger)
            drain()
            due()
    assert len(host.began) == 2
    assert list(StepResult.objects.order_by("id").values_list("verdict", "code")) == [
        ("pass", "fine"),
        ("inconclusive", "budget_spent"),
        ("pass", "fine"),
    ]


def test_a_new_day_has_a_new_budget() -> None:
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    HostBudget.objects.create(key="one.example", day=yesterday, used=60, daily=60)
    assert PoliteGate().before_request("https://one.example/") == ""
    assert HostBudget.objects.get().used == 1


def test_the_budget_of_a_host_without_one_of_its_own(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polite, "SPACING", 0.0)
    settings.PROBE_DAILY_BUDGET = 2  # type: ignore[attr-defined]
    gate = PoliteGate()
    assert [gate.before_request("https://one.example/") for _ in range(3)] == ["", "", "budget_spent"]
    assert [gate.before_request("https://github.com/") for _ in range(3)] == ["", "", ""]


def test_who_opted_out_is_not_asked(known: Known, tmp_path: Path, settings: object) -> None:
    host = Host()
    with lives(host, tmp_path, settings) as url:
        OptOut.objects.create(domain="one.example")
        known(made("s", ask, subjects=at(url), requests=1))
        services.start_run(tool=make.tool(), trigger="command")
        drain()
    assert host.began == []
    assert list(StepResult.objects.values_list("code", "sentence")) == [
        ("opted_out", "one.example asked us not to make requests to it.")
    ]


def test_robots_txt_is_known_for_a_day() -> None:
    gate = PoliteGate()
    assert gate.known_robots("https://one.example") is None
    gate.learn_robots("https://one.example", File("allow"))
    gate.learn_robots("https://one.example", File("text", "User-agent: *", "because"))
    assert gate.known_robots("https://one.example") == File("text", "User-agent: *", "because")
    RobotsFile.objects.update(fetched_at=Now() - dt.timedelta(hours=25))
    assert gate.known_robots("https://one.example") is None


def test_a_robots_txt_that_failed_is_known_for_ten_minutes() -> None:
    gate, failed = PoliteGate(), File("disallow", why="its robots.txt answered 503")
    gate.learn_robots("https://one.example", failed)
    RobotsFile.objects.update(fetched_at=Now() - dt.timedelta(minutes=9))
    assert gate.known_robots("https://one.example") == failed
    RobotsFile.objects.update(fetched_at=Now() - dt.timedelta(minutes=11))
    assert gate.known_robots("https://one.example") is None


def test_an_opt_out_is_listed_once() -> None:
    OptOut.objects.create(domain="one.example")
    with pytest.raises(IntegrityError, match="domain"):
        OptOut.objects.create(domain="one.example")


class TestRedirects:
    """A redirect is a request too."""

    @pytest.fixture
    def two(self, tmp_path: Path, settings: object) -> Iterator[tuple[Host, Host]]:
        """Two hosts: one.example redirects /away to two.example and /near to itself."""
        one, two = Host(), Host()

        def lead(request: Request) -> Reply:
            one.serve(request)
            to = {"/away": "https://two.example/", "/near": "https://one.example/there"}.get(request.path)
            return Reply(302, headers=(("Location", to),)) if to else Reply(200, b"{}")

        animals = {
            "one": Animal("one", "Leads on.", (), serve=lead),
            "two": Animal("two", "Is led to.", (), serve=two.serve),
        }
        with Zoo(animals, tmp_path) as zoo:
            for key, value in zoo.environment.items():
                setattr(settings, key, value)
            yield one, two

    def test_within_a_domain_waits_its_turn(self, two: tuple[Host, Host]) -> None:
        context = Context(made("s"), listing_of(make.tool()), Subject(""), gate=PoliteGate())
        assert context.fetch("https://one.example/near").status == 200
        assert [gap >= 0.5 for gap in two[0].gaps] == [True]  # on a busy machine the first takes longer on its way
        assert HostBudget.objects.get(key="one.example").used == 2

    def test_to_another_domain_counts_there(self, two: tuple[Host, Host]) -> None:
        context = Context(made("s"), listing_of(make.tool()), Subject(""), gate=PoliteGate())
        assert context.fetch("https://one.example/away").status == 200
        assert dict(HostBudget.objects.values_list("key", "used")) == {"one.example": 1, "two.example": 1}

    def test_to_who_opted_out_is_not_followed(self, two: tuple[Host, Host]) -> None:
        OptOut.objects.create(domain="two.example")
        context = Context(made("s"), listing_of(make.tool()), Subject(""), gate=PoliteGate())
        answer = context.fetch("https://one.example/away")
        outcome = common.trouble(context, answer)
        assert (outcome and outcome.verdict, outcome and outcome.sentence) == (
            "inconclusive", "two.example asked us not to make requests to it.",
        )  # fmt: skip
        assert len(two[1].began) == 0

    def test_waiting_for_a_turn_is_not_held_against_the_host(self, two: tuple[Host, Host]) -> None:
        PoliteGate().before_request("https://two.example/")
        PoliteGate().before_request("https://two.example/")  # the next turn is two seconds from now
        step = made("s", limits=Limits(total=1.0))
        context = Context(step, listing_of(make.tool()), Subject(""), gate=PoliteGate())
        assert context.fetch("https://one.example/away").status == 200
