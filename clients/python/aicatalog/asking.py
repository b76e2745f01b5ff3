"""Asking a site over HTTP: timeouts, retries, bounded answers, and errors in sentences."""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from aicatalog.checking import WrongShape, shaped
from aicatalog.errors import (
    BadRequest,
    CatalogError,
    CatalogUnavailable,
    NoCatalog,
    NotFound,
    Refused,
    TooManyRequests,
    TooSlow,
)
from aicatalog.patience import Connections, Patience
from aicatalog.version import __version__

T = TypeVar("T")
Told = Callable[[str], None]  # takes a sentence about what is waited for

MOST_BYTES = 32 << 20  # of an answer: a thousand changes have one or two million
TIMEOUT = httpx.Timeout(30, connect=10)
LONGEST_WAIT = 90.0  # seconds in all that one question is waited for, besides its answers
LONGEST_ANSWER = 120.0  # seconds that the answers to one question may take in all; of a download, until it begins
MOST_REDIRECTS = 5
FIRST_WAIT, TRIES = 0.5, 4
AGAIN = {429, 502, 503, 504}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PORTS = {"http": 80, "https": 443}
PATIENCE = "aicatalog.patience"  # the extension of an answer
NO_ADDRESS = "it leads to an address that is none"


@dataclass(frozen=True)
class Answer:
    """An answer of the site: its headers and its body, whole."""

    address: str
    headers: httpx.Headers
    body: bytes


