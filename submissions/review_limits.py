"""How often reviewers may decide, and visitors report or appeal (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

REVIEW = Limit("review", 600, 3_600, "closed", "You sent more than {quota} forms of the review in {window}.")
REPORT = Limit("report", 10, 3_600, "closed", "Your network reported more than {quota} listings in {window}.")
# whoever asks: nobody's mailbox is filled with receipts from here
RECEIPT = Limit("report-receipt", 5, 86_400, "closed", "More than {quota} receipts went to this address in {window}.")
ANSWER = Limit("decision-answer", 20, 3_600, "closed", "You answered decisions more than {quota} times in {window}.")
