"""Rows of the API."""

from __future__ import annotations

from api.models.keys import ApiKey

__all__ = ["ApiKey"]
