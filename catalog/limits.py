"""How often one network may search (docs/limits.md): far more than a person does, far less than hurts others."""

from __future__ import annotations

from core.ratelimit import Limit

SEARCH = Limit("search", 600, 60, "open", "Your network searched more than {quota} times in {window}.")
SUGGEST = Limit("suggest", 1_200, 60, "open", "Your network asked for suggestions more than {quota} times in {window}.")
VISIT = Limit("visit", 60, 3_600, "open", "Your network followed more than {quota} links to tools in {window}.")
VISIT_TOOL = Limit(
    "visit-tool", 5, 86_400, "open", "Your network followed the link to this tool more than {quota} times in {window}."
)
KEEP = Limit("keep", 600, 3_600, "closed", "You changed what you keep more than {quota} times in {window}.")
