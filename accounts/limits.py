"""How often an account may be tried, and how often it may send mails (docs/limits.md).

Where a password or a code is guessed, the numbers are those of the Python Package Index. An address counts as it was
typed, in any case and form of letters, whether it has an account or not: nobody learns from a limit which it is.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.http import HttpRequest
from django.utils.http import base36_to_int

from accounts.confirming import has_confirmed
from core import clients
from core.limited import limited_all, writes
from core.ratelimit import Ask, Limit

DAY = 86_400
NETWORK = Limit("sign-in", 10, 300, "closed", "Your network tried more than {quota} times in {window} to sign in.")
# twice that of a network, so that a single network cannot lock an account for others
ACCOUNT = Limit("sign-in-account", 20, 300, "closed", "This account was tried more than {quota} times in {window}.")
EVERYBODY = Limit(
    "sign-in-all", 1_000, 300, "closed", "This site was asked more than {quota} times in {window} to sign somebody in."
)
CHALLENGE = Limit("passkey-asked", 30, 60, "closed", "Your network asked for more than {quota} passkeys in {window}.")
MAILED_CODE = Limit("sign-in-code", 5, 600, "closed", "More than {quota} codes were tried in {window}.")
SECOND_STEPS = [
    Limit(
        name, quota, window, "closed", "The second step of this account was tried more than {quota} times in {window}."
    )
    for name, quota, window in (("second-step", 5, 300), ("second-step-hour", 20, 3_600), ("second-step-day", 50, DAY))
]
CONFIRM = Limit("who-are-you", 10, 300, "closed", "You were asked who you are more than {quota} times in {window}.")
SIGN_UP = Limit("sign-up", 20, 3_600, "closed", "Your network tried more than {quota} times in {window} to sign up.")
SIGN_UP_ADDRESS = Limit(
    "sign-up-address",
    20,
    3_600,
    "closed",
    "With this address somebody tried more than {quota} times in {window} to sign up.",
)
NEW_ADDRESS = Limit("new-address", 5, DAY, "closed", "You asked more than {quota} times in {window} for a new address.")
ASKED = Limit("account-mail-asked", 30, 3_600, "closed", "Your network asked for more than {quota} mails in {window}.")
# for one network a third of what an address may get, so that a single network cannot keep mails from others
MAIL_HERE = Limit(
    "account-mail-network",
    3,
    300,
    "closed",
    "Your network asked for more than {quota} mails to this address in {window}.",
)
MAIL_HERE_DAY = Limit(
    "account-mail-network-day",
    10,
    DAY,
    "closed",
    "Your network asked for more than {quota} mails to this address in {window}.",
)
MAIL = Limit("account-mail", 9, 300, "closed", "This address was to get more than {quota} mails in {window}.")
MAIL_DAY = Limit("account-mail-day", 30, DAY, "closed", "This address was to get more than {quota} mails in {window}.")
# the one that refuses silently: a sign-in with an unconfirmed address sends its mail again, but not each time
PAUSE = Limit("confirm-mail", 1, 180, "closed", "One mail to confirm an address in {window} is enough.")


def typed(address: str) -> str:
    """Return the key of an address as it was typed: the same for every way to write what is one address."""
    return unicodedata.normalize("NFKC", address).strip().casefold()


def _guess(request: HttpRequest) -> list[Ask]:
    """Return what every try to sign in is counted by."""
    return [Ask(NETWORK, clients.network(request)), Ask(EVERYBODY, "all")]


def _mails(request: HttpRequest, address: str) -> list[Ask]:
    to, here = typed(address), _here(request, address)
    return [Ask(MAIL_HERE, here), Ask(MAIL, to), *mails_a_day(request, address)]


def mails_a_day(request: HttpRequest, address: str) -> list[Ask]:
    """Return what mails to an address are counted by for a day: a sign-up and a sign-in to confirm cause some too."""
    return [Ask(MAIL_HERE_DAY, _here(request, address)), Ask(MAIL_DAY, typed(address))]


def _here(request: HttpRequest, address: str) -> str:
    return f"{clients.network(request)} {typed(address)}"


def _begun(request: HttpRequest) -> dict[str, Any]:
    """Return the sign-in that this session is in the middle of, as allauth keeps it; empty when in none."""
    found = request.session.get("account_login")
    return found if isinstance(found, dict) else {}


def _password(request: HttpRequest) -> list[Ask]:
    return [Ask(ACCOUNT, typed(request.POST.get("login", ""))), *_guess(request)]


def _passkey(request: HttpRequest) -> list[Ask]:
    """A visitor who asks for a challenge gets a session, which is a row; who is signed in is led on."""
    if writes(request):
        return _guess(request)
    return [] if request.user.is_authenticated else [Ask(CHALLENGE, clients.network(request))]


def _mail(request: HttpRequest) -> list[Ask]:
    return [Ask(ASKED, clients.network(request)), *_mails(request, request.POST.get("email", ""))]


def _code(request: HttpRequest) -> list[Ask]:
    """A code belongs to one session; a new one for it is one more mail."""
    begun = _begun(request)
    asks = [Ask(MAILED_CODE, request.session.session_key or ""), *_guess(request)] if begun else _guess(request)
    if begun and request.POST.get("action") == "resend":
        asks += _mails(request, begun.get("email") or "")
    return asks


def _second_step(request: HttpRequest) -> list[Ask]:
    """Who is in the middle of no sign-in is led back, so that nothing is to be counted."""
    account = _begun(request).get("user_pk")
    return _steps(base36_to_int(account)) if account else []


def _second_step_again(request: HttpRequest) -> list[Ask]:
    return _steps(request.user.pk) if request.user.is_authenticated else []


def _steps(account: int) -> list[Ask]:
    return [Ask(limit, f"account {account}") for limit in SECOND_STEPS]


def _confirm(request: HttpRequest) -> list[Ask]:
    return [Ask(CONFIRM, clients.who(request))] if request.user.is_authenticated else []


def _sign_up(request: HttpRequest) -> list[Ask]:
    address = request.POST.get("email", "")
    counts = [Ask(SIGN_UP, clients.network(request)), Ask(SIGN_UP_ADDRESS, typed(address))]
    return [*counts, *mails_a_day(request, address)]


def _new_address(request: HttpRequest) -> list[Ask]:
    """Who is first asked who they are comes back with the same form: then it counts. Sending again asks nobody."""
    adds, sends = "action_add" in request.POST, "action_send" in request.POST
    if not request.user.is_authenticated or not (has_confirmed(request) if adds else sends):
        return []
    return [Ask(NEW_ADDRESS, clients.who(request)), *_mails(request, request.POST.get("email", ""))]


by_password = limited_all(_password, when=writes)
by_passkey = limited_all(_passkey)
new_password = limited_all(_guess, when=writes)
by_code = limited_all(_code, when=writes)
second_step = limited_all(_second_step, when=writes)
second_step_again = limited_all(_second_step_again, when=writes)
confirming = limited_all(_confirm, when=writes)
signing_up = limited_all(_sign_up, when=writes)
asking_for_mail = limited_all(_mail, when=writes)
new_address = limited_all(_new_address, when=writes)
