"""What every address answers to everybody, as data. A new address needs a line here, and nobody else's words.

A cell is what all get and, after it, who gets something else: "200 visitor:login" lets everybody in but visitors, who
are led to the sign-in. Forms are sent empty: then "200" is the form again, with its errors, and "302" that something
was done, or that the page leads on.
"""

from __future__ import annotations

from typing import NamedTuple

from accounts import roles

VISITOR, MEMBER = "visitor", "member"
WHO = (VISITOR, MEMBER, *roles.ROLES)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


DESK_ONLY = "200 visitor:login member:login"
BILLERS = "403 visitor:login billing:200"
REVIEWERS = "403 visitor:login reviewer:200"
NOT_AT_ALL = "405 visitor:login member:login"


class Rule(NamedTuple):
    """Routes that answer alike: HEAD as GET, PATCH and DELETE as `others` where DELETE has no cell of its own."""

    get: str
    post: str
    put: str
    others: str
    options: str
    routes: str
    delete: str = ""


def alike(cell: str, routes: str) -> Rule:
    """Return a rule whose cells are all the same."""
    return Rule(cell, cell, cell, cell, cell, routes)


RULES = [
    # -- everybody may look, nobody may change -------------------------------------------------------------------------
    Rule("200", "405", "405", "405", "405", """
        / /bot/ /card.png /categories/ /categories/<slug>/ /collections/ /collections/<slug>/ /compare/ /feeds/
        /feeds/added.<form> /feeds/categories/<slug>.<form> /feeds/new.<form> /feeds/tools/<slug>.<form> /healthz
        /llms.txt /new/ /opensearch.xml /privacy/ /readyz /robots.txt
        /schemas/manifest/2026-12-01.json /sitemap.xml /sitemaps/<name>.xml
        /stats/ /status.json /status/ /suggest /tools/ /tools/<slug>.md /tools/<slug>/ /tools/<slug>/alternatives/
        /tools/<slug>/badge.<ext> /tools/<slug>/card.png /tools/<slug>/logo-<logo>.png
        /tools/<slug>/logo-<logo>-256.png /tools/<slug>/verification/
        /tools/<slug>/verification/<run>/ /tools/<slug>/verification/<run>/evidence/<sha256>
        /tools/<slug>/verification/<run>/run.json /trust/ /trust/audit.json /trust/audit/ /trust/log.atom
        /trust/log.json /trust/log/ /privacy/personal-data.schema.json /transparency/ /transparency.json
        /featured/ /featured/ledger/ /featured/ledger.csv /featured/why/
    """),
    Rule("302", "405", "405", "405", "405", "/favicon.ico /exports/"),
    Rule("200", "405", "405", "405", "405", """
        /api/docs/ /api/docs/errors/ /api/docs/reference/ /api/docs/reference/<operation>/ /.well-known/api-catalog
        /.well-known/oauth-authorization-server /.well-known/openid-configuration /.well-known/jwks.json
    """),
    Rule("400", "400", "405", "405", "405", "/oauth/authorize/"),  # no app is named
    Rule("200 visitor:login", "200 visitor:login", "405", "405", "405", "/oauth/device/"),  # asks for a code
    Rule("401", "405", "405", "405", "405", "/oauth/userinfo"),  # cookies are not read
    # what is posted is not a form of OAuth
    Rule("405", "400", "405", "405", "405", "/oauth/token /oauth/revoke /oauth/device/code"),
    Rule("302", "405", "405", "405", "405", "/api/docs/reference/<operation>/go/"),
    Rule("404", "405", "405", "405", "405", "/exports/latest /exports/latest/<name> /exports/<day>/<name>"),  # none yet
    Rule("404", "405", "405", "405", "405", "/mail/ /mail/<token>/"),  # in debug mode only
    # -- changes -------------------------------------------------------------------------------------------------------
    Rule("405", "403 editor:302", "405", "405", "405", "/tools/<slug>/verification/start/"),
    Rule("405", "403", "405", "405", "405", "/tools/<slug>/visit/"),  # only a page of this site may send it
    Rule("405", "403", "405", "405", "405", "/featured/seen/"),  # the same
    # -- what was bought: who bought it, and billing -------------------------------------------------------------------
    Rule("404 visitor:login", "405", "405", "405", "405", "/portal/featured/bookings/<key>/report.csv"),  # no such key
    Rule("404", "404", "405", "405", "405", "/ownership/<token_id>/<token>/ /mail/leave/<token>/"),  # a made-up link
    # -- the way in: who is signed in is led on ------------------------------------------------------------------------
    Rule("302 visitor:200", "302 visitor:200", "302 visitor:200", "302 visitor:405", "302 visitor:200", """
        /account/sign-in/ /account/sign-in/code/ /account/sign-up/
    """),
    Rule("302 visitor:login", "302 visitor:login", "302 visitor:login", "302 visitor:405", "302 visitor:200", """
        /account/sign-in/passkey/
    """),
    Rule("302 visitor:login", "302 visitor:login", "302 visitor:login", "302 visitor:login", "302 visitor:login", """
        /account/sign-in/code/confirm/ /account/sign-in/second-step/
    """),
    Rule("200", "200", "200", "405", "200", "/account/password/reset/"),
    Rule("200", "200", "200", "200", "200", "/account/password/reset/key/<uidb36>-<key>/"),  # "this link does not work"
    Rule("200", "405", "405", "405", "200", """
        /account/closed/ /account/confirm-email/ /account/password/reset/done/ /account/password/reset/sent/
    """),
    Rule("200", "404", "405", "405", "200", "/account/confirm-email/<key>/"),
    Rule("200 visitor:302", "302", "405", "405", "200", "/account/sign-out/"),
    # -- one's own account ---------------------------------------------------------------------------------------------
    Rule("200 visitor:login", "405", "405", "405", "405", "/account/"),
    Rule("200 visitor:login", "302 visitor:login", "405", "405", "405", """
        /account/data/ /account/erase/ /account/mail/ /account/sessions/
    """),
    Rule("405", "302 visitor:login", "405", "405", "405", "/account/erase/keep/"),
    alike("404", "/account/data/<key>/"),  # no such key; tests/accounts/privacy/test_export.py asks for others' copies
    Rule("200 visitor:login", "405 visitor:login", "405 visitor:login", "405 visitor:login", "200 visitor:login", """
        /account/second-step/ /account/second-step/passkeys/ /account/second-step/recovery-codes/
        /account/second-step/recovery-codes/file/
    """),
    Rule("200 visitor:login", "302 visitor:login", "302 visitor:login", "405 visitor:login", "200 visitor:login", """
        /account/email/ /account/second-step/app/remove/ /account/second-step/recovery-codes/new/
    """),
    Rule("200 visitor:login", "200 visitor:login", "200 visitor:login", "405 visitor:login", "200 visitor:login", """
        /account/confirm/code/ /account/password/change/ /account/second-step/passkeys/add/
        /account/second-step/passkeys/<pk>/rename/
    """),
    # what these do not fit leads to what does: who has an app is asked for its code, and needs no other
    Rule("302 visitor:login", "302 visitor:login", "302 visitor:login", "302 visitor:login", "302 visitor:login", """
        /account/confirm/ /account/password/set/ /account/second-step/app/add/
    """),
    Rule("200 visitor:login", "login", "login", "405 visitor:login", "200 visitor:login", "/account/confirm/passkey/"),
    Rule("200 visitor:login", "302 visitor:login", "405 visitor:login", "405 visitor:login", "200 visitor:login",
         "/account/second-step/passkeys/<pk>/remove/", delete="302 visitor:login"),
    # -- what people keep; the list in the address is somebody else's, who shares it -----------------------------------
    Rule("200", "405", "405", "405", "405", """
        /lists/<slug>/ /lists/<slug>/embed/ /lists/<slug>.json /lists/<slug>.md /lists/<slug>/feed.<form>
    """),
    Rule("404", "405", "405", "405", "405", "/feeds/personal/<token>.xml"),  # a made-up address
    Rule("200 visitor:login", "400 visitor:login", "405", "405", "405", "/saved/ /lists/ /following/"),
    Rule("302 visitor:login", "404 visitor:login", "405", "405", "405", "/lists/add/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", "/lists/<slug>/edit/"),
    Rule("405", "404 visitor:login", "405", "405", "405", "/lists/<slug>/items/"),
    Rule("405", "400 visitor:login", "405", "405", "405", "/following/digest/"),
    Rule("405", "302 visitor:login", "405", "405", "405", "/following/feed/"),
    # -- what editors look after ---------------------------------------------------------------------------------------
    Rule("403 visitor:login editor:200", "405", "405", "405", "405", "/review/catalog/"),
    Rule("405", "403 visitor:login editor:404", "405", "405", "405", "/review/catalog/confirm/"),
    Rule("403 visitor:login editor:200", "403 visitor:login editor:200", "405", "405", "405", "/review/catalog/merge/"),
    Rule("403 visitor:login editor:200", "403 visitor:login editor:400", "405", "405", "405", "/review/catalog/bulk/"),
    Rule("403 visitor:login editor:404", "403 visitor:login editor:404", "405", "405", "405", """
        /review/catalog/bulk/<key>/
    """),
    # -- the portal: one's proofs, and the tools that one speaks for (here the member's) -------------------------------
    Rule("200 visitor:login", "405", "405", "405", "405", "/portal/ownership/ /portal/tools/"),
    Rule("200 visitor:login", "400 visitor:login", "405", "405", "405", "/portal/ownership/new/"),
    Rule("404 visitor:login member:200", "405", "405", "405", "405", """
        /portal/ownership/challenges/<token_id>/ /portal/tools/<slug>/
    """),
    Rule("405", "404 visitor:login member:302", "405", "405", "405", """
        /portal/ownership/challenges/<token_id>/check/ /portal/tools/<slug>/verify/
    """),
    Rule("404 visitor:login", "405", "405", "405", "405", "/portal/ownership/challenges/<token_id>/file/"),  # a record
    Rule("404 visitor:login member:200", "404 visitor:login member:302", "405", "405", "405", """
        /portal/ownership/<claim>/release/ /portal/ownership/<claim>/evict/<other>/
    """),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/invitations/<token>/ /portal/handovers/<handover>/ /portal/tools/<slug>/replies/
    """),  # a made-up link, somebody else's, and nothing that is answered
    Rule("404 visitor:login member:200", "404 visitor:login member:400", "405", "405", "405", """
        /portal/tools/<slug>/people/ /portal/tools/<slug>/handover/
    """),
    Rule("405", "404 visitor:login member:400", "405", "405", "405", "/portal/tools/<slug>/maintenance/"),
    # -- the portal: submitting; there is no such submission, tests/matrix/test_ownership.py asks for somebody's -------
    Rule("200", "405", "405", "405", "405", "/submit/rules/"),
    Rule("200", "200 visitor:login", "405", "405", "405", "/submit/"),
    Rule("200 visitor:login", "200 visitor:login", "405", "405", "405", "/submit/upload/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", "/submit/reading/<key>/"),  # no such reading
    Rule("200 visitor:login", "302 visitor:login", "405", "405", "405", "/tools/<slug>/suggest/"),
    Rule("200 visitor:login", "405", "405", "405", "405", "/portal/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/submissions/<key>/ /portal/submissions/<key>/edit/<step>/
    """),  # no such submission; tests/matrix/test_ownership.py asks for one of somebody
    Rule("405", "404 visitor:login", "405", "405", "405", "/portal/submissions/<key>/logo/"),
    Rule("404 visitor:login", "405", "405", "405", "405", "/portal/submissions/<key>/logo.png"),
    # -- featured listings: one's own; what the address names is nothing (tests/featured/test_pages.py asks for more) -
    Rule("200 visitor:login", "409 visitor:login", "405", "405", "405", "/featured/book/<place>/<week>/"),
    Rule("200 visitor:login", "404 visitor:login", "405", "405", "405", "/portal/featured/"),
    # -- one's keys to the API; no such key ---------------------------------------------------------------------------
    Rule("200 visitor:login", "405", "405", "405", "405", "/portal/keys/ /portal/usage/"),
    Rule("200 visitor:login", "422 visitor:login", "405", "405", "405", "/portal/keys/new/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/keys/<prefix>/rotate/ /portal/keys/<prefix>/revoke/
    """),
    Rule("200 visitor:login", "405", "405", "405", "405", "/portal/webhooks/"),
    Rule("200 visitor:login", "422 visitor:login", "405", "405", "405", "/portal/webhooks/new/"),
    Rule("404 visitor:login", "405", "405", "405", "405", "/portal/webhooks/<key>/"),  # no such webhook
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/webhooks/<key>/edit/ /portal/webhooks/<key>/rotate/ /portal/webhooks/<key>/remove/
    """),
    Rule("405", "404 visitor:login", "405", "405", "405", """
        /portal/webhooks/<key>/pause/ /portal/webhooks/<key>/resume/ /portal/webhooks/<key>/test/
        /portal/webhooks/<key>/deliveries/<id>/again/
    """),
    Rule("200 visitor:login", "405", "405", "405", "405", "/portal/apps/"),
    Rule("200 visitor:login", "422 visitor:login", "405", "405", "405", "/portal/apps/new/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", "/portal/apps/<client>/remove/"),
    Rule("405", "404 visitor:login", "405", "405", "405", "/portal/apps/<client>/shut-out/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/featured/bookings/<key>/ /portal/featured/orders/<key>/
    """),
    Rule("404 visitor:login", "405", "405", "405", "405", "/featured/paid/<key>/"),
    Rule("405", "404 visitor:login", "405", "405", "405", "/portal/featured/orders/<key>/billing/"),
    Rule("405", "400", "405", "405", "405", "/featured/stripe/webhook/"),  # only Stripe can sign what it takes
    # -- review: reviewers only; what the address names is nothing, of a tool or an appeal the one that fill() made ----
    Rule(REVIEWERS, "405", "405", "405", "405", "/review/"),
    Rule(REVIEWERS, "403 visitor:login reviewer:400", "405", "405", "405", """
        /review/affiliations/ /review/tools/<slug>/
    """),
    Rule("403 visitor:login reviewer:404", "403 visitor:login reviewer:404", "405", "405", "405", """
        /review/<key>/ /review/appeals/<key>/ /review/decisions/<key>/ /review/reports/<key>/
    """),
    # -- billing: who looks after money; orders, bookings and the rest are those that fill() made ----------------------
    Rule(BILLERS, "405", "405", "405", "405", """
        /portal/billing/ /portal/billing/bookings/<booking>/ /portal/billing/orders/<order>/
        /portal/billing/disputes/<dispute>/
    """),
    Rule(BILLERS, "403 visitor:login billing:400", "405", "405", "405", """
        /portal/billing/grant/ /portal/billing/bookings/<booking>/stop/ /portal/billing/orders/<order>/refund/
        /portal/billing/refunds/<refund>/
    """),
    # -- reports and decisions, for whom they concern ------------------------------------------------------------------
    Rule("200", "400", "405", "405", "405", "/tools/<slug>/report/"),
    Rule("404", "404", "405", "405", "405", "/reports/<key>/<token>/"),  # a made-up address
    Rule("404 visitor:login", "405", "405", "405", "405", "/portal/decisions/<key>/"),
    Rule("404 visitor:login", "404 visitor:login", "405", "405", "405", """
        /portal/decisions/<key>/appeal/ /portal/reports/<key>/
    """),
    # -- the desk, but its models --------------------------------------------------------------------------------------
    alike(DESK_ONLY, "/admin/"),
    Rule(DESK_ONLY, NOT_AT_ALL, NOT_AT_ALL, NOT_AT_ALL, DESK_ONLY, "/admin/jsi18n/ /admin/password_change/done/"),
    alike("404 visitor:login member:login", "/admin/<url>"),  # no such page
    alike("302 visitor:login member:403", "/admin/login/"),
    alike("302", "/admin/password_change/"),  # to ours
    Rule("405 visitor:302 member:302", "302", "405 visitor:302 member:302", "405 visitor:302 member:302",
         "200 visitor:302 member:302", "/admin/logout/"),
]  # fmt: skip

# The desk's addresses whose answer depends on more: tests/matrix/test_desk.py has a test for each.
REST = """
    /admin/<app_label>/ /admin/accounts/user/<id>/password/ /admin/autocomplete/ /admin/r/<content_type_id>/<object_id>/
"""

# -- the desk's models -------------------------------------------------------------------------------------------------


class May(NamedTuple):
    """Which roles may look at, add, change and delete rows of models, by their first letters ("rea")."""

    view: str
    add: str
    change: str
    delete: str
    models: str


LETTERS = {"r": roles.REVIEWER, "e": roles.EDITOR, "b": roles.BILLING, "a": roles.ADMINISTRATOR}
DESK = [
    May("rea", "e", "e", "", "catalog.tool catalog.category catalog.collection catalog.alias"),
    May("rea", "", "", "", """
        catalog.change verification.proposedfact verification.driftcase verification.endpoint verification.incident
        verification.ownoutage verification.claim verification.watch verification.logentry verification.run
        verification.runstep verification.stepresult
    """),
    May("rea", "e", "", "", "verification.maintenancewindow"),
    May("rea", "ea", "ea", "", "verification.optout"),
    May("rea", "a", "a", "", "verification.hostbudget"),
    May("e", "", "", "", "verification.ownershipclaim verification.ownershipchallenge verification.ownershipevent"),
    May("re", "", "", "", "submissions.reply"),
    May("b", "", "", "", """
        featured.booking featured.order featured.ledgerentry featured.refund featured.dispute featured.webhookevent
        featured.waiting
    """),
    May("a", "a", "a", "", "accounts.user"),
    May("a", "", "", "", "auth.group core.auditevent core.outgoingmail core.refusingaddress"),
]  # fmt: skip
