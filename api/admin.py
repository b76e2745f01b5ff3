"""The desk has no tables of apps: the library's would let an address or a secret be typed over, unaudited."""

from __future__ import annotations

import allauth.idp.oidc.admin  # noqa: F401 - registers what is taken out below
from allauth.idp.oidc.models import Client, Token
from django.contrib import admin

admin.site.unregister([Client, Token])
