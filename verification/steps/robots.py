"""The site lets robots like ours look at its home page."""

from __future__ import annotations

from verification import robots
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Read robots.txt of the home page's origin, as RFC 9309 says."""
    address = context.subject.address
    file, answer = robots.ask(context, address)
    domain, detail = context.domain(address), {"rule": file.rule, "why": file.why[:300]}
    if file.rule == "unknown":
        trouble = context.trouble(answer) if answer else None
        return trouble or context.say("our_side", reason=file.why)
    if file.rule == "disallow":
        return context.say("unavailable", domain=domain, why=file.why, detail=detail)
    if not robots.permits(file, address):
        return context.say("robots_disallow", domain=domain, detail=detail)
    return context.say("none" if file.rule == "allow" else "allows", domain=domain, detail=detail)


P, I = Verdict.PASS, Verdict.INCONCLUSIVE  # noqa: E741
STEP = Step(
    key="robots",
    title="Robots may look",
    group="site",
    proves="robots.txt does not ask our robot to stay away from the home page.",
    codes={
        "allows": Code(P, "robots.txt of {domain} lets us read the home page."),
        "none": Code(P, "{domain} has no robots.txt, which lets everybody read."),
        # RFC 9309, 2.3.1.4: as if everything were disallowed, which is the site's right and no fault
        "unavailable": Code(I, "We stay away from the pages of {domain}, because {why}."),
    },
    check=check,
    shared=True,
    needs=("home",),
    subjects=homepage,
    requests=1,
)
