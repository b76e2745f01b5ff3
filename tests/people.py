"""People for tests: accounts as they are once they have signed up, and sign-in as they do it."""

from __future__ import annotations

import base64
import hmac
import re
import time
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.test import Client

from accounts.models import User

WORD = "violet harbour sings twice"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def person(email: str = "ana@example.com", **fields: Any) -> User:
    """Return an account with a confirmed address and the password WORD."""
    user = User.objects.create_user(email, WORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def with_app(user: User) -> User:
    """Give an account an authenticator app whose key is SECRET; return the account."""
    TOTP.activate(user, SECRET)
    return user


def app_code(secret: str = SECRET) -> str:
    """Return the code that the app shows now (RFC 6238, six digits, 30 seconds)."""
    digest = hmac.digest(base64.b32decode(secret), int(time.time() // 30).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


def sign_in(client: Client, email: str = "ana@example.com", word: str = WORD, **more: str) -> Any:
    """Send the form of the sign-in page."""
    return client.post("/account/sign-in/", {"login": email, "password": word, **more})


def has_confirmed(client: Client, user: User) -> None:
    """Let the session say that the person said who they are just now."""
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time(), "reauthenticated": True} for method in ("password", "mfa")
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def by_app(client: Client, user: User) -> Client:
    """Sign an account in that has an app, as an hour ago; return the client."""
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": method, "at": time.time() - 3_600} for method in ("password", "mfa")
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def is_signed_in(client: Client) -> bool:
    """Say whether the account page opens."""
    return bool(client.get("/account/").status_code == 200)


def link() -> str:
    """Return the path of the only link in the last mail that leads to an account page."""
    found = re.findall(r"http://127\.0\.0\.1:8000(/account/\S+)", str(mail.outbox[-1].body))
    assert len(found) == 1, mail.outbox[-1].body
    return str(found[0])
