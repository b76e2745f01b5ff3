"""The texts of the listing are fit to be shown."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.listing import texts
from verification.reading import content_rules
from verification.verdicts import Verdict

# the first of these that was found is what the step says; the others are in its detail
ORDER = ("secret", "bidi", "invisible", "html", "links", "shouting", "emoji", "superlative", "length")


def check(context: Context) -> Outcome:
    """Apply the rules of reading/content_rules.py to name, vendor, tagline, description, tags and plans."""
    found = content_rules.findings(texts(context.listing))
    if not found:
        return context.say("fit")
    first = min(found, key=lambda one: ORDER.index(one.rule))
    detail = {"findings": [one.as_json() for one in found]}
    return context.say(first.rule, field=first.field, text=first.text, place=first.start + 1, detail=detail)


P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
STEP = Step(
    key="content_lint",
    title="Texts",
    group="listing",
    proves="The listing's texts hold no hidden characters, no secrets and no markup, and do not shout.",
    codes={
        "fit": Code(P, "Nothing stands out in the texts."),
        "secret": Code(F, "The {field} holds what looks like a secret key ({text}); take it out and replace the key."),
        "bidi": Code(F, "The {field} holds a character that turns the direction of text ({text}, character {place})."),
        "invisible": Code(F, "The {field} holds an invisible character ({text}, character {place})."),
        "html": Code(W, "The {field} holds markup ({text}), which is shown as it is."),
        "links": Code(W, "The {field} holds {text}; a listing has fields of its own for addresses."),
        "shouting": Code(W, "The {field} shouts: “{text}”."),
        "emoji": Code(W, "The {field} holds {text}."),
        "superlative": Code(W, "The {field} says “{text}”, which nobody can check."),
        "length": Code(W, "The {field} has {text}."),
    },
    check=check,
)
