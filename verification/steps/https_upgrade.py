"""Whoever types the name without https:// ends on https."""

from __future__ import annotations

from verification import robots
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.domains import host_of
from verification.steps.dns import origin
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Ask the plain http address and see where it leads."""
    home = context.earlier("home")
    if home is None or not home.detail.get("status"):
        return context.unmet("home", "The home page answers")
    host = host_of(context.subject.address)
    file, _answer = robots.ask(context, f"https://{host}/")
    if not robots.permits(file, f"https://{host}/"):
        code = "robots_unavailable" if robots.failed(file) else "robots_disallow"
        return context.say(code, domain=context.domain(context.subject.address))
    answer = context.fetch(f"http://{host}/", method="HEAD")
    detail = {"chain": [hop.url[:500] for hop in answer.hops][:10]}
    if any(hop.url.startswith("https://") for hop in answer.hops):
        return context.say("upgrades", host=host, detail=detail)
    if len(answer.hops) < 2 and answer.code in {"refused", "connect_timeout"}:
        return context.say("https_only", host=host, detail=detail)
    return context.trouble(answer) or context.say("no_upgrade", host=host, detail=detail)


P, W = Verdict.PASS, Verdict.WARN
STEP = Step(
    key="https_upgrade",
    title="http leads to https",
    group="site",
    proves="The plain http address of the host leads to https.",
    codes={
        "upgrades": Code(P, "http://{host}/ leads to https."),
        "https_only": Code(P, "{host} answers over https only."),
        "no_upgrade": Code(W, "http://{host}/ answers without leading to https."),
    },
    check=check,
    subjects=origin,
    needs=("home",),
    requests=1,
    shared=True,
)
