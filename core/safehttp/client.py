"""`fetch`: one request to an address that strangers gave us, and its redirects, within fixed bounds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime

import httpx
from django.conf import settings

from core.safehttp import tls
from core.safehttp.addresses import refusal
from core.safehttp.answer import BLOCKED, INCONCLUSIVE, OK, Answer, Headers, Hop, Limits, Timings
from core.safehttp.body import Body, Until, check_length, coding_of
from core.safehttp.policy import Policy
from core.safehttp.reasons import CODES, Refused, Stop
from core.safehttp.resolver import lookup
from core.safehttp.urls import Target, join, parse
from core.safehttp.wire import BeforeDial, BeforeRedirect, Deadline, Stream, Transport, Watch, dial, read_refused

REDIRECTS = frozenset({301, 302, 303, 307, 308})
OURS = frozenset(
    ("host", "user-agent", "from", "accept-encoding", "connection", "content-length", "transfer-encoding", "cookie")
)  # headers that no caller sets
ANYWHERE = frozenset(("accept", "accept-language", "if-none-match", "if-modified-since"))  # sent to other origins too
SECRET = frozenset(("authorization", "proxy-authorization", "x-api-key", "mcp-session-id"))  # values are not kept
NO_BODY = frozenset({204, 304})
DAY = 86_400


@dataclass
class Exchange:
    """One hop while it happens."""

    method: str
    target: Target
    watch: Watch
    answers: tuple[str, ...] = ()
    dialled: str = ""
    sent: Headers = ()
    status: int | None = None
    headers: Headers = ()
    body: Body | None = None
    times: dict[str, float] = field(default_factory=dict)  # milliseconds by phase

    def mark(self, phase: str, since: float, until: float | None = None) -> None:
        """Take note of how long a phase took."""
        self.times[phase] = round(((until or time.monotonic()) - since) * 1000, 2)

    def hop(self) -> Hop:
        """Return what is known of the hop."""
        self.mark("total", self.watch.started + self.watch.waited)
        return Hop(
            self.method,
            self.target.url,
            self.answers,
            self.dialled,
            self.sent,
            self.status,
            self.headers,
            Timings(**self.times),
            self.watch.certificate,
        )


@dataclass(frozen=True)
class _Fetch:
    """What stays the same for all hops."""

    headers: Mapping[str, str]
    content: bytes | None
    limits: Limits
    follow: bool
    until: Until | None
    before_dial: BeforeDial | None
    before_redirect: BeforeRedirect | None
    resolve: Mapping[str, Sequence[str]]
    policy: Policy


def fetch(  # noqa: PLR0913  # each is an option of its own
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    limits: Limits | None = None,
    follow: bool = True,
    until: Until | None = None,
    before_dial: BeforeDial | None = None,
    before_redirect: BeforeRedirect | None = None,
    resolve: Mapping[str, Sequence[str]] | None = None,
    policy: Policy | None = None,
) -> Answer:
    """Ask `url` and return what came of it; raises nothing for what an address, a resolver or a server does.

    `until` gets the decoded body so far and stops the reading by returning True; `before_dial` gets host and address
    before each connection; `before_redirect` gets the address of each redirect before it is followed and returns "", or
    the code with which to end instead, inconclusively. What these three raise passes through. `resolve` gives addresses
    instead of DNS, which are checked all the same. GET and HEAD follow redirects unless `follow` is False.
    """
    policy = policy or Policy.from_settings()
    if not policy.enabled:
        return Answer(url, INCONCLUSIVE, "probes_disabled", CODES["probes_disabled"][1])
    try:
        target = parse(url, policy)
    except Refused as refused:
        return Answer(url, BLOCKED, refused.code, refused.message, flags=refused.flags)
    fixed = _Fetch(
        headers or {}, content, limits or Limits(), follow and method in {"GET", "HEAD"}, until, before_dial,
        before_redirect, resolve or {}, policy,
    )  # fmt: skip
    return _hops(url, method, target, fixed)


def _hops(url: str, method: str, target: Target, fixed: _Fetch) -> Answer:
    deadline = Deadline(fixed.limits.total)
    first, flags, seen = target, list(target.flags), {target.url}
    hops: list[Hop] = []
    while True:
        exchange = Exchange(method, target, Watch(deadline, fixed.limits))
        try:
            location = _one(exchange, fixed, same_origin=target.origin == first.origin)
            if location is not None:
                target = _next(target, location, seen, len(hops), fixed)
                hops.append(exchange.hop())
                seen.add(target.url)
                flags += [flag for flag in target.flags if flag not in flags]
                code = _asked_first(target, deadline, fixed.before_redirect)
                if not code:
                    continue
                left_out = (INCONCLUSIVE, code, f"The redirect to {target.url} was not followed.")
                return Answer(url, *left_out, hops=tuple(hops), flags=tuple(flags))
            end = (OK, str(exchange.status), f"The server answered with status {exchange.status}.")
        except Stop as stop:
            end = (stop.verdict, stop.code, stop.message)
        except Refused as refused:  # the target of a redirect
            end = (BLOCKED, refused.code, f"The site redirects to an address that is refused. {refused.message}")
            flags += [flag for flag in refused.flags if flag not in flags]
        hops.append(exchange.hop())
        body = exchange.body
        return Answer(
            url,
            *end,
            hops=tuple(hops),
            body=bytes(body.data) if body else b"",
            flags=tuple(flags),
            retry_after=_retry_after(exchange.headers),
            cut_by_reader=bool(body and body.cut_by_reader),
        )


def _asked_first(target: Target, deadline: Deadline, before_redirect: BeforeRedirect | None) -> str:
    """Return the code with which to end before a redirect, "" to follow it. None of this counts as the fetch's time."""
    since = time.monotonic()
    code = before_redirect(target.url) if before_redirect else ""
    deadline.at += time.monotonic() - since
    return code


