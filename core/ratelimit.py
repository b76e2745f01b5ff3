"""How often somebody may do something: GCRA, counted for all processes in one call of a script on Valkey.

GCRA (generic cell rate algorithm, ITU-T I.371) keeps one number for each limit and client: when the quota would be full
again. A whole quota may be taken at once, then a unit comes back every window / quota seconds. The script reads the
clock of Valkey, decides and writes in one step, so that parallel requests of any number of processes take exactly
what there is. docs/limits.md has the decisions.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

SECOND = 1_000_000  # times are whole microseconds: exact in Lua's doubles until the year 2255
MOST_SCALE = 1_000
ANSWER_WITHIN = 0.5  # seconds for Valkey to take a connection, and to answer
LEFT_ALONE = 1.0  # seconds in which a Valkey that did not answer is not asked again: nobody should wait in turn
BACK_IN = 10.0  # seconds after which a client that was refused because of that should come back
MOST_HERE = 10_000  # clients that one process counts for itself, about 2 MB

# For each key: interval, quota, cost. Answers for each: whether it fits, and the debt in microseconds (what has been
# taken and has not come back yet). A debt can never be more than the quota: cut to it, a clock that was set back or a
# quota that was lowered keeps nobody out for longer than a window.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local debts, answer, all = {}, {}, true
for i, key in ipairs(KEYS) do
  local most, added = ARGV[3 * i - 2] * ARGV[3 * i - 1], ARGV[3 * i - 2] * ARGV[3 * i]
  local full = tonumber(redis.call('GET', key) or now)
  debts[i] = math.min(math.max(full - now, 0), most)
  answer[2 * i - 1] = debts[i] + added <= most and 1 or 0
  all = all and answer[2 * i - 1] == 1
end
for i, key in ipairs(KEYS) do
  local added = ARGV[3 * i - 2] * ARGV[3 * i]
  if all and added > 0 then
    debts[i] = debts[i] + added
    redis.call('SET', key, string.format('%.0f', now + debts[i]), 'PX', math.ceil(debts[i] / 1000))
  end
  answer[2 * i] = debts[i]
end
return answer
"""
SHA = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Limit:
    """How much of something one client may do: `quota` units at once, which come back evenly over `window` seconds.

    `told` is the sentence for who is refused, with {quota} and {window} in it. `when_down`: whether it lets pass (after
    counting in the process alone) or refuses while Valkey does not answer. `cost`: the units of one request.
    """

    name: str
    quota: int
    window: int
    when_down: Literal["open", "closed"]
    told: str
    cost: int = 1

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.name):
            raise ValueError(f"{self.name!r} is no name for a limit: use small letters, digits and hyphens.")
        if not (self.quota >= 1 and self.window >= 1 and 1 <= self.cost <= self.quota):
            raise ValueError(f"The limit {self.name} lets nothing pass: quota, window and cost are 1 or more.")
        if self.quota * MOST_SCALE > self.window * SECOND:
            raise ValueError(f"The limit {self.name} is finer than its clock: at most 1,000 units a second.")

    @property
    def most(self) -> int:
        """The quota in force: LIMITS_SCALE times what is written here."""
        return self.quota * int(settings.LIMITS_SCALE)

    @property
    def interval(self) -> int:
        """Microseconds until one unit comes back."""
        return self.window * SECOND // self.most


class Ask(NamedTuple):
    """One limit to be asked, for one client; `cost` in units, None for the limit's own. With 0 nothing is taken."""

    limit: Limit
    key: str
    cost: int | None = None


@dataclass(frozen=True)
class Decision:
    """What one limit said. Nothing was taken unless every limit of the call allowed it.

    `remaining`: units that could be taken now; `retry_after`: seconds until the same would be allowed, 0 when it is;
    `reset_after`: seconds until the quota is full again; `partition`: the digest of the client's key; `counted`: by
    Valkey for all processes, here in this process only, or nowhere (refused because Valkey does not answer).
    """

    limit: Limit
    allowed: bool
    remaining: int
    retry_after: float
    reset_after: float
    partition: str
    counted: Literal["shared", "here", "nowhere"] = "shared"


class Bucket(NamedTuple):
    """A key of the store and what is to be taken from it; the interval in microseconds."""

    name: str
    interval: int
    quota: int
    cost: int


Answer = list[tuple[bool, int]]  # for each bucket: whether it fits, and the debt in microseconds


def take(limit: Limit, key: str, cost: int | None = None) -> Decision:
    """Take `cost` units (the limit's own by default) of what `key` may; the key itself is stored nowhere.

    Raises ValueError when the cost is more than the quota, so that it could never be allowed.
    """
    return take_all([Ask(limit, key, cost)])[0]


