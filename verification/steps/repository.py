"""The repository's page: is it there, is it still at its address, is it archived."""

from __future__ import annotations

from core import safehttp
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import repositories
from verification.verdicts import Verdict

CODES = {
    "there": Code(Verdict.PASS, "The repository is there and not archived."),
    "archived": Code(Verdict.WARN, "The repository is archived by its owner."),
    "moved": Code(Verdict.WARN, "The repository moved to {target}."),
    # Code hosts answer 404 for private repositories too, so it says no more than this.
    "not_there": Code(Verdict.FAIL, "There is no public repository at this address ({status})."),
}


def subjects(listing: Listing) -> list[Subject]:
    """Return the repository, when the listing names one."""
    return [Subject(listing.repo_url)] if listing.repo_url else []


def check(context: Context) -> Outcome:
    """Fetch the page, as people see it."""
    answer = context.page(context.subject.address)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    if answer.status != 200:
        return context.say("not_there", status=answer.status)
    archived, licence = repositories.read(safehttp.text(answer))
    detail = {"archived": archived, "licence": licence, "address": answer.final_url}
    if archived:
        return context.say("archived", detail=detail)
    if repositories.place(answer.final_url) != repositories.place(context.subject.address):
        return context.say("moved", target=answer.final_url, detail=detail)
    return context.say("there", detail=detail)


STEP = Step(
    key="repository",
    title="Repository",
    group="packages",
    proves="The repository's page is public at the address of the listing. It proves nothing about the code.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=subjects,
    requests=1,
)
