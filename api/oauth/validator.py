"""What oauthlib asks when it gives tokens: django-allauth's answers, stricter where this site promises more.

The library keeps codes in the cache, requires PKCE of public clients only, compares redirect addresses loosely, and
ends no family when a refresh token comes twice (65.21). One object answers for one request.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.models import Token
from django.conf import settings
from django.utils import timezone
from oauthlib.openid import Server

from accounts.models import User
from api.oauth import device, tokens

CODE_LASTS = 60  # seconds
KINDS = (Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN)


def new_access_token(_request: Any) -> str:
    """Return a new access token: 256 random bits."""
    return f"aicat_token_{secrets.token_urlsafe(32)}"


def new_refresh_token(_request: Any) -> str:
    """Return a new refresh token: 256 random bits."""
    return f"aicat_refresh_{secrets.token_urlsafe(32)}"


def server(validator: Validator) -> Server:
    """Return oauthlib's server, for one request."""
    return Server(
        validator,
        token_expires_in=settings.IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN,
        token_generator=new_access_token,
        refresh_token_generator=new_refresh_token,
    )


class Validator(OAuthLibRequestValidator):  # type: ignore[misc]  # the library has no types
    """Answers for one request. `row` is the code or refresh token that is exchanged, `user` who is asked to consent."""

    def __init__(self, user: User | None = None) -> None:
        super().__init__()
        self.user = user
        self.row: Token | None = None

    # -- asking for consent --------------------------------------------------------------------------------------------

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **more: Any) -> bool:
        """Compare letter by letter (RFC 9700, 4.1.3)."""
        return redirect_uri in request.client.get_redirect_uris()

    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **more: Any
    ) -> bool:
        """Know codes only, of clients that were registered for them."""
        return response_type == "code" and "authorization_code" in request.client.get_grant_types()

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Require it of every client (RFC 9700, 2.1.1)."""
        return True

    def validate_silent_login(self, request: Any) -> bool:
        """Say whether somebody is signed in; whether they consent is another question."""
        return self.user is not None

    def validate_silent_authorization(self, request: Any) -> bool:
        """Ask the person each time: the library counts what they allowed any other app."""
        return False

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *args: Any, **more: Any) -> None:
        """Keep a digest of a code, and what it was given for."""
        assert self.user is not None
        row = Token(
            type=Token.Type.AUTHORIZATION_CODE, client=request.client, user=self.user,
            expires_at=timezone.now() + dt.timedelta(seconds=CODE_LASTS),
            data=tokens.of_consent(
                self.user, redirect=request.redirect_uri, challenge=request.code_challenge, nonce=request.nonce
            ),
        )  # fmt: skip
        row.set_value(code["code"])
        row.set_scopes(request.scopes)
        row.save(force_insert=True)

    # -- a code for tokens ---------------------------------------------------------------------------------------------

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **more: Any) -> bool:
        """Take a code."""
        self.row = tokens.take(Token.Type.AUTHORIZATION_CODE, code, request.client)
        if self.row is None:
            return False
        request.user, request.scopes, request.claims = self.row.user, self.row.get_scopes(), None
        return True

    def get_authorization_code_scopes(self, client_id: str, code: str, redirect_uri: str, request: Any) -> list[str]:
        """Tell whether the answer needs an ID token; nothing is decided yet."""
        row = Token.objects.by_value(code).filter(type=Token.Type.AUTHORIZATION_CODE).first()
        scopes: list[str] = row.get_scopes() if row else []
        return scopes

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: Any) -> Any:
        """Return what the ID token repeats."""
        return self.row.data["nonce"] if self.row else None

    def get_code_challenge(self, code: str, request: Any) -> Any:
        """Return the challenge of a code."""
        return self.row.data["challenge"] if self.row else None

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        """Return the one there is."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any, *args: Any, **more: Any
    ) -> bool:
        """Compare with the address that the code was sent to."""
        return self.row is not None and bool(redirect_uri == self.row.data["redirect"])

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **more: Any) -> None:
        """Do nothing: `save_bearer_token` spent it."""

    # -- a refresh token for others ------------------------------------------------------------------------------------

    def validate_refresh_token(self, refresh_token: str, client: Any, request: Any, *args: Any, **more: Any) -> bool:
        """Take a refresh token."""
        self.row = tokens.take(Token.Type.REFRESH_TOKEN, refresh_token, client)
        if self.row is None:
            return False
        request.user = self.row.user
        return True

    def get_original_scopes(self, refresh_token: str, request: Any, *args: Any, **more: Any) -> list[str]:
        """Return what was allowed."""
        scopes: list[str] = self.row.get_scopes() if self.row else []
        return scopes

    def rotate_refresh_token(self, request: Any) -> bool:
        """Give a new one each time."""
        return True

    # -- a device's code for tokens ------------------------------------------------------------------------------------

    def validate_device_code(self, client_id: str, device_code: str, request: Any) -> str | None:
        """Return how a code stands."""
        state, self.row = device.poll(device_code, request.client)
        if self.row is not None:
            request.user, request.scopes = self.row.user, self.row.get_scopes()
        return state

    # -- what is given and taken back ----------------------------------------------------------------------------------

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **more: Any) -> None:
        """Keep digests of new tokens, and spend what they were given for."""
        row = self.row
        data = {name: row.data[name] for name in ("family", "stamp")} if row else None
        scopes = {Token.Type.ACCESS_TOKEN: request.scopes, Token.Type.REFRESH_TOKEN: row and row.get_scopes()}
        lasts = settings.IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN, settings.IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN
        for kind, name, seconds in zip(KINDS, ("access_token", "refresh_token"), lasts, strict=True):
            if name in token:
                made = Token(type=kind, client=request.client, user=row.user if row else None, data=data)
                made.expires_at = timezone.now() + dt.timedelta(seconds=seconds)
                made.set_value(token[name])
                made.set_scopes(scopes[kind])
                made.save(force_insert=True)
        if row:
            row.data["spent"] = True
            row.save(update_fields=["data"])

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **more: Any) -> None:
        """End a token of the client that asks: a refresh token with all that came from it (RFC 7009, 2.1)."""
        row = Token.objects.by_value(token).filter(type__in=KINDS, client=request.client).first()
        if row is None:
            return
        if row.type == Token.Type.REFRESH_TOKEN and row.user_id:
            tokens.lock(row.user_id)
            tokens.end_family(row)
        else:
            row.delete()
