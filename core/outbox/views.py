"""Pages of the outbox: leaving a list, and, in debug mode only, the mails that were written."""

from __future__ import annotations

import email
import email.message
import re
from email import policy
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core import clients
from core.mailfiles import Folder
from core.outbox import lists
from core.readonly import read_only

MOST = 50  # mails on the page


@csrf_exempt  # mail programs press the button without cookies (RFC 8058); who has the link has the right
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Show the list with a button; POST leaves it, and with `again` joins it. GET changes nothing: scanners do that."""
    try:
        name, address, user_pk = lists.read(token)
    except lists.BadToken:
        raise Http404("This link is cut or not one of ours. Open it from the mail once more.") from None
    if request.method == "POST":
        (lists.join if "again" in request.POST else lists.leave)(name, address, user_pk)
    context = {
        "title": lists.title(name),
        "address": address,
        "left": lists.has_left(name, address, user_pk),
        "changed": request.method == "POST",
    }
    response = render(request, "outbox/leave.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@read_only
@never_cache
def written(request: HttpRequest) -> HttpResponse:
    """List the newest mails of a debug installation that sends none."""
    _for_developers_only(request)
    mails = [_read(file) for file in Folder(settings.EMAIL_FILE_PATH).files()[:MOST]]
    return render(request, "outbox/written.html", {"mails": mails, "most": MOST})


@read_only
@never_cache
def written_one(request: HttpRequest, token: str) -> HttpResponse:
    """Show one of them: its text with its links, and its HTML as source."""
    _for_developers_only(request)
    file = Folder(settings.EMAIL_FILE_PATH).find(token)
    if file is None:
        raise Http404("There is no such mail in the folder.")
    mail = _read(file)
    here = f"{request.scheme}://{request.get_host()}"
    # Links lead to SITE_URL. Who signed up at another name of this machine is signed in there, and goes on there.
    text = re.sub(rf"{re.escape(settings.SITE_URL)}(?![\w.:-])", here, str(mail["text"]))
    return render(request, "outbox/written_one.html", {"mail": mail, "text": text, "moved": text != mail["text"]})


def _for_developers_only(request: HttpRequest) -> None:
    """Raise Http404 unless this is a debug installation that writes files, asked from its own machine.

    These mails let people in: whoever reads them is anybody.
    """
    address = clients.address(request)
    if not settings.DEBUG or settings.MAIL or not (address and address.is_loopback):
        raise Http404


def _read(file: Path) -> dict[str, object]:
    mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(mail, email.message.EmailMessage)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return {
        "token": file.stem[-32:],
        "headers": [(name, str(value)) for name, value in mail.items() if not name.startswith("Content-")],
        "subject": str(mail["Subject"]),
        "to": str(mail["To"]),
        "at": mail["Date"].datetime,
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }
