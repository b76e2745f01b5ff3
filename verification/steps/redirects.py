"""The home page stays with its owner: redirects end on the declared domain, and on https."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.domains import host_of, registrable
from verification.verdicts import Verdict

# where visitors are sent to log in or to consent, and come back from
LOGIN_HOSTS = frozenset({
    "accounts.google.com", "consent.google.com", "consent.youtube.com", "login.microsoftonline.com", "login.live.com",
    "appleid.apple.com", "id.atlassian.com", "login.salesforce.com", "signin.aws.amazon.com", "auth.openai.com",
})  # fmt: skip
LOGIN_DOMAINS = frozenset({
    "auth0.com", "okta.com", "oktapreview.com", "onelogin.com", "workos.com", "authkit.app", "accounts.dev",
    "amazoncognito.com", "b2clogin.com", "ciamlogin.com", "kinde.com", "stytch.com", "descope.com", "fusionauth.io",
    "cloudflareaccess.com",
})  # fmt: skip


def check(context: Context) -> Outcome:
    """Read the chain of redirects that the home page's step kept."""
    home = context.earlier("home")
    chain = list(home.detail.get("chain", ())) if home else []
    fetched = str(home.detail.get("fetch", "")) if home else ""
    host, declared = host_of(context.subject.address), context.domain(context.subject.address)
    detail = {"chain": chain}
    if (
        home is not None
        and home.code == "redirects_fail"
        and fetched in {"redirect_loop", "too_many_redirects", "downgrade"}
    ):
        code = {"redirect_loop": "loop", "too_many_redirects": "too_many"}.get(fetched, fetched)
        return context.say(code, host=host, detail=detail)
    if not chain or home is None or not home.detail.get("status") or home.code == "needs_cookies":
        return context.unmet("home", "The home page answers")
    final = host_of(chain[-1])
    if registrable(final) == declared:
        return context.say("stays", domain=declared, detail=detail)
    labels = final.split(".")
    suffixes = {".".join(labels[place:]) for place in range(len(labels))}
    code = "login" if final in LOGIN_HOSTS or suffixes & LOGIN_DOMAINS else "other_domain"
    return context.say(code, domain=declared, final=final, detail=detail)


P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
STEP = Step(
    key="redirects",
    title="Redirects stay with the owner",
    group="site",
    proves="Whoever opens the declared home page ends on the same registrable domain.",
    codes={
        "stays": Code(P, "The home page stays on {domain}."),
        "login": Code(P, "{domain} sends visitors to {final} to log in."),
        # a tool that moved or was bought looks just like one that was taken over: a person decides
        "other_domain": Code(
            W, "The home page on {domain} leads to {final}; a person should see whether that is right."
        ),
        "downgrade": Code(F, "{host} redirects from https to plain http."),
        "loop": Code(F, "The redirects of {host} lead in a circle."),
        "too_many": Code(F, "{host} redirects more often than a browser should have to follow."),
    },
    check=check,
    subjects=homepage,
    needs=("home",),
)
