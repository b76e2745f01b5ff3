"""Addresses under /account/. The views are allauth's, with its names; tests compare them with its own list.

Its own limits are off: ours (accounts/limits.py) stand in front of what guesses, or sends mails.

Left out: what is switched off (sign-up by passkey, phone numbers, codes instead of links in mails).
"""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from accounts import limits, mail_views, views
from accounts.confirming import confirmed, with_an_address
from accounts.privacy import views as privacy

urlpatterns = [
    path("", views.overview, name="account_overview"),
    path("sign-up/", limits.signing_up(account.signup), name="account_signup"),
    path("sign-in/", limits.by_password(account.login), name="account_login"),
    path("sign-in/code/", limits.asking_for_mail(account.request_login_code), name="account_request_login_code"),
    path("sign-in/code/confirm/", limits.by_code(account.confirm_login_code), name="account_confirm_login_code"),
    path("sign-in/passkey/", limits.by_passkey(passkeys.login_webauthn), name="mfa_login_webauthn"),
    path("sign-in/second-step/", limits.second_step(second_step.authenticate), name="mfa_authenticate"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="account_confirm_email"),
    path("email/", limits.new_address(account.email), name="account_email"),
    path("password/change/", limits.confirming(confirmed(account.password_change)), name="account_change_password"),
    path("password/set/", confirmed(account.password_set), name="account_set_password"),
    path("password/reset/", limits.asking_for_mail(account.password_reset), name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        limits.new_password(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("confirm/", limits.confirming(account.reauthenticate), name="account_reauthenticate"),
    path("confirm/code/", limits.second_step_again(second_step.reauthenticate), name="mfa_reauthenticate"),
    path("confirm/passkey/", limits.confirming(passkeys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("second-step/", second_step.index, name="mfa_index"),
    path("second-step/app/add/", with_an_address(totp.activate_totp), name="mfa_activate_totp"),
    path("second-step/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-step/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("second-step/passkeys/add/", with_an_address(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("second-step/passkeys/<int:pk>/rename/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("second-step/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("second-step/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-step/recovery-codes/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-step/recovery-codes/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("mail/", mail_views.mail, name="account_mail"),
    path("sessions/", views.sessions, name="usersessions_list"),
    path("data/", privacy.data, name="account_data"),
    path("data/<uuid:key>/", privacy.data_file, name="account_data_file"),
    path("erase/", privacy.erase, name="account_erase"),
    path("erase/keep/", privacy.keep, name="account_keep"),
]
