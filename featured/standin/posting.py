"""Events on their way to the webhook: signed, sent by a thread, and held back, doubled, mixed up or lost on demand."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from featured.standin.refused import Refused

SECRET = "whsec_standin"  # noqa: S105  # what a test shows
PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)  # seconds before it is sent again; Stripe goes on for three days
PATIENCE = 20.0  # seconds for an answer


@dataclass
class Letter:
    """An event to be sent once more."""

    event: dict[str, Any]
    wrong: bool = False  # signed with another secret
    attempt: int = 0
    not_before: float = 0.0

    def body(self) -> bytes:
        """Return what is sent: the same bytes each time, as the signature is of them."""
        return json.dumps(self.event, indent=2).encode()

    def signature(self, secret: str, at: int | None = None) -> str:
        """Return the header Stripe-Signature. https://docs.stripe.com/webhooks#verify-manually"""
        return sign(self.body(), "whsec_of_somebody_else" if self.wrong else secret, at)


def sign(body: bytes, secret: str, at: int | None = None) -> str:
    """Return Stripe-Signature for a body; `at` in seconds since 1970, now by default (never the account's clock)."""
    moment = int(time.time()) if at is None else at
    digest = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


@dataclass
class Post:
    """The letters that wait, and a thread that sends them once `start` was called."""

    url: str = ""
    secret: str = SECRET
    held: bool = False
    drop_next: int = 0
    wrong_next: int = 0
    pending: list[Letter] = field(default_factory=list)
    sent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=1_000))  # the last; status 0: no answer
    lock: threading.RLock = field(default_factory=threading.RLock)
    _closing: threading.Event = field(default_factory=threading.Event)

    def reset(self) -> None:
        """Forget what waits and what was wished."""
        with self.lock:
            self.pending = []
            self.sent.clear()
            self.held, self.drop_next, self.wrong_next = False, 0, 0

    def add(self, event: dict[str, Any]) -> None:
        """Take an event, unless it is one of those that get lost."""
        with self.lock:
            if self.drop_next:
                self.drop_next -= 1
                return
            wrong, self.wrong_next = self.wrong_next > 0, max(0, self.wrong_next - 1)
            self.pending.append(Letter(event, wrong=wrong))

    # -- what can go wrong on the way ------------------------------------------------------------------------

    def drop(self, count: int = 1) -> None:
        """Lose the next `count` events."""
        self.drop_next += count

    def lose(self, *kinds: str) -> int:
        """Lose what waits: of these kinds, or all; return how many were lost."""
        with self.lock:
            kept = [one for one in self.pending if kinds and one.event["type"] not in kinds]
            lost, self.pending = len(self.pending) - len(kept), kept
            return lost

    def missign(self, count: int = 1) -> None:
        """Sign the next `count` events with a secret of somebody else."""
        self.wrong_next += count

    def duplicate(self, times: int = 1) -> None:
        """Put everything that waits in once more, `times` times."""
        with self.lock:
            self.pending += [Letter(one.event, one.wrong) for one in list(self.pending) for _ in range(times)]

    def reorder(self, order: Sequence[str]) -> None:
        """Let what waits go in the order of these ids or types; what is not named goes last, as it came."""
        with self.lock:
            places = {name: place for place, name in enumerate(order)}
            last = len(places)
            self.pending.sort(
                key=lambda one: min(places.get(one.event["id"], last), places.get(one.event["type"], last))
            )

    def take(self) -> list[Letter]:
        """Take everything out that waits, in its order."""
        with self.lock:
            taken, self.pending = self.pending, []
            return taken

    # -- sending ---------------------------------------------------------------------------------------------

    def start(self, url: str, secret: str = "") -> None:
        """Send to `url` (this machine only) from now on. Raises Refused for another machine."""
        self.url, self.secret = near(url), secret or self.secret
        self.stop()
        self._closing = threading.Event()  # of this thread: the one before may not have seen that it has to end
        threading.Thread(target=self._run, args=(self._closing,), name="stripe-stand-in-post", daemon=True).start()

    def stop(self) -> None:
        """End the thread."""
        self._closing.set()

    def deliver(self) -> list[int]:
        """Send what waits now, held back or not; return the answers' status codes."""
        return [self.send(letter) for letter in self.take()]

    def send(self, letter: Letter) -> int:
        """Send one letter; return the status of the answer, 0 for none. What fails waits for another attempt."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (stand-in)"}
        body = letter.body()
        status = _post(self.url, body, headers | {"Stripe-Signature": letter.signature(self.secret)})
        with self.lock:
            self.sent.append({"event": letter.event["id"], "type": letter.event["type"], "status": status})
            if 200 <= status < 300:
                letter.event["pending_webhooks"] = 0
            elif letter.attempt < len(PAUSES):
                again = time.monotonic() + PAUSES[letter.attempt]
                self.pending.append(Letter(letter.event, letter.wrong, letter.attempt + 1, again))
        return status

    def _run(self, closing: threading.Event) -> None:
        while not closing.wait(0.05):
            with self.lock:
                now = time.monotonic()
                ready = [] if self.held else [one for one in self.pending if one.not_before <= now]
                self.pending = [one for one in self.pending if one not in ready]
            for letter in ready:
                self.send(letter)


def near(url: str) -> str:
    """Return `url` if it is on this machine. Raises Refused."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme != "http" or not loopback:
        raise Refused(f"The webhook must be on this machine, as http://127.0.0.1:8000/…, not {url!r}", param="url")
    return url


def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PATIENCE)
    try:
        connection.request("POST", parts.path or "/", body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
