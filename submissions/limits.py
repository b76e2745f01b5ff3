"""How often somebody may change something in the portal (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

# a draft is saved at each change of a field: far more than a person types, far less than hurts others
WRITE = Limit(
    "portal-write", 1_200, 3_600, "closed", "You changed something in the portal more than {quota} times in {window}."
)
READ_SITE = Limit("portal-read-site", 60, 3_600, "closed", "You had more than {quota} sites read in {window}.")
CHECK = Limit("portal-check", 60, 3_600, "closed", "You asked for more than {quota} checks in {window}.")

# owners: mails to people, looks at sites, runs, public words
DAY = 86_400
PROVE = Limit("prove", 60, 3_600, "closed", "You began or checked more than {quota} proofs in {window}.")
OWNERS = Limit("owners", 120, 3_600, "closed", "You changed who speaks for tools more than {quota} times in {window}.")
INVITE = Limit("invite", 20, DAY, "closed", "You invited more than {quota} people in {window}.")
# whoever asks: nobody's mailbox is filled from here
INVITED = Limit(
    "invited", 5, DAY, "closed", "More than {quota} invitations were asked for to this address in {window}."
)
ACCEPT = Limit(
    "invitation", 30, 3_600, "closed", "Your network opened or answered more than {quota} links in {window}."
)
RERUN = Limit("rerun", 6, 3_600, "closed", "You asked for more than {quota} runs of your tools in {window}.")
REPLY = Limit("reply", 20, DAY, "closed", "You wrote more than {quota} public replies in {window}.")

# reviewers, reports, appeals
REVIEW = Limit("review", 600, 3_600, "closed", "You sent more than {quota} forms of the review in {window}.")
REPORT = Limit("report", 10, 3_600, "closed", "Your network reported more than {quota} listings in {window}.")
# whoever asks: nobody's mailbox is filled with receipts from here
RECEIPT = Limit("report-receipt", 5, DAY, "closed", "More than {quota} receipts went to this address in {window}.")
ANSWER = Limit("decision-answer", 20, 3_600, "closed", "You answered decisions more than {quota} times in {window}.")
