from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """People: the user, its roles, sign-in."""

    name = "accounts"

    def ready(self) -> None:
        """Let signing in and out be recorded, and note the beginning of every session, whoever signs the person in."""
        from allauth.account.signals import (  # noqa: PLC0415  # needs the models
            email_confirmed,
            login_code_rejected,
            password_reset,
        )
        from allauth.mfa.signals import authentication_failed, authenticator_added  # noqa: PLC0415

        from accounts import addresses, checks, roles, sessions, sign_in_log  # noqa: F401, PLC0415
        from accounts.privacy import keeping, parts  # noqa: PLC0415

        parts.register()
        keeping.register()
        post_migrate.connect(roles.after_migrations, dispatch_uid="accounts.roles")
        user_logged_in.connect(sessions.begin, dispatch_uid="accounts.sessions.begin")
        email_confirmed.connect(addresses.confirmed, dispatch_uid="accounts.addresses.confirmed")
        password_reset.connect(addresses.reset, dispatch_uid="accounts.addresses.reset")
        authenticator_added.connect(sessions.note_second_step, dispatch_uid="accounts.sessions.second_step")
        user_logged_in.connect(sign_in_log.signed_in, dispatch_uid="accounts.signed_in")
        user_logged_out.connect(sign_in_log.signed_out, dispatch_uid="accounts.signed_out")
        user_login_failed.connect(sign_in_log.failed, dispatch_uid="accounts.sign_in_failed")
        login_code_rejected.connect(sign_in_log.mailed_code_failed, dispatch_uid="accounts.code_failed")
        authentication_failed.connect(sign_in_log.second_step_failed, dispatch_uid="accounts.second_step_failed")
