"""What everybody may read of an exchange holds nobody's secrets, and ordinary pages stay as they are."""

from __future__ import annotations

import hashlib
import json
import time

import pytest
from django.test import Client

from core.safehttp import Answer, Hop
from tests import make
from tests.verification import make_runs
from tests.verification.test_content_rules import KEYS
from verification import evidence, redaction
from verification.context import Context, Exchange
from verification.contract import Listing, Subject
from verification.steps import registry

# nobody's; in pieces so that no scanner takes them for somebody's
JWT = "eyJ" + "hbGciOiJIUzI1NiJ9" + ".eyJ" + "zdWIiOiIxMjM0In0" + ".abcdefghij"
LEAKS = [
    ("/x?access_token=SECRET1&lang=de", "/x?access_token=[redacted]&lang=de"),
    ("https://a.example/?id_token=SECRET1#refresh_token=SECRET2",
     "https://a.example/?id_token=[redacted]#refresh_token=[redacted]"),
    ("https://a.example/?api_key=S1&apikey=S2&key=S3&secret=S4&sig=S5",
     "https://a.example/?api_key=[redacted]&apikey=[redacted]&key=[redacted]&secret=[redacted]&sig=[redacted]"),
    ("?signature=S1&password=S2&code=S3&session=S4&auth=S5&jwt=S6",
     "?signature=[redacted]&password=[redacted]&code=[redacted]&session=[redacted]&auth=[redacted]&jwt=[redacted]"),
    ("https://s3.example/f?X-Amz-Credential=A%2FB&X-Amz-Signature=ab12&v=1",
     "https://s3.example/f?X-Amz-Credential=[redacted]&X-Amz-Signature=[redacted]&v=1"),
    ("https://a.example/login?next=https%3A%2F%2Fb.example%2F%3Ftoken%3DSECRET1%26a%3D1",
     "https://a.example/login?next=https%3A%2F%2Fb.example%2F%3Ftoken%3D[redacted]%26a%3D1"),
    ("0; url=/?token=SECRET1", "0; url=/?token=[redacted]"),
    ('<a href="/?a=1&amp;client_secret=SECRET1">', '<a href="/?a=1&amp;client_secret=[redacted]">'),
    ("https://user:hunter2@a.example/", "https://user:[redacted]@a.example/"),
    ("postgres://u:hunter2@db/x", "postgres://u:[redacted]@db/x"),
    ('{"password": "hunter2hunter2", "n": 1}', '{"password": "[redacted]", "n": 1}'),
    ('{"text": "{\\"clientSecret\\": \\"hunter2hunter2\\"}"}', '{"text": "{\\"clientSecret\\": \\"[redacted]\\"}"}'),
    ('{"aws_secret_access_key":"wJalrXUtnFEMI/K7MDENG/b"}', '{"aws_secret_access_key":"[redacted]"}'),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/b\n", "aws_secret_access_key = [redacted]\n"),
    ("export OPENAI_API_KEY=abcdefgh1\n", "export OPENAI_API_KEY=[redacted]\n"),
    ('form-data; name="password"\r\n\r\nhunter2\r\n--b', 'form-data; name="password"\r\n\r\n[redacted]\r\n--b'),
    ("Authorization: Bearer abcdefghijklmnop12345==", "Authorization: Bearer [redacted]"),
    (f"a {JWT} b", "a [redacted] b"),
    ("a whsec_" + "abcdefghijklmnopqrstuvwxyz b", "a [redacted] b"),
    ("-----BEGIN " + "PRIVATE KEY-----\nMIIabcdef\nMIIabc\n-----END PRIVATE KEY-----\nb", "[redacted]\nb"),
    ("-----BEGIN " + "EC PRIVATE KEY-----\nMIIabcdef\nMIIabc", "[redacted]"),
]  # fmt: skip
HARMLESS = [
    "https://a.example/pricing?utm_source=x&page=2#plans",
    "Keep your token safe; a password has 12 characters. Bearer authentication is described below.",
    'Bearer resource_metadata="https://a.example/.well-known/oauth-protected-resource", error="invalid_token"',
    '{"token": {"type": "string"}, "format": "password", "code": "not_found", "key": "a-long-key-name"}',
    '{"token_endpoint": "https://a.example/token", "error": {"code": "unauthorized_request"}}',
    "git+ssh://git@github.com/a/b.git mailto:a:b@c.example https://medium.example/@writer",
    "task-oriented-agents-with-very-long-names risk_management_platform_overview",
    "Set `AWS_SECRET_ACCESS_KEY=`, then go on.",
    "Größe, 日本語, ключ",
]


@pytest.mark.parametrize(("text", "expected"), LEAKS, ids=lambda text: text[:20])
def test_a_secret_is_taken_out_and_nothing_else(text: str, expected: str) -> None:
    assert redaction.text(text) == expected
    assert redaction.text(expected) == expected


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_keys_of_the_kinds_that_listings_are_searched_for_are_taken_out(key: str) -> None:
    assert redaction.text(f"Use {key}") == "Use [redacted]"


@pytest.mark.parametrize("text", HARMLESS, ids=lambda text: text[:20])
def test_what_is_no_secret_stays(text: str) -> None:
    assert redaction.text(text) == text


@pytest.mark.parametrize(
    "name",
    ["Set-Cookie", "Set-Cookie2", "Cookie", "Authorization", "Proxy-Authorization", "X-Api-Key", "X-Auth-Token",
     "Mcp-Session-Id", "Authentication-Info", "X-Amz-Security-Token", "X-CSRF-Token"],
)  # fmt: skip
def test_headers_that_are_not_on_the_list_are_not_shown(name: str) -> None:
    assert redaction.header(name, "abc") == "[not shown]"


