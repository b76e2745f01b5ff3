"""Rows of the API."""

from __future__ import annotations

from api.models.keys import ApiKey
from api.models.usage import Usage

__all__ = ["ApiKey", "Usage"]
