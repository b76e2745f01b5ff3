"""Forms of allauth that say or ask something else here."""

from __future__ import annotations

import struct
from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm, SignupForm
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import addresses
from accounts.models import User
from core.clean_forms import CleanTexts

NAME, CREDENTIAL = 60, 20_000  # characters of a passkey's name, and of what a browser says about one


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types
    """A sign-up costs the same work whether the address has an account or not."""

    def validate_unique_email(self, value: str) -> str:
        """Return the address; note whether an account has it as its own, open or closed."""
        email: str = super().validate_unique_email(value)
        self.account_already_exists = User.objects.filter(email=email.lower()).exists()
        return email

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account; where there is one, hash the password all the same: how long it takes must not tell.

        Where the form was sent twice at the same moment, the second finds the account of the first.
        """
        try:
            with transaction.atomic():
                user, response = super().try_save(request)
        except IntegrityError:
            if not User.objects.filter(email=self.cleaned_data["email"].lower()).exists():
                raise
            self.account_already_exists = True
            user, response = super().try_save(request)
        if user is None:
            addresses.claimed_again(self.cleaned_data["email"], self.cleaned_data["password1"])
        else:
            request.session[addresses.SIGNED_UP] = user.pk
        return user, response


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """A forgotten password: of the account that has the address."""

    def clean_email(self) -> str:
        """Return the address, and note whose it is."""
        email: str = super().clean_email()
        found = addresses.owner(email)
        self.users = [found] if found else []
        return email


class CodeForm(RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """A sign-in code: for the account that has the address."""

    def clean_email(self) -> str:
        """Return the address, and note whose it is."""
        email: str = super().clean_email()
        self._user = addresses.owner(email)
        return email


class CredentialField(forms.JSONField):
    """What a browser says about a passkey: an object, and none so deep or long that reading it fails."""

    def to_python(self, value: Any) -> Any:
        """Return the object. Raises ValidationError."""
        if isinstance(value, str) and len(value) > CREDENTIAL:
            raise get_adapter().validation_error("incorrect_code")
        try:
            found = super().to_python(value)
        except RecursionError as error:
            raise get_adapter().validation_error("incorrect_code") from error
        if found is not None and not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_code")
        return found


# what fido2 raises for an object that it cannot read; allauth expects some of it
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, struct.error)


class Passkey(forms.Form):
    """Refuses a passkey that cannot be read as it refuses a wrong one."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        """Return the authenticator that the passkey is. Raises ValidationError."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error


class SignInPasskeyForm(Passkey, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey that signs in alone."""


class SecondStepPasskeyForm(Passkey, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""


class SecondStepAgainPasskeyForm(Passkey, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The passkey of who is asked again."""


class AddPasskeyForm(CleanTexts, AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey: by itself it signs in alone."""

    credential = CredentialField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _short(self.fields["name"])
        self.fields["passwordless"].initial = True

    def clean(self) -> dict[str, Any] | None:
        """Clean the name, then let the passkey be read. Raises ValidationError."""
        try:
            return super().clean()
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error


class RenamePasskeyForm(CleanTexts, EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _short(self.fields["name"])


def _short(field: Any) -> None:
    field.max_length = NAME  # CleanTexts holds it
    field.widget.attrs["maxlength"] = str(NAME)


class OneUse:
    """Takes a code of the app once, and none that is older than one that was taken (RFC 6238, section 5.2).

    allauth remembers a used code for 30 seconds in a cache; the app's codes are valid for 90 here, in all processes.
    """

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """Return the code when it is right. Raises ValidationError, which tells a used code from a wrong one."""
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except forms.ValidationError as error:
            if getattr(error, "code", "") == "incorrect_code" and self._was_used():
                raise get_adapter().validation_error("used_code") from error
            raise
        if self.authenticator.type == Authenticator.Type.TOTP and not _first_use(self.authenticator.pk, code):
            self._emit_authentication_failed(self.authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("used_code")
        return code

    def _was_used(self) -> bool:
        """Say whether what was typed is a code of the app that is valid, so that only its use stands against it."""
        row = Authenticator.objects.filter(user=self.user, type=Authenticator.Type.TOTP).first()
        typed = str(self.data.get("code", "")).strip()  # type: ignore[attr-defined]
        steps = _steps_of(row, typed) if row else []
        return row is not None and bool(steps) and max(steps) <= row.data.get("last_step", 0)


class SecondStepForm(OneUse, AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code at the sign-in."""


class SecondStepAgainForm(OneUse, ReauthenticateForm):  # type: ignore[misc]
    """The code of who is asked again."""


@transaction.atomic
def _first_use(pk: int, code: str) -> bool:
    """Note the time step of a code that is right, and say whether it is later than the last."""
    row = Authenticator.objects.select_for_update().get(pk=pk)
    steps = _steps_of(row, code)
    if not steps or max(steps) <= row.data.get("last_step", 0):
        return False
    row.data["last_step"] = max(steps)
    row.save(update_fields=["data"])
    return True


def _steps_of(row: Authenticator, code: str) -> list[int]:
    """Return the time steps, of those that count now, whose code of this app is `code`."""
    secret = decrypt(row.data["secret"])
    now = yield_hotp_counters_from_time()
    return [one for one in now if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, one)))]
