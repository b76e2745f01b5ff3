"""How often somebody may change something in the portal (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

# a draft is saved at each change of a field: far more than a person types, far less than hurts others
WRITE = Limit(
    "portal-write", 1_200, 3_600, "closed", "You changed something in the portal more than {quota} times in {window}."
)
READ_SITE = Limit("portal-read-site", 60, 3_600, "closed", "You had more than {quota} sites read in {window}.")
CHECK = Limit("portal-check", 60, 3_600, "closed", "You asked for more than {quota} checks in {window}.")
