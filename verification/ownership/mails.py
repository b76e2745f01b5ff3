"""What accounts and mailboxes are told: mails in the outbox, in the transaction of what they tell of."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from core import outbox
from core.site import absolute
from verification.models.ownership import GRACE, LOST, OwnershipChallenge, OwnershipClaim


def link(challenge: OwnershipChallenge, token: str) -> str:
    """Return the address that confirms an e-mail challenge."""
    return absolute(reverse("verification:ownership_confirm", args=[challenge.token_id, token]))


def send_link(challenge: OwnershipChallenge, token: str) -> None:
    """Send the link to the mailbox of the domain."""
    claim = challenge.claim
    outbox.post(
        to=challenge.address,
        kind="ownership.link",
        template="ownership_link",
        context={
            "account": claim.account.email,
            "name": claim.name,
            "link": link(challenge, token),
            "until": f"{challenge.expires_at:%Y-%m-%d %H:%M} UTC",
        },
        key=f"ownership.link:{challenge.token_id}",
        user=claim.account,
    )


def missing(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its proof is gone, and until when it counts."""
    _tell(claim, "missing", at, sentence)


def lost(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its claim is lost."""
    _tell(claim, "lost", at, sentence)


def reset(claim: OwnershipClaim, at: dt.datetime, sentence: str) -> None:
    """Tell the account that its claim was taken back."""
    _tell(claim, "reset", at, sentence)


def _tell(claim: OwnershipClaim, event: str, at: dt.datetime, sentence: str) -> None:
    outbox.post(
        to=claim.account.email,
        kind=f"ownership.{event}",
        template=f"ownership_{event}",
        context={"name": claim.name, "sentence": sentence, "holds": at + GRACE, "ends": at + LOST},
        key=f"ownership.{event}:{claim.pk}:{at.isoformat()}",
        user=claim.account,
    )