def _one(exchange: Exchange, fixed: _Fetch, *, same_origin: bool) -> str | None:
    """Do one hop; return the Location to follow, None when the answer is final. Raises Stop."""
    target, watch, policy = exchange.target, exchange.watch, fixed.policy
    exchange.answers = _addresses(exchange, fixed)
    since = time.monotonic()
    try:
        sock, exchange.dialled = dial(
            target.host, target.port, exchange.answers, policy=policy, watch=watch, before_dial=fixed.before_dial
        )
    finally:
        exchange.mark("connect", since + watch.waited)
    connected = time.monotonic()
    stream = Stream(sock, target.host, watch)
    try:
        with Transport(stream, target.host, target.port, tls.context(policy.ca_file)) as transport:
            return _talk(transport, _request(exchange, fixed, same_origin=same_origin), exchange, fixed, connected)
    except Stop as stop:
        if stop.code in tls.READABLE:
            stream.close()
            read = read_refused(target.host, target.port, exchange.dialled, policy=policy, watch=watch)
            if read and tls.explains(stop.code, read, target.host, time.time()):
                watch.certificate = read
        raise
    finally:
        stream.close()


def _addresses(exchange: Exchange, fixed: _Fetch) -> tuple[str, ...]:
    """Resolve the name once and check every answer: one bad address refuses the name. Raises Stop."""
    host, watch = exchange.target.host, exchange.watch
    if host in fixed.resolve:
        answers = tuple(fixed.resolve[host])
    else:
        since = time.monotonic()
        seconds = min(fixed.limits.dns, watch.deadline.left())
        found = lookup(host + ".", seconds=max(seconds, 0.001), policy=fixed.policy)
        exchange.mark("dns", since)
        answers = found.records.get("A", ()) + found.records.get("AAAA", ())
        codes = {"NXDOMAIN": "dns_nxdomain", "TIMEOUT": "dns_timeout", "UNREACHABLE": "dns_unreachable"}
        if found.rcode != "NOERROR":
            raise Stop(codes.get(found.rcode, "dns_servfail"), host=host, rcode=found.rcode)
    exchange.answers = answers
    if not answers:
        raise Stop("dns_no_address", host=host)
    for ip in answers:
        if why := refusal(ip, fixed.policy):
            raise Stop("private_address", host=host, ip=ip, why=why)
    return answers


def _request(exchange: Exchange, fixed: _Fetch, *, same_origin: bool) -> httpx.Request:
    """Return the request for httpx. Raises Stop when a caller's header cannot be written."""
    ours = [("User-Agent", settings.PROBE_USER_AGENT)]
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    if sender.isascii() and sender != "webmaster@localhost":  # Django's default is nobody's address
        ours.append(("From", sender))
    given = [
        (name, value)
        for name, value in fixed.headers.items()
        if name.lower() not in OURS and (same_origin or name.lower() in ANYWHERE)
    ]
    if not any(name.lower() == "accept" for name, _ in given):
        given.append(("Accept", "*/*"))
    lines = [*ours, *given, ("Accept-Encoding", "gzip"), ("Connection", "close")]
    try:
        raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in lines]
        request = httpx.Request(exchange.method, exchange.target.url, headers=raw, content=fixed.content)
    except (UnicodeError, httpx.InvalidURL) as error:
        raise Stop("bad_request", why=str(error)[:120]) from error
    if str(request.url) != exchange.target.url:  # two readings of one address: the door of many attacks
        raise Stop("bad_request", why="the address has several readings")
    exchange.sent = tuple(
        (name, "(not kept)" if name.lower() in SECRET else value) for name, value in _readable(request.headers.raw)
    )
    return request


