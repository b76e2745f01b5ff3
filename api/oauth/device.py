"""Codes for devices without a browser (RFC 8628): a device shows a short one, and a person types it here and says yes.

A row of django-allauth's tokens, of a kind of its own, holds both: the library keeps them in the cache, asks without
saying what for, and takes the answer of any page (65.21).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import time

from allauth.idp.oidc.models import Client, Token
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.oauth import tokens
from core import audit

KIND, GRANT = "dc", "urn:ietf:params:oauth:grant-type:device_code"
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words (RFC 8628, section 6.1); 8 of 20 are 34 bits
LASTS, INTERVAL = 600, 5  # seconds


def begin(client: Client, scopes: list[str]) -> tuple[str, str]:
    """Make a code for a device and one for its person; only digests are kept."""
    device, shown = secrets.token_urlsafe(32), "".join(secrets.choice(LETTERS) for _ in range(8))
    row = Token(type=KIND, client=client, expires_at=timezone.now() + dt.timedelta(seconds=LASTS))
    row.data = {"shown": _digest(shown), "polled": 0}
    row.set_value(device)
    row.set_scopes(scopes)
    row.save(force_insert=True)
    return device, f"{shown[:4]}-{shown[4:]}"


def waiting(shown: str) -> Token | None:
    """Return the row that waits for the answer of a person who typed a code; None when none does."""
    plain = re.sub(r"[^A-Z]", "", shown.upper())
    rows = Token.objects.valid().filter(type=KIND, user=None, data__shown=_digest(plain))
    found = list(rows.select_related("client__owner")[:2])
    return found[0] if len(found) == 1 and tokens.stands(found[0]) else None


@transaction.atomic
def answer(row: Token, user: User, *, allowed: bool) -> bool:
    """Keep what a person answers; False when somebody was quicker, or it is too late."""
    tokens.lock(user.pk)
    data = {**row.data, **tokens.of_consent(user), "answer": "allowed" if allowed else "refused"}
    if not Token.objects.valid().filter(pk=row.pk, user=None).update(user=user, data=data):
        return False
    if allowed:
        detail = {"client": row.client_id, "scopes": sorted(row.get_scopes()), "by": "device"}
        audit.record(actor=user, action="api.app_let_in", detail=detail)
    return True


def poll(device: str, client: Client) -> tuple[str | None, Token | None]:
    """Return how a code stands, in oauthlib's words, and its row once it was allowed; None: there is no such code."""
    row = tokens.take(KIND, device, client)
    if row is not None:
        return ("authorized", row) if row.data["answer"] == "allowed" else ("access_denied", None)
    unanswered = Token.objects.by_value(device).filter(type=KIND, client=client, user=None)
    found = unanswered.first()
    if found is None:
        return None, None
    if found.expires_at <= timezone.now():
        return "expired_token", None
    now = time.time()
    unanswered.update(data={**found.data, "polled": now})  # an answer of the meantime stays: `user` is set by it
    return "slow_down" if now - found.data["polled"] < INTERVAL else "authorization_pending", None


def _digest(shown: str) -> str:
    return hashlib.sha256(shown.encode()).hexdigest()
