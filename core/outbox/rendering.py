"""Words to mails: one text, of which the HTML part is made; the headers that every mail of ours has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from copy import copy
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

LONGEST_SUBJECT = 200  # characters


def printable(text: str) -> str:
    """Return a text as one line, without signs that do not show or that no column holds."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def one_line(text: str) -> str:
    """Return a text that can be a subject: one line, not longer than 200 characters."""
    line = printable(text)
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def rendered(template: str, context: Mapping[str, Any], *, leave_link: str = "", list_title: str = "") -> EmailMessage:
    """Return the mail of templates/mail/`template`.txt (its blocks `subject` and `text`), without an address."""
    known = {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        **context,
        "leave_link": leave_link,
        "list_title": list_title,
    }
    subject = one_line(render_to_string(f"mail/{template}.txt", {**known, "part": "subject"}))
    text = render_to_string(f"mail/{template}.txt", {**known, "part": "text"}).strip()
    mail = EmailMultiAlternatives(subject, f"{text}\n")
    mail.attach_alternative(html_of(subject, text), "text/html")
    return mail


def html_of(subject: str, text: str) -> str:
    """Return the HTML part that is made of a text: paragraphs, and addresses of https and http as links."""
    return render_to_string("mail/page.html", {"subject": subject, "text": text})


def host() -> str:
    """Return the site's host as it stands on the right of a Message-ID (RFC 5322 3.6.4)."""
    name = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"[{name}]" if ":" in name else name.encode("idna").decode("ascii")


def as_sent(mail: EmailMessage, *, to: str, token: str, leave_link: str = "", list_name: str = "") -> bytes:
    """Return the bytes of `mail` to one address (as an envelope writes it); its id and date are the same at each try.

    Raises BadHeaderError when a header of the mail holds a line break.
    """
    headers = {name: value for name, value in mail.extra_headers.items() if name.lower() not in OURS}
    headers |= {
        "Message-ID": f"<{token}@{host()}>",
        "Date": format_datetime(timezone.now().astimezone(dt.UTC)),
        "Auto-Submitted": "auto-generated",  # RFC 3834: nobody's absence note comes back
    }
    if list_name:
        headers |= {
            "List-Id": f"<{list_name}.{host()}>",
            "List-Unsubscribe": f"<{leave_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",  # RFC 8058
        }
    mail = copy(mail)
    mail.extra_headers, mail.to, mail.cc, mail.bcc = headers, [to], [], []
    mail.subject = one_line(str(mail.subject))
    mail.from_email = mail.from_email or settings.DEFAULT_FROM_EMAIL
    return mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own classes of messages take it


OURS = {
    "message-id", "date", "auto-submitted", "to", "cc", "bcc",
    "list-id", "list-unsubscribe", "list-unsubscribe-post",
}  # fmt: skip
