"""Delivery reports: what they tell of our mails, and what a hostile one can do (nothing)."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import OutgoingMail, RefusingAddress
from core.outbox import bounces
from core.outbox.bounces import Said
from tests.core.outbox.test_posting import post

pytestmark = pytest.mark.django_db

REPORT = """From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
MIME-Version: 1.0

--b1
Content-Type: text/plain

Your mail could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

{blocks}

--b1
Content-Type: {returned}

From: site@catalog.example
Message-ID: <{token}@catalog.example>
Subject: Hello

--b1--
"""
BLOCK = "Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n"


def block(
    to: str = "ana@example.com", action: str = "failed", status: str = "5.1.1", said: str = "550 5.1.1 no"
) -> str:
    return BLOCK.format(to=to, action=action, status=status, said=said)


def report(token: str, *blocks: str, to: str = "site@catalog.example", returned: str = "message/rfc822") -> bytes:
    text = REPORT.format(token=token, blocks="\n".join(blocks or [block()]), to=to, returned=returned)
    return text.replace("\n", "\r\n").encode()


def noted() -> tuple[bool, str, list[str]]:
    row = OutgoingMail.objects.get()
    return row.bounced_at is not None, row.reason, list(RefusingAddress.objects.values_list("address", flat=True))


@pytest.mark.parametrize("returned", ["message/rfc822", "text/rfc822-headers", "text/rfc822-headers; charset=us-ascii"])
def test_a_mailbox_that_is_not_there(returned: str) -> None:
    row = post()
    assert bounces.receive(report(row.token, returned=returned)) is Said.REFUSES
    assert noted() == (True, "It came back: 5.1.1 smtp; 550 5.1.1 no", ["ana@example.com"])


@pytest.mark.parametrize("where", ["header", "argument"])
def test_a_report_without_the_mail_is_known_by_the_address_it_came_to(where: str) -> None:
    mark = f"bounces+{post().token}@catalog.example"
    raw = report("x", to=mark if where == "header" else "bounces@catalog.example")
    assert bounces.receive(raw, mark if where == "argument" else "") is Said.REFUSES


@pytest.mark.parametrize(
    ("blocks", "said", "refusing"),
    [
        ([block(status="5.2.2", said="552 5.2.2 full")], Said.FAILED, False),
        ([block(status="5.7.1", said="550 5.7.1 spam")], Said.FAILED, False),
        ([block(status="5.0.0", said="550 5.7.26 policy")], Said.FAILED, False),
        ([block(status="5.0.0", said="unknown user")], Said.REFUSES, True),
        ([block(status="", said="550 5.1.1 no")], Said.REFUSES, True),
        ([block(status="4.4.1", said="timed out")], Said.NO_FAILURE, False),
        ([block(action="delayed", status="4.4.1")], Said.NO_FAILURE, False),
        ([block(action="delivered", status="2.0.0")], Said.NO_FAILURE, False),
        ([block(to="new@other.example")], Said.REFUSES, True),  # it was forwarded there
        ([block(to="x@other.example"), block(to="y@other.example")], Said.FAILED, False),  # one of many: not ours
        ([block(to="x@other.example"), block(to="Ana@Example.com")], Said.REFUSES, True),
    ],
)
def test_what_a_report_says(blocks: list[str], said: Said, refusing: bool) -> None:
    row = post()
    assert bounces.receive(report(row.token, *blocks)) is said
    bounced, _, addresses = noted()
    assert (bounced, addresses) == (said is not Said.NO_FAILURE, ["ana@example.com"] if refusing else [])


def nested(depth: int) -> bytes:
    heads = [f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth)]
    return "".join(heads).encode()


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", Said.NO_REPORT),
        (b"\x00\xff\xfe" * 1_000, Said.NO_REPORT),
        (b"Subject: I am on holiday\r\n\r\nBack on Monday. TOKEN@catalog.example", Said.NO_REPORT),
        (nested(5_000), Said.NO_REPORT),
        (nested(39), Said.NO_REPORT),
        (b"Content-Type: message/rfc822\r\n\r\n" * 20_000, Said.NO_REPORT),
        (b"A: " + b"x" * 20_000_000, Said.NO_REPORT),
        (b"A:\r\n x" * 150_000, Said.NO_REPORT),
        (b"Content-Type: multipart/report; boundary=\r\n\r\n--\r\n--\r\n", Said.NO_REPORT),
        (b'Content-Type: multipart/report; boundary="' + b"(" * 5_000 + b'"\r\n\r\nx', Said.NO_REPORT),
        (b'Content-Type: multipart/report; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 100_000, Said.NO_REPORT),
        (b"Content-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 40_000, Said.NOT_OURS),
        (report("f" * 32), Said.NOT_OURS),
        (report("F" * 32), Said.NOT_OURS),
        (report("' OR 1=1 --"), Said.NOT_OURS),
        (report("f" * 32).replace(b"Action", b"Acti\xffon"), Said.NO_REPORT),
    ],
)  # fmt: skip
def test_a_hostile_report_is_read_soon_and_does_nothing(raw: bytes, said: Said) -> None:
    token, begun = post().token, time.thread_time()  # of this thread: others may need the machine meanwhile
    assert bounces.receive(raw.replace(b"TOKEN", token.encode())) is said
    assert (noted(), time.thread_time() - begun < 5) == ((False, "", []), True)


def test_what_a_report_says_is_one_line_without_signs_that_do_not_show() -> None:
    row = post()
    bounces.receive(report(row.token, block(said="550 \x1b[31m<script>\x07" + "x" * 3_000)))
    _, reason, _ = noted()
    assert (reason[:44], len(reason)) == ("It came back: 5.1.1 smtp; 550 [31m<script> x"[:44], 400)


# -- the command ------------------------------------------------------------------------------------------------------


def run(*args: str, **options: Any) -> list[str]:
    out = io.StringIO()
    call_command("mail", *args, stdout=out, **options)
    return out.getvalue().splitlines()


def test_the_command_reads_a_report_from_its_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    row = post()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(report(row.token))))
    assert run("bounce") == [Said.REFUSES.value]
    assert noted()[2] == ["ana@example.com"]


def test_without_its_database_the_command_asks_the_mail_server_to_try_later(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    env = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "VAR_DIR": str(tmp_path), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "manage.py", "mail", "bounce"], input=report("f" * 32), env=env, cwd=root, capture_output=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.startswith(b"CommandError: The database did not take it: ")) == (75, True)


def test_the_list_shows_where_mails_are_and_not_what_they_say() -> None:
    one, two = post("1", context={"subject": "SECRET", "text": "SECRET"}), post("2", to="nobody")
    at = f"{one.created_at:%Y-%m-%d %H:%M}"
    failed = f"{two.pk}  {two.created_at:%Y-%m-%d %H:%M}  failed   test.one  nobody  {two.reason}"
    assert run("list") == [failed, f"{one.pk}  {at}  queued   test.one  ana@example.com"]
    assert (run("list", "--state", "failed"), run("list", "--limit", "1")) == ([failed], [failed])


def test_retry_wants_to_know_which() -> None:
    for args in ([], ["1", "--all"]):
        with pytest.raises(CommandError, match=r"^Name the mails by their numbers .* or give --all\.$"):
            run("retry", *args)
