"""Limits: exact under load, one call, the server's own clock, nothing of anybody in clear, and a server that dies."""

from __future__ import annotations

import json
import logging
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import redis

from core import ratelimit
from core.ratelimit import Ask, Decision, Limit, Local, take, take_all
from tests.core.valkeys import OwnValkey, own_valkey

__all__ = ["own_valkey"]
ROOT = Path(__file__).resolve().parents[2]
LONG = 10_000_000  # seconds: what comes back while a test runs is less than a unit


def made(
    quota: int = 10,
    window: int = LONG,
    when_down: Literal["open", "closed"] = "closed",
    cost: int = 1,
    name: str = "made",
) -> Limit:
    return Limit(name, quota, window, when_down, "No.", cost)


@pytest.fixture(autouse=True)
def _as_written(settings: Any) -> Iterator[None]:
    settings.LIMITS_SCALE = 1
    ratelimit.local.full_at.clear()
    yield
    ratelimit.local.full_at.clear()


@pytest.fixture
def key() -> str:
    """A client that nobody has counted yet."""
    return uuid.uuid4().hex


def brief(decision: Decision) -> tuple[bool, int, str]:
    return decision.allowed, decision.remaining, decision.counted


# -- exact -------------------------------------------------------------------------------------------------------------


def race(key: str, *, quota: int, cost: int = 1, processes: int = 2, threads: int = 50) -> list[int]:
    """Let processes take at the same moment; return what remained after each take that was allowed."""
    arguments = ["race", key, str(quota), "3600", str(threads), str(cost)]
    command = [sys.executable, "-m", "tests.core.taker", *arguments]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0] * processes
    return sorted(remained for text in said for remained in json.loads(text))


def test_of_100_parallel_takes_in_two_processes_exactly_as_many_pass_as_there_are(key: str) -> None:
    assert race(key, quota=20) == list(range(20))  # each unit was given to one of them


def test_costs_are_exact_under_load_too(key: str) -> None:
    assert race(key, quota=20, cost=3) == [2, 5, 8, 11, 14, 17]


# -- one after the other -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quota", [1, 3, 7, 10, 600])
def test_a_quota_is_there_at_once_and_not_one_more(key: str, quota: int) -> None:
    limit = made(quota)
    seen = [brief(take(limit, key)) for _ in range(quota)]
    assert seen == [(True, left, "shared") for left in reversed(range(quota))]
    assert [brief(take(limit, key)) for _ in range(3)] == [(False, 0, "shared")] * 3