def take_all(asks: Sequence[Ask]) -> list[Decision]:
    """Ask several limits in one call and take from all of them or, when one refuses, from none.

    Raises ValueError when a cost is more than its quota, or when the same limit is asked twice for the same key.
    """
    if not asks:
        return []
    partitions = [_partition(ask) for ask in asks]
    buckets = [_bucket(ask, digest) for ask, digest in zip(asks, partitions, strict=True)]
    if len({bucket.name for bucket in buckets}) < len(buckets):
        raise ValueError("The same limit is asked twice for the same key: ask once, with the sum of the costs.")
    counted: Literal["shared", "here"] = "shared"
    url: str = settings.LIMITS_STORE
    answer = store(url).run(buckets) if url else None
    if answer is None:
        if url and any(ask.limit.when_down == "closed" for ask in asks):
            refused = zip(asks, partitions, strict=True)
            return [Decision(ask.limit, False, 0, BACK_IN, BACK_IN, digest, "nowhere") for ask, digest in refused]
        answer, counted = local.run(buckets), "here"
    decisions = []
    for ask, digest, bucket, (fits, debt) in zip(asks, partitions, buckets, answer, strict=True):
        room = bucket.interval * bucket.quota - debt
        wait = 0 if fits else bucket.interval * bucket.cost - room
        left = room // bucket.interval
        decisions.append(Decision(ask.limit, fits, left, wait / SECOND, debt / SECOND, digest, counted))
    return decisions


def _partition(ask: Ask) -> str:
    """Return what stands for a key outside this process. With the site's secret: addresses are few enough to try."""
    text = f"{ask.limit.name} {ask.key}"
    return hmac.digest(_secret(settings.SECRET_KEY), text.encode(), "sha256").hex()[:32]


@functools.lru_cache(maxsize=4)
def _secret(site: str) -> bytes:
    """Return the limits' own secret, of the site's; as `salted_hmac` makes it, once instead of for each request."""
    return hashlib.sha256(b"core.ratelimit" + site.encode()).digest()


def _bucket(ask: Ask, digest: str) -> Bucket:
    limit = ask.limit
    cost = limit.cost if ask.cost is None else ask.cost
    if not 0 <= cost <= limit.quota:
        raise ValueError(f"The limit {limit.name} has {limit.quota} units: {cost} can never be taken.")
    return Bucket(f"limit:{limit.name}:{digest}", limit.interval, limit.most, cost)


class Store:
    """The Valkey (or Redis 5 and newer) that counts for all processes. Safe for threads and forks."""

    def __init__(self, url: str) -> None:
        # Nothing is tried again: waiting would double. A kept connection that has gone is noticed before it is used.
        self.client = redis.Redis.from_url(url, socket_timeout=ANSWER_WITHIN, socket_connect_timeout=ANSWER_WITHIN)
        self.down, self.ask_again_at = False, 0.0

    def run(self, buckets: Sequence[Bucket]) -> Answer | None:
        """Take what is to be taken; None when the server does not do it, now or a moment ago."""
        if self.down and time.monotonic() < self.ask_again_at:
            return None
        keys = [bucket.name for bucket in buckets]
        numbers = [number for bucket in buckets for number in bucket[1:]]
        try:
            found = self._call(keys, numbers)
        except redis.RedisError as error:
            self._failed(error)
            return None
        if self.down:
            logger.warning("The server of the limits answers again.")
        self.down = False
        return [(bool(fits), debt) for fits, debt in zip(found[::2], found[1::2], strict=True)]

    def _call(self, keys: list[str], numbers: list[int]) -> list[int]:
        try:
            found = self.client.evalsha(SHA, len(keys), *keys, *numbers)
        except redis.exceptions.NoScriptError:  # a server that has just started; EVAL makes it known
            found = self.client.eval(SCRIPT, len(keys), *keys, *numbers)
        assert isinstance(found, list)
        return found

    def _failed(self, error: redis.RedisError) -> None:
        if not self.down:
            logger.warning(
                "The server of the limits does not answer (%s). Until it does, reads are counted by each process for"
                " itself, and sign-in and whatever else changes something is refused.",
                error,
            )
        self.down, self.ask_again_at = True, time.monotonic() + LEFT_ALONE


class Local:
    """The same for one process, in memory that is bounded: the client that was longest not seen is forgotten first."""

    def __init__(self, most: int = MOST_HERE) -> None:
        self.most, self.lock = most, threading.Lock()
        self.full_at: OrderedDict[str, int] = OrderedDict()

    def run(self, buckets: Sequence[Bucket]) -> Answer:
        """Take what is to be taken."""
        with self.lock:
            now = time.monotonic_ns() // 1_000
            debts = [max(self.full_at.get(bucket.name, now) - now, 0) for bucket in buckets]
            debts = [min(debt, bucket.interval * bucket.quota) for debt, bucket in zip(debts, buckets, strict=True)]
            answer = []
            for debt, bucket in zip(debts, buckets, strict=True):
                answer.append((debt + bucket.interval * bucket.cost <= bucket.interval * bucket.quota, debt))
            if not all(fits for fits, _ in answer):
                return answer
            for place, (debt, bucket) in enumerate(zip(debts, buckets, strict=True)):
                if bucket.cost:
                    answer[place] = (True, debt + bucket.interval * bucket.cost)
                    self.full_at[bucket.name] = now + answer[place][1]
                    self.full_at.move_to_end(bucket.name)
            while len(self.full_at) > self.most:
                self.full_at.popitem(last=False)
            return answer


local = Local()


@functools.lru_cache(maxsize=4)
def store(url: str) -> Store:
    """Return this process's connections to the server at `url`; nothing is sent before something is asked."""
    return Store(url)
