"""API keys: making, recognising. The format lets a typo be refused without a query and a scanner find leaked ones."""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import re
import secrets
import string
from collections.abc import Iterable

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from api.models import ApiKey
from api.scopes import SCOPES
from core import audit, clients, outbox
from core.site import absolute

START = "aicat_live_"
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
MOST = 20  # keys of one account that work
LONGEST_OVERLAP = dt.timedelta(days=30)
USE_NOTED = dt.timedelta(minutes=1)
SHAPE = re.compile(rf"{START}([0-9A-Za-z]{{30}})([0-9A-Za-z]{{6}})")


class TooMany(ValueError):
    """An account has as many keys as it may; the message says what to do."""


class NotLive(ValueError):
    """A key works no more; the message says what to do."""


def random_key() -> str:
    """Return a new key: prefix, 30 random characters (178 bits), and their CRC-32 in 6 (as GitHub's tokens have)."""
    body = "".join(secrets.choice(LETTERS) for _ in range(30))
    return f"{START}{body}{checksum(body)}"


def checksum(body: str) -> str:
    """Return the CRC-32 of the random part in base 62, six characters."""
    number, text = binascii.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = LETTERS[digit] + text
    return text


def digest_of(key: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()


def well_formed(text: str) -> bool:
    """Say whether a text can be a key: its shape and its checksum. No query."""
    found = SHAPE.fullmatch(text)
    return found is not None and secrets.compare_digest(checksum(found[1]), found[2])


@transaction.atomic
def create(
    *, owner: User, name: str, scopes: Iterable[str], expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """Make a key and return its row and the key itself, which nobody can be shown again; its owner gets a mail.

    Raises TooMany, ValueError for a scope that there is not.
    """
    return _make(owner=owner, name=name, scopes=scopes, expires_at=expires_at, replaced=None)


@transaction.atomic
def rotate(key: ApiKey, *, ends_in: dt.timedelta, until: dt.datetime | None = None) -> tuple[ApiKey, str]:
    """Make a key that takes the place of another, which goes on working for `ends_in` (at most 30 days).

    The new one has the same name, scopes and time, and ends at `until` at the latest: a key that asks for it makes none
    that outlives itself. Raises NotLive when the old one works no more, or was replaced.
    """
    now = timezone.now()
    old = ApiKey.objects.select_for_update().select_related("owner").get(pk=key.pk)
    if not old.works(now) or old.replacements.exists():
        raise NotLive("This key has ended or was replaced already. Make a new one.")
    if old.replaced_id and ApiKey.objects.live(now).filter(pk=old.replaced_id).exists():
        raise NotLive("The key whose place this one took still works: revoke that first. Two work at a time.")
    lasts = old.expires_at and max(old.expires_at - old.created_at, dt.timedelta(days=1))
    ends = now + min(ends_in, LONGEST_OVERLAP)
    old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
    old.save(update_fields=["expires_at"])
    expires = now + lasts if lasts else None
    if until is not None:
        expires = min(expires, until) if expires else until
    return _make(owner=old.owner, name=old.name, scopes=old.scopes, expires_at=expires, replaced=old)


@transaction.atomic
def revoke(key: ApiKey, *, by: User | None, leaked: bool = False) -> bool:
    """End a key at once; return False when it had ended before. `leaked`: somebody found it; its owner gets a mail."""
    now = timezone.now()
    if not ApiKey.objects.live(now).filter(pk=key.pk).update(revoked_at=now):
        return False
    if leaked:
        _mail(key, "api_key_leaked", f"api.leaked:{key.pk}")
    audit.record(actor=by or audit.SITE, action="api.key_revoked", obj=key, detail={"leaked": leaked})
    return True


def note_use(key: ApiKey, network: str, at: dt.datetime) -> None:
    """Write down that a key was used, at most once a minute, and never wait for another process that does."""
    if key.last_used_at and at - key.last_used_at < USE_NOTED:
        return
    with transaction.atomic():
        row = ApiKey.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=key.pk).first()
        if row is not None:
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=at, last_network=clients.coarse(network))


def _make(
    *, owner: User, name: str, scopes: Iterable[str], expires_at: dt.datetime | None, replaced: ApiKey | None
) -> tuple[ApiKey, str]:
    User.objects.select_for_update().get(pk=owner.pk)  # two windows at once count alike
    wanted = sorted(set(scopes))
    if not wanted or set(wanted) - set(SCOPES):
        raise ValueError("A key has scopes of api.scopes, one at least.")
    # one that takes another's place may be one over, until the other ends
    if replaced is None and ApiKey.objects.live(timezone.now()).filter(owner=owner).count() >= MOST:
        raise TooMany(f"You have {MOST} keys that work. Revoke one that you do not need first.")
    key = random_key()
    prefix = key[len(START) :][:8]
    row = ApiKey.objects.create(
        owner=owner, name=name, prefix=prefix, digest=digest_of(key), scopes=wanted, expires_at=expires_at,
        replaced=replaced,
    )  # fmt: skip
    _mail(row, "api_key_made", f"api.made:{row.pk}")
    action = "api.key_rotated" if replaced else "api.key_made"
    audit.record(actor=owner, action=action, obj=row, detail={"scopes": wanted})
    return row, key


def _mail(key: ApiKey, template: str, once: str) -> None:
    outbox.post(
        to=key.owner.email, kind=once.partition(":")[0], template=template, key=once, user=key.owner,
        context={"name": key.name, "prefix": key.prefix, "link": absolute(reverse("api:keys"))},
    )  # fmt: skip


def recognise(text: str) -> ApiKey | None:
    """Return the live key of a live account that this text is, with its owner; None for any other. One statement."""
    found = found_as(text)
    return found if found is not None and found.owner.is_active else None


def found_as(text: str) -> ApiKey | None:
    """Return the live key that this text is, with its owner, whatever became of the account: for who found one."""
    if not well_formed(text):
        return None
    return ApiKey.objects.live(timezone.now()).select_related("owner").filter(digest=digest_of(text)).first()
