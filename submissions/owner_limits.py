"""How often owners may do what reaches others: mails to people, looks at sites, runs, public words (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

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
