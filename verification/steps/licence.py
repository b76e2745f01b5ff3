"""The declared licence against the one that the repository's page shows."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import repositories
from verification.verdicts import Verdict

CODES = {
    "agrees": Code(Verdict.PASS, "The repository's page shows the licence of the listing, {licence}."),
    "differs": Code(Verdict.WARN, "The listing says {licence}, the repository's page shows {seen}."),
    "not_visible": Code(Verdict.INCONCLUSIVE, "We found no licence on the repository's page."),
}


def subjects(listing: Listing) -> list[Subject]:
    """Return the repository, when the listing names one and a licence."""
    return [Subject(listing.repo_url)] if listing.repo_url and listing.licence else []


def check(context: Context) -> Outcome:
    """Compare; the page was read by the step before."""
    page = context.earlier("repository")
    if page is None or "licence" not in page.detail:
        return context.unmet("repository", "Repository")
    seen, licence = page.detail["licence"], context.listing.licence
    if not seen:
        return context.say("not_visible")
    same = repositories.same_licence(licence, seen)
    return context.say("agrees" if same else "differs", licence=licence, seen=seen, detail={"seen": seen})


STEP = Step(
    key="licence",
    title="Licence",
    group="packages",
    proves="The repository's page shows the licence that the listing states. It does not prove that all of the code is"
    " under it.",
    codes=CODES,
    check=check,
    subjects=subjects,
    needs=("repository",),
)
