"""Forms that may be carried out once only, however often they are sent: by a reload, a double click, Back and again.

Such a form carries a mark (`fresh`), and what was made by it is remembered by that mark in the cache, which all
processes share. A mark is taken in one step, so of two that are sent at once one makes something.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core import signing
from django.core.cache import cache

MARK = "once"  # the name of the field
GOOD_FOR = 12 * 3_600  # seconds after it was shown in which a form can be sent; what it made is remembered as long
SALT = "core.sent_forms"
NOT_OPEN = "This form was open for too long, or came here another way. Look through it and send it again."


class SentBefore(Exception):
    """A form was carried out before; `made` is what was noted then, "" when the other is still at work."""

    def __init__(self, made: str) -> None:
        super().__init__(made)
        self.made = made


def fresh() -> str:
    """Return a mark for a form that is shown."""
    return signing.TimestampSigner(salt=SALT).sign(secrets.token_urlsafe(12))


def is_good(mark: str) -> bool:
    """Say whether a form with this mark was shown here, not too long ago."""
    try:
        signing.TimestampSigner(salt=SALT).unsign(mark, max_age=GOOD_FOR)
    except signing.BadSignature:
        return False
    return True


@contextmanager
def once(user: Any, mark: str) -> Iterator[Callable[[str], None]]:
    """Let the body run for one sending of a form of an account; it notes what it made. Raises SentBefore for others.

    A body that raises made nothing, so the form can be sent again.
    """
    key = f"sent:{user.pk}:{mark}"
    if not cache.add(key, "", GOOD_FOR):
        raise SentBefore(cache.get(key, ""))
    try:
        yield lambda made: cache.set(key, made, GOOD_FOR)
    except BaseException:
        cache.delete(key)
        raise


class SentOnce(forms.Form):
    """A form with a mark; its template shows it as a hidden field named `once`."""

    @property
    def mark(self) -> str:
        """The mark that was sent, if it is good; else a fresh one."""
        sent = str(self.data.get(MARK, "")) if self.is_bound else ""
        return sent if is_good(sent) else fresh()

    def clean(self) -> dict[str, Any] | None:
        """Refuse a form without a good mark."""
        if not is_good(str(self.data.get(MARK, ""))):
            raise forms.ValidationError(NOT_OPEN)
        return super().clean()
