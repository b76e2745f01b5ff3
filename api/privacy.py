"""What the API knows of a person (accounts.privacy)."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.privacy.registry import personal
from api.models import ApiKey
from api.rendering import moment


def register() -> None:
    """Say it."""
    personal(
        "api", export=_exported, erase=_erase, covers=["api.apikey.owner"],
        told="your keys to the API, which stop working at once",
    )  # fmt: skip


def _exported(user: User) -> Any:
    rows = ApiKey.objects.visible_to(user).newest_first()
    return {
        "keys": [
            {
                "name": one.name,
                "prefix": one.prefix,
                "scopes": one.scopes,
                "created": moment(one.created_at),
                "expires": moment(one.expires_at),
                "last used": moment(one.last_used_at),
                "last network": one.last_network,
                "revoked": moment(one.revoked_at),
            }
            for one in rows
        ]
    }


def _erase(user: User) -> None:
    ApiKey.objects.filter(owner=user).delete()
