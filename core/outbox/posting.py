"""Into the outbox: one row for one mail, in the transaction of what it tells of."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.message import BadHeaderError
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import KombuError

from core.outbox import lists, rendering
from core.outbox.addresses import BadAddress, envelope
from core.outbox.models import OutgoingMail

log = logging.getLogger(__name__)

LIFETIME = dt.timedelta(hours=48)  # from the first try to the last
HINT_EXPIRES = 600.0  # seconds; long, because a worker's clock may differ from the sender's
State = OutgoingMail.State


def post(  # noqa: PLR0913  # what a mail consists of
    *,
    to: str,
    kind: str,
    template: str,
    context: Mapping[str, Any],
    key: str,
    user: Any = None,
    list_name: str = "",
    lifetime: dt.timedelta = LIFETIME,
) -> OutgoingMail:
    """Write one mail into the outbox and return its row; it goes out when the caller's transaction commits.

    `template` names templates/mail/NAME.txt. `key` (at most 200 characters) names the event: a second post with it
    returns the first row and sends nothing. With `list_name` (one of MAIL_LISTS, else ValueError) it is a mail that
    one can leave; where the person left, or the address takes no mail, nothing is written and a row without a key
    (`pk` None, state "dropped") is returned. After `lifetime` without success it has failed; so has at once what has
    an address that nothing can be sent to. Never raises for what a person typed.
    """
    if list_name:
        list_title, user_pk = lists.title(list_name), getattr(user, "pk", None)
        if lists.has_left(list_name, to, user_pk) or lists.refusal(to):
            return OutgoingMail(
                key=key, kind=kind, list_name=list_name, to=to, state=State.DROPPED, reason="Left, or takes no mail."
            )
        link = lists.leave_link(list_name, to, user_pk)
        mail = rendering.rendered(template, context, leave_link=link, list_title=list_title)
    else:
        mail = rendering.rendered(template, context)
    return post_message(mail, to=to, kind=kind, key=key, user=user, list_name=list_name, lifetime=lifetime)


def post_message(  # noqa: PLR0913  # as above
    mail: EmailMessage,
    *,
    to: str,
    kind: str,
    key: str = "",
    user: Any = None,
    list_name: str = "",
    lifetime: dt.timedelta = LIFETIME,
) -> OutgoingMail:
    """Write a message that is made already into the outbox, for one address, whatever its own To, Cc and Bcc say.

    Without a `key` it is an event of its own. The rest is as for `post`.
    """
    token = secrets.token_hex(16)
    fields: dict[str, Any] = {
        "kind": kind[:60], "list_name": list_name, "to": rendering.printable(to)[:320], "user": user, "token": token,
        "subject": rendering.one_line(str(mail.subject)), "gives_up_at": timezone.now() + lifetime,
    }  # fmt: skip
    link = lists.leave_link(list_name, to, getattr(user, "pk", None)) if list_name else ""
    try:
        fields["message"] = rendering.as_sent(mail, to=envelope(to), token=token, leave_link=link, list_name=list_name)
    except (BadAddress, BadHeaderError) as error:
        said = str(error) if isinstance(error, BadAddress) else "A header of the mail holds a line break."
        fields |= {"state": State.FAILED, "reason": said, "ended_at": timezone.now()}
    row, made = OutgoingMail.objects.get_or_create(key=key or f"once:{token}", defaults=fields)
    if made and row.state == State.QUEUED and not list_name:  # nobody waits for a list, and a digest is many mails
        transaction.on_commit(kick, robust=True)
    return row


def kick() -> None:
    """Tell the workers that a mail is due. A lost message does no harm: beat asks every few seconds."""
    from core.tasks import deliver_mail  # noqa: PLC0415 - tasks import the outbox

    try:
        deliver_mail.apply_async(retry=False, expires=HINT_EXPIRES)
    except (KombuError, OSError) as error:
        log.warning("The broker took no word of a mail (%s); the next round will find it.", error)
