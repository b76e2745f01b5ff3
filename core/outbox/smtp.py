"""Handing mails to the SMTP server of EMAIL_URL: one connection for a round, each answer told apart."""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress

from django.conf import settings

from core.outbox.addresses import BadAddress, envelope
from core.outbox.outcomes import Outcome, Verdict
from core.outbox.rendering import host, printable

ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
NO_MAILBOX = {550, 551, 553}  # at RCPT, where the server gives no enhanced code (RFC 5321 4.2.3)
CLOSING = 421


def about_the_mailbox(status: str) -> bool:
    """Say whether an enhanced status (RFC 3463) means that the address itself takes no mail.

    Not so: full mailboxes (5.2.2), networks (5.4, but 5.4.4: no such host), and policy (5.7), which is about who sends
    or what.
    """
    return status.startswith("5.1.") or status in {"5.0.0", "5.2.1", "5.4.4"}


def sender(token: str) -> str:
    """Return the envelope sender: EMAIL_BOUNCES with the mail's mark after a plus, else the address of EMAIL_FROM."""
    if not settings.EMAIL_BOUNCES:
        return envelope(settings.DEFAULT_FROM_EMAIL)
    local, _, domain = envelope(settings.EMAIL_BOUNCES).rpartition("@")
    return f"{local}+{token}@{domain}"


class Server:
    """The SMTP server, connected when the first mail is sent. Not for two threads."""

    def __init__(self) -> None:
        self._connection: smtplib.SMTP | None = None

    def send(self, message: bytes, to: str, token: str) -> Outcome:
        """Hand one mail over. `to` is an envelope address; `token` names the mail to whoever returns it."""
        try:
            connection = self._connection or self._connect()
        except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password that is not ASCII
            self._drop()
            return Outcome(Verdict.LATER, _sentence("The mail server cannot be used", error), unreachable=True)
        try:
            outcome = _hand_over(connection, message, to, token)
            if outcome.verdict is not Verdict.TAKEN and not outcome.unreachable:
                connection.rset()  # what was half said is over
        except BadAddress as error:
            return Outcome(Verdict.LATER, f"EMAIL_FROM or EMAIL_BOUNCES cannot be used: {error}", unreachable=True)
        except (OSError, smtplib.SMTPException) as error:  # a timeout, a lost connection, a line that is no answer
            self._drop()
            return Outcome(Verdict.LATER, _sentence("The mail server broke off", error), unreachable=True)
        if outcome.unreachable:
            self._drop()
        return outcome

    def close(self) -> None:
        """Say goodbye; whether it is heard does not matter, as everything that counts was answered."""
        if self._connection is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._connection.quit()
        self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        connection: smtplib.SMTP
        where, seconds = (settings.EMAIL_HOST, settings.EMAIL_PORT), settings.EMAIL_TIMEOUT
        if settings.EMAIL_USE_SSL:
            tls = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(*where, local_hostname=host(), timeout=seconds, context=tls)
        else:
            connection = smtplib.SMTP(*where, local_hostname=host(), timeout=seconds)
        self._connection = connection
        if settings.EMAIL_USE_TLS:
            connection.starttls(context=ssl.create_default_context())  # raises where it is not offered
        if settings.EMAIL_HOST_USER:
            connection.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        return connection


def _hand_over(connection: smtplib.SMTP, message: bytes, to: str, token: str) -> Outcome:
    """Say MAIL, RCPT and DATA, and judge the first answer that is no yes."""
    connection.ehlo_or_helo_if_needed()
    size = [f"size={len(message)}"] if connection.has_extn("size") else []
    code, said = connection.mail(sender(token), size)
    if code != 250:  # who we are is the operator's to mend, so it is tried again; but not a mail that is too big
        never = code == 552
        return Outcome(Verdict.NEVER if never else Verdict.LATER, _answer("MAIL", code, said), code == CLOSING)
    code, said = connection.rcpt(to)
    if not 250 <= code <= 252:
        return _refused("RCPT", code, said, code in NO_MAILBOX)
    try:
        code, said = connection.data(message)
    except smtplib.SMTPDataError as error:
        code, said = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
    return Outcome(Verdict.TAKEN) if code == 250 else _refused("DATA", code, said, False)


def _refused(command: str, code: int, said: bytes, no_mailbox: bool) -> Outcome:
    sentence = _answer(command, code, said)
    if code < 500:
        return Outcome(Verdict.LATER, sentence, unreachable=code == CLOSING)
    status = ENHANCED.match(said.decode("latin-1"))
    nobody = about_the_mailbox(status[1]) if status else no_mailbox
    return Outcome(Verdict.NOBODY if nobody else Verdict.NEVER, sentence)


def _answer(command: str, code: int, said: bytes) -> str:
    return f"{command} was answered by {code} {printable(said.decode('utf-8', 'replace'))}"[:400]


def _sentence(what: str, error: Exception) -> str:
    return f"{what}: {printable(str(error)) or type(error).__name__}"[:400]
