"""The account at the stand-in: its objects, its clock, what it will do later, and what it tells."""

from __future__ import annotations

import copy
import heapq
import itertools
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from featured.standin import parameters, posting
from featured.standin.faults import Faults
from featured.standin.refused import Refused, missing

Thing = dict[str, Any]
Later = Callable[["Account", str], None]
KEY = "sk_test_standin"  # what a test shows; any test key is taken


class Account:
    """Everything in memory, behind one lock. Whoever changes it holds the lock: `with account.lock`."""

    def __init__(self, base: str = "http://127.0.0.1") -> None:
        """`base` is the address under which the pages of the stand-in are opened."""
        self.base = base
        self.lock = threading.RLock()
        self.post = posting.Post()
        self.reset()

    def reset(self) -> None:
        """Forget everything; the clock goes right again."""
        self.objects: dict[str, Thing] = {}
        self.events: list[Thing] = []
        self.tax_rates: dict[str, float] = {}  # by subscription
        self.lines: dict[str, list[Thing]] = {}  # by checkout session
        self.session_data: dict[str, Thing] = {}  # payment_intent_data or subscription_data, by checkout session
        self.answers: dict[str, Any] = {}  # by Idempotency-Key (featured/standin/api.py)
        self.calls: deque[tuple[str, str]] = deque(maxlen=10_000)  # method and path of the last ones
        self.faults = Faults()
        self.refund_outcomes: list[str] = []  # of the next refunds
        self.renewal_outcomes: list[str] = []  # of the next attempts to collect a renewal
        self.answered = 0  # calls
        self.request: Thing = {"id": None, "idempotency_key": None}  # the one that is being answered
        self.ahead = 0
        self._moment: int | None = None
        self.due: list[tuple[int, int, Later, str]] = []
        self._serial = itertools.count()
        self.post.reset()

    # -- objects --------------------------------------------------------------------------------------------

    def new(self, shape: str, prefix: str, **values: Any) -> Thing:
        """Store and return an object of the library's class `shape`; `prefix` is that of its id."""
        thing = parameters.blank(shape) | {"id": f"{prefix}_{secrets.token_hex(12)}"} | values
        if "created" in thing:
            thing["created"] = self.now()
        self.objects[thing["id"]] = thing
        return thing

    def get(self, kind: str, key: str, param: str = "id") -> Thing:
        """Return the object of that kind and id. Raises Refused."""
        thing = self.objects.get(key)
        if thing is None or thing["object"] != kind:
            raise missing(kind, key, param)
        return thing

    def all(self, kind: str) -> Iterator[Thing]:
        """Return the objects of a kind, latest first."""
        return (thing for thing in reversed(list(self.objects.values())) if thing["object"] == kind)

    # -- time -----------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return the time of the account, in seconds since 1970."""
        return self._moment if self._moment is not None else int(time.time()) + self.ahead

    def later(self, at: int, what: Later, key: str) -> None:
        """Do `what` with the object of that id when the clock shows `at`."""
        heapq.heappush(self.due, (at, next(self._serial), what, key))

    def advance(self, seconds: int) -> None:
        """Move the clock on, and do what comes due on the way, each at its time. Raises Refused to go back."""
        if seconds < 0:
            raise Refused("The clock goes forward only", param="seconds")
        with self.lock:
            self.ahead += seconds
            self.catch_up()

    def catch_up(self) -> None:
        """Do what is due by now."""
        with self.lock:
            while self.due and self.due[0][0] <= self.now():
                self._moment, _, what, key = heapq.heappop(self.due)
                try:
                    what(self, key)
                finally:
                    self._moment = None

    # -- events ---------------------------------------------------------------------------------------------

    def emit(self, kind: str, thing: Thing, before: Thing | None = None) -> Thing:
        """Tell that `kind` happened to `thing`; `before` are the attributes that changed, as they were."""
        event = self.new("Event", "evt", type=kind, api_version=parameters.API_VERSION, pending_webhooks=1)
        event["data"] = {"object": copy.deepcopy(thing)} | ({"previous_attributes": before} if before else {})
        event["request"] = dict(self.request)
        self.events.append(event)
        self.post.add(event)
        return event
