"""What follows when an address stays unreachable: one effect at each threshold, none of them more than once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalog.choices import Away


@dataclass(frozen=True)
class Effect:
    """What happens after an address was unreachable for so long."""

    name: str
    after: dt.timedelta
    away: Away  # how the catalog treats the tool from then on
    sentence: str


# The clock stops while nothing can be told (judge.down_for).
EFFECTS = (
    Effect("problems", dt.timedelta(), Away.PROBLEMS, "Problems are observed; the tool stays where it is."),
    Effect(
        "unreachable", dt.timedelta(hours=6), Away.UNREACHABLE, "It is shown as unreachable and stands behind others."
    ),
    Effect(
        "claims_end", dt.timedelta(hours=72), Away.UNREACHABLE, "Its level falls: it can no longer be seen to be there."
    ),
    Effect(
        "out_of_search",
        dt.timedelta(days=14),
        Away.LONG,
        "It is left out of lists and search; its page and links stay.",
    ),
    Effect(
        "archived", dt.timedelta(days=45), Away.ARCHIVED, "Its page is kept as an archive, for people who look for it."
    ),
)
CLAIMS_END, OUT_OF_SEARCH = EFFECTS[2].after, EFFECTS[3].after
WELL_FOR = dt.timedelta(hours=24)  # healthy so long, and all steps made anew, before a level comes back


def reached(down_for: dt.timedelta) -> int:
    """Return how many of EFFECTS are due after so long."""
    return sum(down_for >= effect.after for effect in EFFECTS)


def away(effects: int) -> Away:
    """Return how the catalog treats a tool whose worst incident had so many effects."""
    return EFFECTS[effects - 1].away if effects else Away.NOT
