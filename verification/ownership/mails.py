"""What accounts and mailboxes are told. Plain text; nothing of it is needed to read a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse

from core.site import absolute
from verification.models.ownership import GRACE, LOST, OwnershipChallenge, OwnershipClaim


def link(challenge: OwnershipChallenge, token: str) -> str:
    """Return the address that confirms an e-mail challenge."""
    return absolute(reverse("verification:ownership_confirm", args=[challenge.token_id, token]))


def send_link(challenge: OwnershipChallenge, token: str) -> None:
    """Send the link. Raises OSError (smtplib's errors are) when the mail server does not take it."""
    claim = challenge.claim
    send_mail(
        f"{settings.SITE_NAME}: does {claim.account.email} speak for {claim.name}?",
        f"The account {claim.account.email} at {settings.SITE_NAME} says that it speaks for {claim.name}, and asked us"
        f" to write to this address of that domain.\n\nIf that is so, open this page and press its button:\n\n"
        f"{link(challenge, token)}\n\nIt works once, until {challenge.expires_at:%Y-%m-%d %H:%M} UTC. Opening it"
        f" changes nothing.\n\nIf you know nothing of this, do nothing: then the account gets no rights, and nothing"
        f" more is sent unless somebody asks again.\n",
        None,
        [challenge.address],
    )


def missing(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its proof is gone, and until when it counts."""
    _tell(
        claim,
        f"the proof for {claim.name} is missing",
        f"{sentence}\n\nNothing changes before {at + GRACE:%Y-%m-%d}. From then on the claim does not count, and after"
        f" {at + LOST:%Y-%m-%d} it is lost and has to be proved anew. We look again every day; when the proof is back,"
        f" all is as it was.",
    )


def lost(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its claim is lost."""
    _tell(claim, f"the claim to {claim.name} is lost", f"{sentence}\n\nIt was missing for 30 days. Prove it anew.")


def reset(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its claim was taken back."""
    _tell(claim, f"the claim to {claim.name} was taken back", sentence)


def _tell(claim: OwnershipClaim, subject: str, text: str) -> None:
    """Send a mail once the change is committed; a mail server that is down undoes no change."""
    to = claim.account.email
    send: Callable[[], object] = lambda: send_mail(f"{settings.SITE_NAME}: {subject}", f"{text}\n", None, [to])  # noqa: E731
    transaction.on_commit(send, robust=True)
