"""How often who may do what in the portal (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

WORK = Limit("portal-work", 600, 3_600, "closed", "You sent more than {quota} forms in {window}.")
