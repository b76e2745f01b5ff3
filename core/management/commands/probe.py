"""`manage.py probe URL`: what the client of probes sees of an address, for people or as JSON."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandParser

from core import safehttp

FLAGS = {
    "http": "plain http: anybody between can read and change it",
    "port": "a port that is not the scheme's own",
    "idn": "a name in letters beyond ASCII",
    "mixed_script": "a name that mixes scripts, as look-alikes do",
    "wildcard_dns": "a name service that answers with any address one asks it for",
}
# For people; programs read `verdict`, where all of these are "blocked": nothing was asked.
VERDICTS = {
    "dns_nxdomain": "the name does not exist",
    "dns_no_address": "the name has no address",
    "dns_servfail": "the name could not be looked up",
}


class Command(BaseCommand):
    """Asks one address the way every probe does and shows each hop."""

    help = (
        "Asks URL within the bounds of docs/safehttp.md and shows every hop. Exit code: 0 answered, 1 not, 2 bad usage."
    )
    requires_system_checks: list[str] = []  # no database needed

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the URL, --json and --resolve."""
        parser.add_argument("url", metavar="URL")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
        parser.add_argument(
            "--resolve",
            action="append",
            default=[],
            type=addresses,
            metavar="HOST=IP[,IP]",
            help="use these addresses for HOST instead of asking DNS; they are checked all the same",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer; exit with 1 when it is not an HTTP answer."""
        given = dict(options["resolve"])
        answer = safehttp.fetch(options["url"], resolve=given)
        asked = {urlsplit(hop.url).hostname for hop in answer.hops}
        for host in sorted(set(given) - asked):
            self.stderr.write(f"Warning: --resolve names {plain(host)}, which was not asked.", lambda text: text)
        if options["as_json"]:
            self.stdout.write(json.dumps(as_object(answer), indent=2))
        else:
            self.stdout.write("\n".join(ledger(answer)))
        if answer.verdict != "ok":
            sys.exit(1)


def addresses(text: str) -> tuple[str, tuple[str, ...]]:
    """Read HOST=IP[,IP]. Raises ArgumentTypeError."""
    host, _, ips = text.partition("=")
    found = tuple(ip.strip() for ip in ips.split(",") if ip.strip())
    if not host.strip() or not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST=IP[,IP]")
    for ip in found:
        try:
            ipaddress.ip_address(ip)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{ip!r} in {text!r} is not an IP address") from None
    return host.strip().lower().removesuffix("."), found


def as_object(answer: safehttp.Answer) -> dict[str, Any]:
    """Return the answer for JSON: its size instead of its body."""
    fields = asdict(answer)
    del fields["body"]
    return {**fields, "final_url": answer.final_url, "body_bytes": len(answer.body)}


def ledger(answer: safehttp.Answer) -> Iterator[str]:
    """Yield the lines that people read."""
    yield f"Probe of {plain(answer.url)}"
    for number, hop in enumerate(answer.hops, 1):
        yield ""
        yield f"{number}  {hop.method} {plain(hop.url)}"
        yield from (f"   {label:<12}{text}" for label, text in entries(hop))
    yield ""
    for flag in answer.flags:
        yield f"Worth a look: {FLAGS[flag]}."
    if answer.body:
        yield f"Body: {len(answer.body):,} bytes after decoding."
    yield f"Verdict: {VERDICTS.get(answer.code, answer.verdict)} ({answer.code}). {plain(answer.message)}"


def entries(hop: safehttp.Hop) -> Iterator[tuple[str, str]]:
    """Yield label and text for each phase that the hop reached."""
    times = hop.timings
    if hop.answers:
        yield "addresses", ", ".join(hop.answers) + took(times.dns, "given, not asked for")
    elif times.dns is not None:
        yield "addresses", "none" + took(times.dns)
    if hop.dialled:
        yield "connected", hop.dialled + took(times.connect)
    elif times.connect is not None:
        yield "connected", "no" + took(times.connect)
    if times.tls is not None and not hop.certificate:
        yield "TLS", "no" + took(times.tls)
    if hop.certificate:
        yield from certificate(hop.certificate, times.tls)
    if hop.status is not None:
        yield "status", f"{hop.status}" + took(times.first_byte)
    for name, value in hop.headers:
        yield "", plain(f"{name}: {value}")
    yield "total", took(times.total).strip()


def certificate(shown: safehttp.Certificate, milliseconds: float | None) -> Iterator[tuple[str, str]]:
    """Yield what TLS showed."""
    start, end = (datetime.fromtimestamp(moment, UTC).date() for moment in (shown.not_before, shown.not_after))
    days = (end - datetime.now(UTC).date()).days
    yield "TLS", shown.version + took(milliseconds)
    yield "", plain(f"certificate for {', '.join(shown.names)}")
    yield "", plain(f"issued by {shown.issuer}")
    yield "", f"valid {start} to {end} ({days} days left), SHA-256 {shown.sha256}"


def took(milliseconds: float | None, otherwise: str = "") -> str:
    """Return a time in brackets."""
    if milliseconds is None:
        return f"  ({otherwise})" if otherwise else ""
    return f"  ({milliseconds:,.1f} ms)"


def plain(text: str) -> str:
    """Return `text` for a terminal: what a stranger sent must not move the cursor or change colours."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
