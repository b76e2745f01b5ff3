"""Politeness, kept in the database so that all workers share it: turns, daily budgets, Retry-After, opt-outs.

Reference: ≥ 1 s between two requests to one registrable domain or address, Crawl-delay honoured up to 30 s after a page
(hops of one redirect and calls of endpoints keep the second), Retry-After up to a day, a daily budget for scheduled
runs. One request in flight for each domain is a constraint of RunStep.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from core.safehttp import Answer, Policy
from verification import robots
from verification.context import NotAsked
from verification.domains import domain_of, registrable
from verification.models import RobotsFile

SPACING = 1.0  # seconds between two requests to one domain or address
PATIENCE = 5.0  # seconds a worker waits for a turn; a longer wait puts the step back
WITHIN = (
    20.0  # seconds it waits between two pages of one step for a Crawl-delay; asked anew, the step would get no further
)
BUSY = {"github.com": 3_000, "gitlab.com": 3_000, "huggingface.co": 3_000}  # hosts of very many tools: a day's budget
ROBOTS_TTL = dt.timedelta(hours=24)  # RFC 9309, 2.4
ROBOTS_FAILED_TTL = dt.timedelta(minutes=10)  # of one that answered 5xx: that passes

TURN = """
INSERT INTO verification_hostbudget AS b (key, next_at, day, used)
SELECT %(key)s, clock_timestamp() + %(spacing)s * interval '1 second', (now() AT TIME ZONE 'UTC')::date, 1
WHERE NOT EXISTS (SELECT 1 FROM verification_optout WHERE domain = %(key)s)
ON CONFLICT (key) DO UPDATE SET
  next_at = greatest(b.next_at, clock_timestamp()) + %(spacing)s * interval '1 second',
  used = CASE WHEN b.day = excluded.day THEN b.used + 1 ELSE 1 END,
  day = excluded.day
WHERE b.next_at <= clock_timestamp() + %(patience)s * interval '1 second'
  AND (%(unlimited)s OR b.day <> excluded.day OR b.used < coalesce(b.daily, %(daily)s))
RETURNING extract(epoch FROM next_at - clock_timestamp()) - %(spacing)s
"""
WHY_NOT = """
SELECT EXISTS (SELECT 1 FROM verification_optout WHERE domain = %(key)s),
  NOT %(unlimited)s AND day = (now() AT TIME ZONE 'UTC')::date AND used >= coalesce(daily, %(daily)s),
  extract(epoch FROM next_at - clock_timestamp())
FROM (SELECT 1) AS one LEFT JOIN verification_hostbudget ON key = %(key)s
"""
NOT_BEFORE = """
INSERT INTO verification_hostbudget AS b (key, next_at, day, used)
VALUES (%(key)s, clock_timestamp() + %(seconds)s * interval '1 second', (now() AT TIME ZONE 'UTC')::date, 0)
ON CONFLICT (key) DO UPDATE SET next_at = greatest(b.next_at, excluded.next_at)
"""


class Postponed(Exception):
    """It is not our turn for a while: put the step back for `seconds`."""

    def __init__(self, key: str, seconds: float) -> None:
        super().__init__(f"{key} for {seconds:.0f} s")
        self.key, self.seconds = key, seconds


class PoliteGate:
    """The gate of real runs (see context.Gate). `asked_for`: a person waits, the daily budget does not apply."""

    def __init__(self, *, asked_for: bool = False, policy: Policy | None = None) -> None:
        self.asked_for = asked_for
        self._nets = (policy or Policy.from_settings()).allow_nets
        self._granted = ""  # the domain that a turn was taken for and that was not dialled yet
        self._paused: set[str] = set()  # domains that this step asked for a page and that asked for a pause

    def before_request(self, url: str) -> str:
        """Wait for our turn at the domain; return "" or why we do not ask. Raises Postponed."""
        domain = domain_of(url)  # "": the safe client says what is wrong with it
        code = self._turn(domain, unlimited=self.asked_for) if domain else ""
        self._granted = "" if code else domain
        return code

    def before_dial(self, host: str, ip: str) -> None:
        """Wait for our turn at the address, and for another one at the domain where a redirect leads to it.

        Loopback targets of a demonstration have no turns by address. Raises Postponed, and NotAsked for a domain that
        opted out or whose budget is spent.
        """
        domain = registrable(host)
        if self._granted != domain:
            code = self._turn(domain, unlimited=self.asked_for)
            if code:
                raise NotAsked(code, host)
        self._granted = ""
        address = ipaddress.ip_address(ip)
        if any(address in net for net in self._nets):
            return
        self._turn(f"ip:{ip}", unlimited=True)

    def after(self, url: str, answer: Answer) -> None:
        """Let nobody ask the domain that answered again before its Retry-After is over."""
        domain = domain_of(answer.final_url)
        if domain and answer.retry_after and answer.status in {429, 503}:
            self._not_before(domain, answer.retry_after)

    def pause(self, url: str, seconds: float) -> None:
        """Let nobody ask the domain for so many seconds, after a page of it; up to SPACING there is nothing to do."""
        domain = domain_of(url)
        if domain and seconds > SPACING:
            self._not_before(domain, seconds)
            self._paused.add(domain)

    def known_robots(self, origin: str) -> robots.File | None:
        """Return a robots.txt that was read within the last day, one that failed within the last ten minutes."""
        row = RobotsFile.objects.filter(origin=origin).first()
        if row is None:
            return None
        file = robots.File(row.rule, row.text, row.why)
        age = timezone.now() - row.fetched_at
        return file if age < (ROBOTS_FAILED_TTL if robots.failed(file) else ROBOTS_TTL) else None

    def learn_robots(self, origin: str, file: robots.File) -> None:
        """Keep a robots.txt for a day, one that failed for ten minutes."""
        values = {"rule": file.rule, "text": file.text, "why": file.why[:300], "fetched_at": timezone.now()}
        RobotsFile.objects.update_or_create(origin=origin[:300], defaults=values)
        if robots.delay(file) > SPACING:  # the file itself was a request too
            self._not_before(domain_of(origin), robots.delay(file))

    def _not_before(self, domain: str, seconds: float) -> None:
        with connection.cursor() as cursor:
            cursor.execute(NOT_BEFORE, {"key": domain, "seconds": seconds})

    def _turn(self, key: str, *, unlimited: bool) -> str:
        values: dict[str, Any] = {
            "key": key,
            "spacing": SPACING,
            "patience": WITHIN if key in self._paused else PATIENCE,
            "unlimited": unlimited,
            "daily": BUSY.get(key, settings.PROBE_DAILY_BUDGET),
        }
        with connection.cursor() as cursor:
            cursor.execute(TURN, values)
            row = cursor.fetchone()
            if row is not None:
                time.sleep(max(0.0, float(row[0])))
                return ""
            cursor.execute(WHY_NOT, values)
            opted_out, spent, wait = cursor.fetchone() or (False, False, None)
        if opted_out:
            return "opted_out"
        if spent:
            return "budget_spent"
        if key in self._paused:
            return "crawl_delay"
        raise Postponed(key, max(float(wait or 0), SPACING))
