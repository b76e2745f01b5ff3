"""What a request was allowed, and what came of it. Plain data: no I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field

# What came of a request (docs/verification.md). `ok` means that an HTTP answer was read, whatever its status.
OK, BLOCKED, TIMEOUT, DOWN, PROTOCOL, TLS, INCONCLUSIVE = (
    "ok", "blocked", "timeout", "down", "protocol", "tls", "inconclusive",
)  # fmt: skip
VERDICTS = (OK, BLOCKED, TIMEOUT, DOWN, PROTOCOL, TLS, INCONCLUSIVE)

Headers = tuple[tuple[str, str], ...]  # names as sent, values decoded as latin-1


@dataclass(frozen=True)
class Limits:
    """Bounds of one fetch, all hops together."""

    total: float = 10.0  # seconds
    dns: float = 3.0  # seconds, each name
    connect: float = 5.0  # seconds, each address
    raw_bytes: int = 1_048_576  # of one body as it is transferred
    body_bytes: int = 1_048_576  # of one body after decoding
    header_bytes: int = 65_536  # of one answer's head, informational answers included
    header_lines: int = 100
    redirects: int = 5
    addresses: int = 3  # dialled at most for one hop


@dataclass(frozen=True)
class Timings:
    """Milliseconds of one hop's phases; None for a phase that was not reached."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    first_byte: float | None = None
    total: float | None = None


@dataclass(frozen=True)
class Certificate:
    """The leaf certificate of a TLS connection; of a hop without an answer, the one that was refused (if readable)."""

    sha256: str  # of the DER, hex
    subject: str
    issuer: str
    names: tuple[str, ...]  # DNS names it is for
    not_before: float  # seconds since 1970
    not_after: float
    version: str  # "TLSv1.3"


@dataclass(frozen=True)
class Hop:
    """One request and its answer."""

    method: str
    url: str  # the canonical address that was asked
    answers: tuple[str, ...] = ()  # addresses the name resolved to
    dialled: str = ""  # the address that was connected to
    sent: Headers = ()
    status: int | None = None
    headers: Headers = ()
    timings: Timings = Timings()
    certificate: Certificate | None = None


@dataclass(frozen=True)
class Answer:
    """The end of a fetch: never an exception for what a server or a network does."""

    url: str  # as asked for
    verdict: str  # one of VERDICTS
    code: str  # stable and short, such as "private_address", "dns_nxdomain", "certificate_expired", "200"
    message: str  # one sentence for people
    hops: tuple[Hop, ...] = ()
    body: bytes = b""  # of the last hop, decoded
    flags: tuple[str, ...] = ()  # "http", "port", "idn", "mixed_script", "wildcard_dns": worth a human's look
    retry_after: int | None = None  # seconds, from the last hop's Retry-After (number or date), at most a day
    cut_by_reader: bool = field(default=False)  # `until` was satisfied before the body's end

    @property
    def last(self) -> Hop | None:
        """Return the last hop, None when nothing was asked."""
        return self.hops[-1] if self.hops else None

    @property
    def status(self) -> int | None:
        """Return the last hop's status, None when there was no answer."""
        return self.hops[-1].status if self.hops else None

    @property
    def final_url(self) -> str:
        """Return the canonical address that answered last, the one asked for when none did."""
        return self.hops[-1].url if self.hops else self.url

    def header(self, name: str) -> str:
        """Return the last hop's first header of that name, "" when there is none."""
        wanted = name.lower()
        found = (value for key, value in (self.hops[-1].headers if self.hops else ()) if key.lower() == wanted)
        return next(found, "")

    @property
    def content_type(self) -> str:
        """Return the media type without parameters, in lower case."""
        return self.header("content-type").split(";", 1)[0].strip().lower()