def _talk(
    transport: Transport, request: httpx.Request, exchange: Exchange, fixed: _Fetch, connected: float
) -> str | None:
    """Send the request and read the answer; return the Location to follow. Raises Stop."""
    watch, limits = exchange.watch, fixed.limits
    try:
        with _protocol(watch):
            response = transport.handle_request(request)
    finally:
        if exchange.target.scheme == "https":
            exchange.mark("tls", connected, watch.secured)
        if watch.first_byte:
            exchange.mark("first_byte", watch.secured or connected, watch.first_byte)
    watch.head = False
    raw = response.headers.raw
    exchange.status = response.status_code
    if len(raw) > limits.header_lines:
        exchange.headers = _readable(raw[: limits.header_lines])
        raise Stop("too_many_headers", limit=limits.header_lines)
    exchange.headers = _readable(raw)
    if fixed.follow and exchange.status in REDIRECTS and (location := _location(exchange.headers)) is not None:
        return location
    if exchange.method == "HEAD" or exchange.status in NO_BODY:
        return None
    if not fixed.until:
        check_length(exchange.headers, limits)
    exchange.body = Body(coding_of(exchange.headers), limits, fixed.until)
    assert isinstance(response.stream, httpx.SyncByteStream)
    exchange.body.read(_chunks(response.stream, watch), lambda: _in_time(watch))
    return None


def _chunks(stream: httpx.SyncByteStream, watch: Watch) -> Iterator[bytes]:
    parts = iter(stream)
    while True:
        with _protocol(watch):
            part = next(parts, None)
        if part is None:
            return
        yield part


def _in_time(watch: Watch) -> None:
    """Raise Stop when the deadline has passed: many small chunks may come in one read."""
    if watch.deadline.left() <= 0:
        raise watch.out_of_time()


@contextmanager
def _protocol(watch: Watch) -> Iterator[None]:
    """Turn what httpx says of a broken answer into Stop."""
    try:
        yield
    except httpx.RemoteProtocolError as error:
        why = str(error)
        if why.startswith("Server disconnected"):
            if watch.head_bytes == 0:
                raise Stop("no_answer") from error
            raise Stop("not_http", why="the connection ended before a complete head") from error
        if not watch.head and why.startswith("peer closed connection"):
            raise Stop("body_cut_short") from error
        if "illegal status line" in why or "illegal request line" in why:  # the latter for bytes that start no text
            raise Stop("not_http", why="its first line is no status line") from error
        raise Stop("bad_answer", why=why.replace("bytearray(b", "(")[:160]) from error
    except httpx.LocalProtocolError as error:
        raise Stop("bad_request", why=str(error)[:160]) from error
    except httpx.WriteError as error:
        raise Stop("reset") from error


def _next(target: Target, location: str, seen: set[str], followed: int, fixed: _Fetch) -> Target:
    """Return where a redirect leads. Raises Stop or Refused when it is not followed."""
    following = parse(join(target, location), fixed.policy)
    if target.scheme == "https" and following.scheme == "http":
        raise Stop("downgrade", location=following.url)
    if following.url in seen:
        raise Stop("redirect_loop", location=following.url)
    if followed >= fixed.limits.redirects:
        raise Stop("too_many_redirects", limit=fixed.limits.redirects)
    return following


def _location(headers: Headers) -> str | None:
    """Return the target of a redirect, raw UTF-8 read as such; None without one. Raises Stop for several."""
    found = {value for name, value in headers if name.lower() == "location"}
    if len(found) > 1:
        raise Stop("two_locations")
    for value in found:
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return value
    return None


def _readable(raw: Sequence[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def _retry_after(headers: Headers) -> int | None:
    """Return the seconds of Retry-After (RFC 9110, 10.2.3), at most a day; None when there is none to read."""
    value = next((value.strip() for name, value in headers if name.lower() == "retry-after"), "")
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), DAY)
    try:
        when = parsedate_to_datetime(value)
        if when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        return max(0, min(int((when - datetime.now(UTC)).total_seconds()), DAY))
    except (ValueError, TypeError, IndexError, OverflowError):  # what email.utils raises for odd dates
        return None
