"""How often reviewers may decide, and visitors report or appeal (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

REVIEW = Limit("review", 600, 3_600, "closed", "You sent more than {quota} forms of the review in {window}.")
REPORT = Limit("report", 10, 3_600, "closed", "Your network reported more than {quota} listings in {window}.")
ANSWER = Limit("decision-answer", 20, 3_600, "closed", "You answered decisions more than {quota} times in {window}.")
