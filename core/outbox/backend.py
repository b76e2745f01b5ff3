"""What Django calls to send mail: it writes into the outbox, a row for each address."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from core.outbox.posting import post_message


class EmailBackend(BaseEmailBackend):
    """EMAIL_BACKEND of the site. Nothing can fail here but the database."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message once for each of its addresses; return how many messages there were."""
        with transaction.atomic():
            for mail in email_messages:
                for address in mail.recipients():
                    post_message(mail, to=address, kind="site.mail")
        return len(email_messages)