def test_headers_on_the_list_are_shown_without_secrets() -> None:
    shown = {
        "Content-Type": "text/html",
        "Retry-After": "5",
        "X-RateLimit-Remaining": "3",
        "WWW-Authenticate": HARMLESS[2],
    }
    assert {name: redaction.header(name, value) for name, value in shown.items()} == shown
    assert redaction.header("Link", '</x?token=SECRET1>; rel="next"') == '</x?token=[redacted]>; rel="next"'
    assert redaction.header("Location", "/x?api_key=SECRET1") == "/x?api_key=[redacted]"


HOSTILE = [
    "eyJ", "eyJaaaaaaaaaa.", "://a:", "://", "&token", "&a", "?", "%3F", '"password', '"', "bearer a", "A_TOKEN", "sk-",
    'name="token"\n', "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----AAAAAA ", "AAAAA\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_bodies_take_no_long_time(piece: str) -> None:
    began = time.process_time()
    redaction.text(piece * ((evidence.LONGEST + evidence.BEYOND) // len(piece)))
    assert time.process_time() - began < 1


LEAK = '{"token": "hunter2hunter2"}'
CLEAN = b'{"token": "[redacted]"}'


@pytest.mark.parametrize(
    "mime",
    ["application/json", "application/octet-stream", "application/x-ndjson", "multipart/mixed", "text/plain", "", "x"],
)
def test_bodies_of_every_type_are_redacted(mime: str) -> None:
    body = evidence.body_of(LEAK.encode(), mime)
    assert (body.content, body.redacted, body.size) == (CLEAN, True, len(LEAK))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_bodies_with_a_mark_of_their_encoding_are_redacted(encoding: str) -> None:
    body = evidence.body_of(LEAK.encode(encoding), "text/plain")
    assert (evidence.as_text(body).lstrip("\ufeff"), body.redacted) == (CLEAN.decode(), True)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (LEAK.encode("utf-16-le"), "application/json"),
        (b"\x89PNG\r\n\x1a\n\xff", "image/png"),
        (b"PK\x00", "text/plain"),
    ],
)
def test_of_what_is_no_text_only_the_sum_and_the_size_are_kept(data: bytes, mime: str) -> None:
    body = evidence.body_of(data, mime)
    assert (body.content, body.size, body.sha256) == (b"", len(data), hashlib.sha256(data).hexdigest())


def test_a_text_in_an_old_encoding_is_kept_as_it_came() -> None:
    assert evidence.body_of("Größe".encode("latin-1"), "text/html").content == "Größe".encode("latin-1")


def test_a_secret_where_the_body_is_cut_is_not_kept_by_half() -> None:
    for place in range(evidence.LONGEST - 60, evidence.LONGEST + 10, 7):
        data = b"x" * place + b" sk-" + b"Ab3dEf6hIj" * 12 + b" " + b"y" * 20_000
        body = evidence.body_of(data, "text/plain")
        assert (b"sk-Ab3" in bytes(body.content), body.cut) == (False, True)


def test_what_a_result_stores_of_its_exchanges_has_no_secret() -> None:
    first = Hop(
        "GET", "https://a.example/?token=SECRET1", (), "", (("Authorization", "Basic SECRET2"),), 302,
        (("Location", "/x?api_key=SECRET3"), ("X-Auth-Token", "SECRET4"), ("Refresh", "0; url=/?token=SECRET5")),
    )  # fmt: skip
    last = Hop("GET", "https://a.example/x?api_key=SECRET3", (), "", (), 200, (("Content-Type", "x/y"),))
    url, message = "https://a.example/?token=SECRET1", "It leads to /x?api_key=SECRET3."
    answer = Answer(url, "ok", "200", message, hops=(first, last), body=b'"password":"SECRET6"')
    rows, bodies = evidence.keep([Exchange(answer, b'{"password":"SECRET7"}')])
    stored = json.dumps(rows) + "".join(evidence.as_text(body) for body in bodies)
    assert (stored.count("SECRET"), stored.count("[redacted]"), stored.count("[not shown]")) == (0, 8, 2)


@pytest.mark.django_db
def test_what_is_no_text_is_not_offered(client: Client) -> None:
    exchange = make_runs.exchange(received=b"\x00\xff", mime="application/octet-stream")
    run = make_runs.run(make.tool(), {"key": "home", "exchanges": [exchange]})
    text = client.get(run.get_absolute_url()).content.decode()
    assert (text.count("2 bytes of application/octet-stream, not shown."), text.count("Download as text")) == (1, 0)
    assert client.get(run.get_absolute_url() + f"evidence/{exchange['received']}").status_code == 404
    told = client.get(run.get_absolute_url() + "run.json").json()["evidence"][exchange["received"]]
    assert (told["url"], told["bytes"]) == (None, 2)


@pytest.mark.parametrize("before", [150, 164, 176, 188])
def test_a_secret_is_not_cut_in_two_by_the_end_of_a_sentence(before: int) -> None:
    secret = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3gH5"
    context = Context(registry()["home"], Listing("a", "A", "https://one.example/"), Subject("https://one.example/"))
    said = context.say("answers", host="one.example", title=f"{'x' * before} {secret} and so on")
    assert "ghp_" not in redaction.text(said.sentence)
