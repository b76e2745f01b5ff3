"""Sentences that reviewers write again and again, by the rule on which they rest; any may be changed before it goes."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "an-ai-tool": (
        "We could not see what it does by machine learning. Say it in the description, or tell us why it belongs here.",
    ),
    "works": (
        "The home page did not answer when we looked. Send it again once it does.",
        "An address that you declared does not answer as what it is declared to be; the checks say which.",
    ),
    "true": ("The listing states something that your own pages do not say today. Change either, and send it again.",),
    "price": (
        "The price that you state is not the one of the price page. State that one, or “unknown”.",
        "Say what can be had for free, and until which limit.",
    ),
    "plain-words": (
        "Leave out superlatives and advertising, and say what it does, for whom, and a limit.",
        "The tagline says nothing that tells it from others. Say what it does in one sentence.",
    ),
    "right-place": ("It is filed where people do not look for it. We suggest another sub-category:",),
    "once": ("It is listed already. Claim that listing, or suggest a change of it.",),
    "owner": ("Prove that the tool is yours before you change its name, domain, price or sign-in.",),
    "harmless": ("What it offers for download was found to be malicious.", "It imitates another product."),
    "legal": ("It may not be offered where this site is run.",),
    "alive": ("It cannot be used any more: its pages say that it was shut down.",),
    "on-request": ("You asked for this, and proved to own it.",),
    "all-rules": ("Thank you, nothing stands against it.",),
}


def all_of_them() -> list[tuple[str, str]]:
    """Return all phrases with the key of their rule, in the order of the rules."""
    return [(rule, phrase) for rule, phrases in PHRASES.items() for phrase in phrases]
