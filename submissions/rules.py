"""What a listing has to be: the grounds on which reviewers decide. People read them at /submit/rules/.

A decision keeps the key of its rule; VERSION goes up when the meaning of one changes.
"""

from __future__ import annotations

from dataclasses import dataclass

VERSION = "2026-11"


@dataclass(frozen=True)
class Rule:
    """One rule: its title for lists, and what it asks in a sentence or two."""

    title: str
    text: str


RULES: dict[str, Rule] = {
    "an-ai-tool": Rule("It is an AI tool", "It does its work by machine learning, or is made for building such tools."),
    "works": Rule(
        "It works", "Its home page and every address that is declared answer as what they are declared to be."
    ),
    "true": Rule("It is true", "What the listing states agrees with what the tool's own pages say today."),
    "price": Rule(
        "Its price is stated", "What it costs is stated as on the price page; “unknown” is allowed, wrong is not."
    ),
    "plain-words": Rule(
        "It is told in plain words",
        "The texts say what it does, for whom, and a limit; no superlatives, no advertising.",
    ),
    "right-place": Rule("It stands in its place", "Kind and sub-categories are those under which people look for it."),
    "once": Rule("It is listed once", "One product is one listing. What is listed already is claimed or changed."),
    "owner": Rule(
        "Its owner agrees", "Who changes name, domain, price or sign-in of a listed tool has proved to own it."
    ),
    "harmless": Rule("It harms nobody", "No malware, no fraud, no imitation of others, no theft of data."),
    "legal": Rule("It is legal", "It may be offered where this site is run, and breaks nobody's rights."),
    "alive": Rule("It exists", "It can be used today; what is gone for good is archived."),
    "on-request": Rule("Its owner asked for it", "The owner, proved as such, asked for this."),
    "all-rules": Rule("All rules are kept", "Nothing stands against the listing."),
}