class Asker:
    """Connections to one site."""

    def __init__(self, address: str, *, key: str | None = None, told: Told | None = None) -> None:
        self.site = base_of(address)
        self.told: Told = told or (lambda sentence: None)
        headers = {"User-Agent": f"aicatalog/{__version__}", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = _bearer(key, self.site)
        self.connections = Connections()
        # redirects are followed here: httpx would read their bodies, however long
        self.client = httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def object(self, shape: type[T], path: str, parameters: Mapping[str, Any] | None = None) -> T:
        """Return what an address of the API answers, which has to have a shape. Raises CatalogError."""
        answer = self.get(path, parameters)
        try:
            return shaped(shape, parsed(answer.body))
        except (ValueError, RecursionError) as error:
            raise no_catalog(self.site, str(error) if isinstance(error, WrongShape) else "it is no JSON") from None

    def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Answer:
        """Return a whole answer, which is no error. Raises CatalogError."""
        headers = {"Accept": "application/json"}
        with self.stream(path, parameters=parameters, headers=headers) as response, self._in_time(_of(response)):
            if "json" not in response.headers.get("Content-Type", ""):
                kind = response.headers.get("Content-Type", "").partition(";")[0] or "no type"
                raise no_catalog(self.site, f"it is {kind[:40]!r}, no JSON")
            return Answer(str(response.url), response.headers, body_of(response))

    @contextmanager
    def stream(
        self, path: str, *, parameters: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[httpx.Response]:
        """Yield an answer whose body is not read yet and that is no error; to read it may take long.

        429 and 502 to 504 are asked again: after what Retry-After says, else after growing pauses. Raises CatalogError.
        """
        patience = Patience(LONGEST_ANSWER, self.connections)
        request = self.client.build_request(
            "GET",
            self.site + path,
            params=parameters or None,
            headers={"Accept": "*/*", **(headers or {})},
            extensions={"trace": patience.trace},
        )
        with _closing(self._asked(request, patience)) as response:
            if response.status_code >= 400:
                with self._in_time(patience):
                    raise problem(response, self.site)
            encoding = response.headers.get("Content-Encoding", "identity")
            if encoding != "identity":
                raise no_catalog(self.site, f"it is packed ({encoding[:20]!r}), which was not asked for")
            response.extensions[PATIENCE] = patience
            yield response

    def _asked(self, request: httpx.Request, patience: Patience) -> httpx.Response:
        """Return the answer that comes in the end. Raises CatalogError."""
        waited, number = 0.0, 1
        while True:
            with self._in_time(patience):
                response = self._sent(request, last=number == TRIES)
                pause = _pause(number, response)
                if response is not None:
                    if response.status_code not in AGAIN:
                        return response
                    with _closing(response):
                        if number == TRIES or waited + pause > LONGEST_WAIT:
                            raise problem(response, self.site, pause)
            if pause >= 2:
                self.told(f"The catalog asks to wait; going on in {pause:.0f} s …")
            time.sleep(pause)
            waited, number = waited + pause, number + 1

    @contextmanager
    def _in_time(self, patience: Patience) -> Iterator[None]:
        """Let the time of an asking pass. Raises TooSlow where it is over, whatever was read or went wrong by then."""
        try:
            with patience.running():
                yield
        except (httpx.HTTPError, CatalogError):
            if patience.over:
                raise too_slow(self.site) from None
            raise
        if patience.over:  # the end of what was read may be none
            raise too_slow(self.site)

    def _sent(self, request: httpx.Request, *, last: bool) -> httpx.Response | None:
        """Return an answer, None where asking again may help. Raises CatalogUnavailable, BadRequest."""
        try:
            return self._followed(request)
        except (httpx.ReadError, httpx.PoolTimeout) as error:
            if last:
                raise unreachable(self.site, error) from None
            return None
        except httpx.RemoteProtocolError as error:
            if "location header" in str(error):
                raise no_catalog(self.site, NO_ADDRESS) from None
            if last:
                raise unreachable(self.site, error) from None
            return None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            raise no_catalog(self.site, NO_ADDRESS) from None
        except httpx.HTTPError as error:
            raise unreachable(self.site, error) from None

    def _followed(self, request: httpx.Request) -> httpx.Response:
        """Return an answer that leads nowhere else. Bodies of those that do are not read."""
        origin = _origin(request.url)
        for _ in range(MOST_REDIRECTS + 1):
            response = self.client.send(request, stream=True)
            if response.next_request is None:
                return response
            response.close()
            before, request = request, response.next_request
            if request.url.scheme not in {"http", "https"} or request.url.userinfo:
                raise no_catalog(self.site, NO_ADDRESS)
            if (before.url.scheme, request.url.scheme) == ("https", "http"):
                raise no_catalog(self.site, "it leads from https:// to http://, where others could read along")
            if _origin(request.url) != origin:
                request.headers.pop("Authorization", None)
        raise no_catalog(self.site, "it leads on without an end")


@contextmanager
def _closing(response: httpx.Response) -> Iterator[httpx.Response]:
    """Close an answer at the end; what breaks while it is read is an error of ours."""
    try:
        yield response
    except httpx.HTTPError as error:
        host = f"{response.url.scheme}://{response.url.netloc.decode('ascii')}"
        raise unreachable(host, error) from None
    finally:
        response.close()


def parsed(body: bytes) -> Any:
    """Return what JSON says. Raises ValueError, also for half characters, which no file can hold; RecursionError."""
    found = json.loads(body, parse_constant=_no_number)
    if b"\\u" in body or not body.isascii():
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _no_number(name: str) -> float:
    """Refuse NaN and the infinities, which are no JSON. Raises ValueError."""
    raise ValueError(name)


def base_of(address: str) -> str:
    """Return the address of a site without a slash at its end. Raises BadRequest."""
    try:
        parts = urlsplit(address.strip())
        good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadRequest(f"{address[:200]} is no address of a site.", "Write it as https://catalog.example.")
    if parts.username or parts.password:
        raise BadRequest("The address holds a name or a password.", "Leave it out; a key goes into AICATALOG_KEY.")
    if parts.query or parts.fragment:
        raise BadRequest(f"{address[:200]} holds more than an address.", "Leave out what begins with “?” or “#”.")
    path = parts.path.rstrip("/").removesuffix("/api/v1").rstrip("/")
    site = f"{parts.scheme}://{parts.netloc}{path}"
    try:
        httpx.URL(site)
        (parts.hostname or "").encode("idna")  # as sockets do: a part of a name has 1 to 63 characters
    except (httpx.InvalidURL, UnicodeError):
        raise BadRequest(f"{address[:200]} is no address of a site.", "Write it as https://catalog.example.") from None
    return site


def _bearer(key: str, site: str) -> str:
    """Return the header for a key. Raises BadRequest where it would be read by others on the way."""
    parts = urlsplit(site)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise BadRequest("The key would be sent to this address unencrypted.", "Use https://, or leave the key out.")
    if not key.isascii() or not key.isprintable() or " " in key.strip():
        raise BadRequest("The key holds characters that no key has.", "Copy it once more; AICATALOG_KEY may hold it.")
    return f"Bearer {key.strip()}"


def _of(response: httpx.Response) -> Patience:
    """Return the time that is left of an asking for its body."""
    found: Patience = response.extensions[PATIENCE]
    return found


def _origin(address: httpx.URL) -> tuple[str, str, int | None]:
    return address.scheme, address.host, address.port or PORTS.get(address.scheme)


def body_of(response: httpx.Response, most: int = MOST_BYTES) -> bytes:
    """Return the body of an answer. Raises NoCatalog where it is longer than any of a catalog."""
    found = bytearray()
    for part in response.iter_raw():
        found += part
        if len(found) > most:
            raise NoCatalog(f"An answer has more than {most:,} bytes, so it was not read to its end.")
    return bytes(found)


def _pause(number: int, response: httpx.Response | None) -> float:
    """Return the seconds to wait before asking again; a little more each time, so that not all come back at once."""
    text = response.headers.get("Retry-After", "") if response is not None else ""
    asked = float(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0.0
    own = FIRST_WAIT * 2.0 ** (number - 1)
    return max(asked, own) + random.uniform(0, own / 2)  # noqa: S311 - no secret


def unreachable(site: str, error: Exception) -> CatalogUnavailable:
    """Return the error for a site that does not answer."""
    known: dict[type[Exception], str] = {
        httpx.ConnectTimeout: "it did not answer in time",
        httpx.ReadTimeout: "it did not answer in time",
        httpx.ConnectError: "no connection was made",
        httpx.RemoteProtocolError: "it broke off, or does not speak HTTP",
        httpx.ReadError: "the connection broke off",
    }
    why = known.get(type(error), type(error).__name__)
    detail = str(error).strip().rstrip(".")[:200]
    return CatalogUnavailable(
        f"{site} could not be asked: {why}" + (f" ({detail})." if detail else "."),
        "Look whether the address is right and the network works. An export answers without one: --from FOLDER.",
    )


def too_slow(site: str) -> TooSlow:
    """Return the error for a site that does not come to an end."""
    return TooSlow(
        f"{site} took more than {LONGEST_ANSWER:g} s to answer, so it was not waited for any longer.",
        "Ask again later, or look whether the network works. An export answers without one: --from FOLDER.",
    )


def no_catalog(site: str, why: str) -> NoCatalog:
    """Return the error for an answer that no catalog gives."""
    return NoCatalog(
        f"{site} answered, but not as a catalog does: {why}.",
        "Name the address of a catalog of AI tools, without a path, or a newer version of this program.",
    )


def problem(response: httpx.Response, site: str, pause: float = 0) -> CatalogError:
    """Return the error that an answer is: its own sentence where it is an RFC 9457 problem."""
    status = response.status_code
    detail = _detail(response)
    found: CatalogError
    match status:
        case 429:
            found = TooManyRequests(
                detail or f"{site} lets no more requests through for now.",
                f"Ask again in {_span(pause)}. With a key (AICATALOG_KEY) it lets more through.",
            )
        case 401 | 403:
            found = Refused(detail or f"{site} refuses this ({status}).", "Look at the key in AICATALOG_KEY or --key.")
        case _ if status >= 500:
            found = CatalogUnavailable(f"{site} cannot answer now ({status}). {detail}".strip(), "Ask again later.")
        case _ if not detail:
            found = no_catalog(site, f"it is the error {status}, without a reason")
        case 404:
            found = NotFound(detail)
        case 410:
            found = BadRequest(detail, "“aicatalog export FOLDER” fetches the latest export.")
        case _:
            found = BadRequest(detail)
    return found


def _span(seconds: float) -> str:
    """Return a time in words: “40 s”, “5 min”, “3 h”."""
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{math.ceil(seconds)} s"


def _detail(response: httpx.Response) -> str:
    """Return the sentence of a problem, "" where an answer is none."""
    if "json" not in response.headers.get("Content-Type", ""):
        return ""
    try:
        said = json.loads(body_of(response, 1 << 20))
    except (ValueError, RecursionError, CatalogError):
        return ""
    detail = said.get("detail") if isinstance(said, dict) else None
    return detail[:2_000] if isinstance(detail, str) else ""