def test_when_to_come_back_and_when_all_is_back(key: str) -> None:
    limit = made(10)  # a unit comes back every million seconds
    decisions = [take(limit, key) for _ in range(12)]
    waits = [(-(-one.retry_after // 1_000), -(-one.reset_after // 1_000)) for one in decisions]
    assert waits == [(0, thousands * 1_000) for thousands in range(1, 11)] + [(1_000, 10_000)] * 2
    assert decisions[-1].retry_after < 1_000_000  # by what passed since the first


def test_who_waits_as_long_as_told_passes(key: str) -> None:
    limit = made(2, window=1)
    took = [take(limit, key).allowed for _ in range(2)]
    refused = take(limit, key)
    assert (took, refused.allowed) == ([True, True], False)
    assert 0 < refused.retry_after <= 0.5
    time.sleep(refused.retry_after)
    assert take(limit, key).allowed


def test_a_unit_comes_back_only_after_its_time(key: str) -> None:
    limit = made(1, window=2)
    assert take(limit, key).allowed
    time.sleep(0.5)
    assert take(limit, key).allowed is False


def test_clients_and_limits_are_counted_apart(key: str) -> None:
    assert take(made(1), key).allowed
    assert [take(made(1), key).allowed, take(made(1), f"{key}x").allowed] == [False, True]
    assert take(made(1, name="other"), key).allowed


def test_costs(key: str) -> None:
    limit = made(10)
    seen = [brief(take(limit, key, cost))[:2] for cost in (3, 3, 3, 3, 2, 1, 1)]
    assert seen == [(True, 7), (True, 4), (True, 1), (False, 1), (False, 1), (True, 0), (False, 0)]


def test_a_refused_cost_waits_for_all_its_units(key: str) -> None:
    limit = made(10)
    take(limit, key, 9)
    assert -(-take(limit, key, 4).retry_after // 1_000) == 3_000


def test_a_limit_has_a_cost_of_its_own(key: str) -> None:
    assert brief(take(made(10, cost=4), key)) == (True, 6, "shared")
    assert brief(take(made(10, cost=4), key, 1)) == (True, 5, "shared")


def test_a_look_takes_nothing(key: str) -> None:
    limit = made(2)
    assert [brief(take(limit, key, 0)) for _ in range(3)] == [(True, 2, "shared")] * 3
    take(limit, key, 2)
    assert brief(take(limit, key, 0)) == (True, 0, "shared")


@pytest.mark.parametrize("cost", [-1, 11])
def test_a_cost_that_can_never_pass_is_a_mistake_of_ours(key: str, cost: int) -> None:
    with pytest.raises(ValueError, match=rf"^The limit made has 10 units: {cost} can never be taken\.$"):
        take(made(10), key, cost)


# -- several at once ---------------------------------------------------------------------------------------------------


def test_of_several_limits_all_are_taken_from_or_none(key: str) -> None:
    wide, narrow = made(5, name="wide"), made(1, name="narrow")
    asks = [Ask(wide, key), Ask(narrow, key)]
    assert [brief(one) for one in take_all(asks)] == [(True, 4, "shared"), (True, 0, "shared")]
    assert [brief(one) for one in take_all(asks)] == [(True, 4, "shared"), (False, 0, "shared")]
    assert [brief(one) for one in take_all(asks[::-1])] == [(False, 0, "shared"), (True, 4, "shared")]
    assert brief(take(wide, key)) == (True, 3, "shared")


def test_several_limits_with_costs_of_their_own(key: str) -> None:
    first, second = made(10, name="first"), made(100, name="second")
    decisions = take_all([Ask(first, key, 2), Ask(second, key, 30)])
    assert [brief(one) for one in decisions] == [(True, 8, "shared"), (True, 70, "shared")]


def test_one_limit_for_two_clients_in_one_call(key: str) -> None:
    limit = made(2)
    take(limit, f"{key} b")
    decisions = take_all([Ask(limit, f"{key} a"), Ask(limit, f"{key} b")])
    assert [brief(one) for one in decisions] == [(True, 1, "shared"), (True, 0, "shared")]


def test_asking_the_same_twice_in_one_call_is_a_mistake_of_ours(key: str) -> None:
    with pytest.raises(
        ValueError, match=r"^The same limit is asked twice for the same key: ask once, with the sum of the costs\.$"
    ):
        take_all([Ask(made(), key), Ask(made(), key)])
    assert brief(take(made(), key, 0)) == (True, 10, "shared")


# -- what a limit is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "quota", "window", "cost", "said"),
    [
        ("Upper", 1, 1, 1, "'Upper' is no name for a limit: use small letters, digits and hyphens."),
        ('a"', 1, 1, 1, "'a\"' is no name for a limit: use small letters, digits and hyphens."),
        ("x", 0, 1, 1, "The limit x lets nothing pass: quota, window and cost are 1 or more."),
        ("x", 1, 0, 1, "The limit x lets nothing pass: quota, window and cost are 1 or more."),
        ("x", 1, 1, 0, "The limit x lets nothing pass: quota, window and cost are 1 or more."),
        ("x", 1, 1, 2, "The limit x lets nothing pass: quota, window and cost are 1 or more."),
        ("x", 1_001, 1, 1, "The limit x is finer than its clock: at most 1,000 units a second."),
    ],
)
def test_a_limit_that_cannot_be_is_refused(name: str, quota: int, window: int, cost: int, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}$"):
        Limit(name, quota, window, "open", "", cost)


def test_the_scale_multiplies_every_quota(settings: Any, key: str) -> None:
    settings.LIMITS_SCALE = 3
    limit = made(2)
    assert (limit.most, [brief(take(limit, key))[:2] for _ in range(7)]) == (
        6,
        [(True, 5), (True, 4), (True, 3), (True, 2), (True, 1), (True, 0), (False, 0)],
    )


def test_the_finest_limit_at_the_largest_scale_still_counts(settings: Any, key: str) -> None:
    settings.LIMITS_SCALE = ratelimit.MOST_SCALE
    assert made(1_000, window=1).interval == 1
    assert brief(take(made(1_000, window=1), key))[:2] == (True, 999_999)


# -- what the server sees ----------------------------------------------------------------------------------------------


def calls(client: redis.Redis) -> dict[str, int]:
    """Return how often each command was called since the counters were set back."""
    stats: dict[str, Any] = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}


def test_a_decision_is_one_call_however_many_limits_there_are(own_valkey: OwnValkey, key: str) -> None:
    take(made(), "first")  # makes connection and script known
    with own_valkey.client() as client:
        client.config_resetstat()
        take_all([Ask(made(name=name), key) for name in ("one", "two", "three")])
        seen = calls(client)
    for name in ("config|resetstat", "info", "hello", "client|setinfo"):  # the test's own
        seen.pop(name, None)
    assert seen == {"evalsha": 1, "time": 1, "get": 3, "set": 3}  # the last three inside the script


def test_a_server_that_forgot_the_script_is_told_again(own_valkey: OwnValkey, key: str) -> None:
    limit = made(3)
    take(limit, key)
    with own_valkey.client() as client:
        client.script_flush()
        client.config_resetstat()
        assert [brief(take(limit, key)) for _ in range(2)] == [(True, 1, "shared"), (True, 0, "shared")]
        seen = calls(client)
    assert {name: seen.get(name) for name in ("evalsha", "eval")} == {"evalsha": 2, "eval": 1}


def test_nothing_of_a_client_is_stored_in_clear(own_valkey: OwnValkey) -> None:
    for secret in ("ada@example.com", "192.0.2.77"):
        take(made(name="sign-in"), secret)
    with own_valkey.client() as client:
        keys = sorted(client.keys())
        values = [client.get(one) for one in keys]
    assert [bool(re.fullmatch(r"limit:sign-in:[0-9a-f]{32}", one)) for one in keys] == [True, True]
    assert [bool(re.fullmatch(r"\d{16}", one)) for one in values] == [True, True]


def test_another_site_on_the_same_server_counts_apart(settings: Any, key: str) -> None:
    take(made(1), key)
    settings.SECRET_KEY = "another" * 10
    assert take(made(1), key).allowed


def test_keys_go_by_themselves(own_valkey: OwnValkey) -> None:
    short = made(10, window=2)
    take(short, "a")
    take(made(10, window=1_000), "b", 5)
    with own_valkey.client() as client:
        lives = sorted(client.pttl(one) for one in client.scan_iter())
        assert 0 < lives[0] <= 200  # milliseconds: until the quota is full again
        assert 490_000 < lives[1] <= 500_000
        time.sleep(0.3)
        assert [client.pttl(one) > 400_000 for one in client.scan_iter()] == [True]
    assert brief(take(short, "a")) == (True, 9, "shared")


def test_a_refusal_does_not_make_a_key_live_longer(own_valkey: OwnValkey) -> None:
    limit = made(1, window=1_000)
    take(limit, "a")
    with own_valkey.client() as client:
        name = client.keys()[0]
        before = client.get(name), client.expiretime(name)
        assert take(limit, "a").allowed is False
        assert (client.get(name), client.expiretime(name)) == before


def test_the_clock_is_the_servers_and_not_ours(own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = made(1, window=1_000)
    take(limit, "a")
    for name in ("time", "time_ns"):
        monkeypatch.setattr(time, name, lambda: 0)
    assert take(limit, "a").allowed is False
    with own_valkey.client() as client:
        seconds, micros = client.time()
        stored = int(client.get(client.keys()[0]))
    assert 990 * 10**6 < stored - (seconds * 10**6 + micros) <= 1_000 * 10**6


@pytest.mark.parametrize("ahead", [1_001, 86_400 * 365])
def test_a_clock_that_was_set_back_keeps_nobody_out_longer_than_a_window(own_valkey: OwnValkey, ahead: int) -> None:
    limit = made(10, window=1_000)
    take(limit, "a")
    with own_valkey.client() as client:
        seconds, _ = client.time()
        client.set(client.keys()[0], f"{(seconds + ahead) * 10**6}", px=10**12)
    refused = take(limit, "a")
    assert (brief(refused), refused.retry_after, refused.reset_after) == ((False, 0, "shared"), 100.0, 1_000.0)


def test_what_lies_in_the_past_counts_as_nothing(own_valkey: OwnValkey) -> None:
    limit = made(10, window=1_000)
    take(limit, "a")
    with own_valkey.client() as client:
        client.set(client.keys()[0], "1000000")
    assert brief(take(limit, "a")) == (True, 9, "shared")


# -- a server that dies ------------------------------------------------------------------------------------------------


def test_killed_server_reads_are_counted_here_and_writes_refused(
    own_valkey: OwnValkey, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    naps: list[float] = []
    monkeypatch.setattr("redis.retry.sleep", naps.append)
    reads, writes = made(3, when_down="open", name="reads"), made(3, name="writes")
    assert [brief(take(reads, "a")), brief(take(writes, "a"))] == [(True, 2, "shared")] * 2
    own_valkey.signal(signal.SIGKILL)
    with caplog.at_level(logging.WARNING, "core.ratelimit"):
        seen = [brief(take(reads, "a")) for _ in range(4)]
        assert seen == [(True, 2, "here"), (True, 1, "here"), (True, 0, "here"), (False, 0, "here")]
        refused = take(writes, "a")
        assert (brief(refused), refused.retry_after) == ((False, 0, "nowhere"), ratelimit.BACK_IN)
        both = take_all([Ask(reads, "b"), Ask(writes, "b")])
        assert [brief(one) for one in both] == [(False, 0, "nowhere")] * 2
        assert len(caplog.records) == 1  # not one for each request
        assert naps == []  # nobody waits before trying again
        own_valkey.start()
        time.sleep(ratelimit.LEFT_ALONE + 0.05)
        assert [one.counted for one in (take(reads, "c"), take(writes, "c"))] == ["shared", "shared"]
    assert [record.getMessage()[:40] for record in caplog.records] == [
        "The server of the limits does not answer",
        "The server of the limits answers again.",
    ]


def test_a_server_that_was_restarted_meanwhile_is_not_noticed(own_valkey: OwnValkey) -> None:
    limit = made(3)
    take(limit, "a")
    own_valkey.signal(signal.SIGKILL)
    own_valkey.start()
    assert take(limit, "b").counted == "shared"  # on a new connection, with a script that it did not know


def test_a_server_that_hangs_makes_one_request_wait_and_not_all(own_valkey: OwnValkey) -> None:
    reads, writes = made(1_000, when_down="open"), made(1_000)
    take(reads, "a")
    own_valkey.signal(signal.SIGSTOP)
    began = time.monotonic()
    counted = [take(reads, "a").counted for _ in range(50)] + [take(writes, "a").counted]
    waited = time.monotonic() - began
    assert counted == ["here"] * 50 + ["nowhere"]
    assert ratelimit.ANSWER_WITHIN <= waited < 2 * ratelimit.ANSWER_WITHIN  # once, and not tried again
    own_valkey.signal(signal.SIGCONT)


def test_a_server_that_cannot_write_counts_as_down(own_valkey: OwnValkey) -> None:
    with own_valkey.client() as client:
        client.config_set("maxmemory", "1")
    assert [take(made(), "a").counted, take(made(when_down="open"), "a").counted] == ["nowhere", "here"]


def test_without_any_server_each_process_counts_for_itself(settings: Any) -> None:
    settings.LIMITS_STORE = ""
    limit = made(1)
    assert [brief(take(limit, "a")) for _ in range(2)] == [(True, 0, "here"), (False, 0, "here")]


# -- counted in this process -------------------------------------------------------------------------------------------


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[float]:
    """The clock of the counting here, in seconds; its only item is the time."""
    settings.LIMITS_STORE = ""
    clock = [1_000.0]
    monkeypatch.setattr(time, "monotonic_ns", lambda: int(clock[0] * 1_000_000_000))
    return clock


def test_counted_here_a_unit_comes_back_to_the_microsecond(now: list[float]) -> None:
    limit = made(4, window=10)
    for left in (3, 2, 1, 0):
        assert brief(take(limit, "a")) == (True, left, "here")
    refused = take(limit, "a")
    assert (refused.allowed, refused.retry_after, refused.reset_after) == (False, 2.5, 10.0)
    now[0] += 2.499999
    assert take(limit, "a").allowed is False
    now[0] += 0.000001
    assert brief(take(limit, "a")) == (True, 0, "here")
    now[0] += 6.0
    looked = take(limit, "a", 0)
    assert (looked.remaining, looked.reset_after) == (2, 4.0)


def test_counted_here_all_or_none_and_costs(now: list[float]) -> None:
    wide, narrow = made(5, name="wide"), made(1, name="narrow")
    asks = [Ask(wide, "a", 2), Ask(narrow, "a")]
    assert [brief(one) for one in take_all(asks)] == [(True, 3, "here"), (True, 0, "here")]
    assert [brief(one) for one in take_all(asks)] == [(True, 3, "here"), (False, 0, "here")]
    assert brief(take(wide, "a", 4)) == (False, 3, "here")
    assert brief(take(wide, "a", 3)) == (True, 0, "here")


def test_counted_here_a_lowered_quota_keeps_nobody_out_longer_than_a_window(now: list[float], settings: Any) -> None:
    limit = made(1, window=10)
    settings.LIMITS_SCALE = 100
    take(limit, "a")
    settings.LIMITS_SCALE = 1
    ratelimit.local.full_at[next(iter(ratelimit.local.full_at))] += 10**12
    refused = take(limit, "a")
    assert (refused.allowed, refused.retry_after, refused.reset_after) == (False, 10.0, 10.0)


def test_counted_here_memory_is_bounded_and_the_longest_unseen_is_forgotten_first() -> None:
    counted = Local(most=2)
    for name in ("a", "b", "a", "c"):
        assert counted.run([ratelimit.Bucket(name, 1_000_000_000, 5, 1)])[0][0]
    assert list(counted.full_at) == ["a", "c"]
