"""`manage.py probe`."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.core.safehttp.world import HERE, HOST, page, reply, server
from tests.zoo.animal import Animal
from tests.zoo.server import Zoo

ROOT = Path(__file__).parents[3]
MOVED = page(b"", "Location: /x", "X-Evil: \x1b[2J", status="302 Found")


def probe(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Return exit code, output and errors."""
    done = subprocess.run(
        [sys.executable, "manage.py", "probe", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def here(port: int, ca_file: Path | None = None) -> dict[str, str]:
    """Return the environment in which HOST may be probed at `port`."""
    found = {"DEBUG": "1", "PROBE_ALLOW_NETS": f"{HERE}/32", "PROBE_PORTS": f"80={port},443={port}"}
    return {**found, "PROBE_CA_FILE": str(ca_file)} if ca_file else found


def test_the_ledger_shows_every_hop(tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(HOST).configure_cert(context)
    answers = [MOVED, page()]
    with server(lambda connection, head: connection.sendall(answers.pop(0)), context) as port:
        code, out, err = probe(f"https://{HOST}/", "--resolve", f"{HOST}={HERE}", **here(port, tmp_path / "ca.pem"))
    assert (code, err) == (0, "")
    plain = re.sub(r"[\d,.]+ ms", "N ms", out)
    plain = re.sub(r"\d{4}-\d\d-\d\d|\d+ days|[0-9a-f]{64}|TLSv1\.\d|O=trustme.*", "N", plain)
    tls = [
        "   addresses   127.0.0.1  (given, not asked for)",
        "   connected   127.0.0.1  (N ms)",
        "   TLS         N  (N ms)",
        f"               certificate for {HOST}",
        "               issued by N",
        "               valid N to N (N left), SHA-256 N",
    ]
    assert plain.splitlines() == [
        f"Probe of https://{HOST}/",
        "",
        f"1  GET https://{HOST}/",
        *tls,
        "   status      302  (N ms)",
        "               Location: /x",
        "               X-Evil: \\x1b[2J",
        "               Content-Length: 0",
        "   total       (N ms)",
        "",
        f"2  GET https://{HOST}/x",
        *tls,
        "   status      200  (N ms)",
        "               Content-Length: 5",
        "   total       (N ms)",
        "",
        "Body: 5 bytes after decoding.",
        "Verdict: ok (200). The server answered with status 200.",
    ]


def test_json() -> None:
    with server(reply(page(b"hello", "Retry-After: 5", status="503 Busy"))) as port:
        code, out, _ = probe(f"http://{HOST}/", "--json", f"--resolve={HOST}={HERE}", **here(port))
    told = json.loads(out)
    (hop,) = told.pop("hops")
    assert code == 0
    assert told == {
        "url": f"http://{HOST}/",
        "final_url": f"http://{HOST}/",
        "verdict": "ok",
        "code": "503",
        "message": "The server answered with status 503.",
        "body_bytes": 5,
        "flags": ["http"],
        "retry_after": 5,
        "cut_by_reader": False,
    }
    assert sorted(hop) == [
        "answers", "certificate", "dialled", "headers", "method", "sent", "status", "timings", "url",
    ]  # fmt: skip
    assert sorted(hop["timings"]) == ["connect", "dns", "first_byte", "tls", "total"]
    assert (hop["answers"], hop["dialled"], hop["status"]) == ([HERE], HERE, 503)
    assert hop["headers"] == [["Retry-After", "5"], ["Content-Length", "5"]]


def test_what_is_blocked_ends_with_1() -> None:
    code, out, _ = probe(f"https://{HOST}/", "--json", "--resolve", f"{HOST}=93.184.216.34,10.0.0.1")
    told = json.loads(out)
    assert (code, told["verdict"], told["code"]) == (1, "blocked", "private_address")
    assert told["hops"][0]["answers"] == ["93.184.216.34", "10.0.0.1"]
    assert told["hops"][0]["dialled"] == ""
    code, out, _ = probe("https://127.0.0.1/")
    assert (code, out.splitlines()[-1]) == (
        1,
        "Verdict: blocked (ip_literal). 127.0.0.1 is an IP address. A listing must use a host name.",
    )


def test_probes_that_are_off_say_so() -> None:
    code, out, _ = probe(f"https://{HOST}/", "--resolve", f"{HOST}=93.184.216.34", PROBES_ENABLED="0")
    assert (code, out.splitlines()[-1]) == (
        1,
        "Verdict: inconclusive (probes_disabled). Probes are switched off here (PROBES_ENABLED=0). Nothing was sent.",
    )


@pytest.mark.parametrize("ips", ["abc", "93.184.216.34,abc", "93.184.216"])
def test_what_is_no_address_is_bad_usage(ips: str) -> None:
    wrong = ips.rsplit(",", maxsplit=1)[-1]
    code, out, err = probe(f"https://{HOST}/", "--resolve", f"x={ips}")
    assert (code, out, err.splitlines()[-1]) == (
        2,
        "",
        f"manage.py probe: error: argument --resolve: {wrong!r} in 'x={ips}' is not an IP address",
    )


def test_a_host_that_was_not_asked_is_warned_of() -> None:
    with server(reply(page(b"hello"))) as port:
        given = ("--resolve", f"{HOST}={HERE}", "--resolve", f"Other.example-ai.com.={HERE}")
        code, out, err = probe(f"http://{HOST}/", "--json", *given, **here(port))
    assert (code, json.loads(out)["code"]) == (0, "200")
    assert err == "Warning: --resolve names other.example-ai.com, which was not asked.\n"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("NXDOMAIN", "dns_nxdomain", "the name does not exist (dns_nxdomain). The name {} does not exist (NXDOMAIN)."),
        ((), "dns_no_address", "the name has no address (dns_no_address). The name {} exists but has no address"
         " (no A or AAAA record)."),
        ("SERVFAIL", "dns_servfail", "the name could not be looked up (dns_servfail). The name servers of {} gave no"
         " usable answer (SERVFAIL)."),
    ],
)  # fmt: skip
def test_trouble_with_the_name_is_said_plainly(
    answer: str | tuple[str, ...], code: str, words: str, tmp_path: Path
) -> None:
    animal = Animal("nowhere", "Has no address.", (), dns=answer)
    with Zoo({"nowhere": animal}, tmp_path) as zoo:
        environment = {"DEBUG": "1", **zoo.environment}
        ended, out, _ = probe(f"https://{animal.host}/", **environment)
        told = json.loads(probe(f"https://{animal.host}/", "--json", **environment)[1])
    assert (ended, out.splitlines()[-1]) == (1, f"Verdict: {words.format(animal.host)}")
    assert (told["verdict"], told["code"]) == ("blocked", code)


@pytest.mark.parametrize("arguments", [(), ("https://a.com/", "--resolve", "a.com"), ("https://a.com/", "--frob")])
def test_bad_usage_ends_with_2(arguments: tuple[str, ...]) -> None:
    code, out, err = probe(*arguments)
    assert (code, out, err.startswith("usage: manage.py probe")) == (2, "", True)
