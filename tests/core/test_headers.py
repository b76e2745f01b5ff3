"""Security headers and cookies of every address and every error page, by the settings of production."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.test import Client

from accounts import limits as account_limits
from accounts.models import User
from catalog.personal.list_views import EMBED_CSP
from core.middleware import CSP, PERMISSIONS, csp
from tests.accounts.test_limits import use_up
from tests.core import production
from tests.matrix.expected import MEMBER
from tests.matrix.people import LISTED, Askers, fill, row_of
from tests.matrix.routes import every_route, filled
from tests.matrix.test_matrix import SLUGS
from tests.people import WORD, person, sign_in

pytestmark = pytest.mark.django_db
EVERYWHERE = {
    "Content-Security-Policy": CSP,
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": PERMISSIONS,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SVG, NOTHING = "default-src 'none'; style-src 'unsafe-inline'", "default-src 'none'; sandbox"
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin"}  # made to be read by other sites
LOGO = {**SHARED, "Content-Security-Policy": NOTHING}
FOR_OTHERS = """
    /card.png /feeds/added.<form> /feeds/categories/<slug>.<form> /feeds/new.<form> /feeds/tools/<slug>.<form> /llms.txt
    /privacy/personal-data.schema.json /tools/<slug>.md /tools/<slug>/card.png /trust/audit.json
"""
FRAMED = {**SHARED, "Content-Security-Policy": EMBED_CSP, "X-Frame-Options": None}  # the one page for frames of others
OTHERWISE: dict[str, Mapping[str, str | None]] = {
    "/lists/<slug>/embed/": FRAMED,
    "/tools/<slug>/badge.<ext>": {**SHARED, "Content-Security-Policy": SVG},
    "/tools/<slug>/verification/<run>/evidence/<sha256>": {"Content-Security-Policy": NOTHING},
    "/tools/<slug>/logo-<logo>.png": LOGO,
    "/tools/<slug>/logo-<logo>-256.png": LOGO,
    **dict.fromkeys(FOR_OTHERS.split(), SHARED),
}
# their forms are redirected there; a page that is not there has none
TO_STRIPE = {"/featured/book/<place>/<week>/", "/portal/featured/orders/<key>/"}
STRIPE = {"Content-Security-Policy": csp(["https://checkout.stripe.com", "https://billing.stripe.com"])}


@pytest.fixture
def as_in_production(settings: Any) -> None:
    for name, value in production.read().items():
        setattr(settings, name, value)


def browser(**more: Any) -> Client:
    headers = {"X-Forwarded-Proto": "https", "Host": production.HOST, **more.pop("headers", {})}
    return Client(raise_request_exception=False, headers=headers, **more)


def missing(response: Any, route: str = "") -> dict[str, tuple[str | None, str | None]]:
    """Return the headers that are not as they have to be: what is there, and what should be."""
    leads = route in TO_STRIPE and response.status_code != 404
    wanted = {**EVERYWHERE, **(STRIPE if leads else OTHERWISE.get(route, {}))}
    return {
        name: (response.headers.get(name), value)
        for name, value in wanted.items()
        if response.headers.get(name) != value
    }


def test_the_deployment_check_has_nothing_to_say() -> None:
    done = production.run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (done.returncode, done.stdout) == (0, "System check identified no issues (2 silenced).\n"), done.stderr


def test_the_deployment_check_speaks_where_something_is_amiss() -> None:
    done = production.run("manage.py", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY="short", EMAIL_URL="")
    assert done.returncode != 0
    assert sorted(set(re.findall(r"\((\w+\.W\d+)\)", done.stderr))) == ["accounts.W001", "security.W009"]


@pytest.mark.usefixtures("as_in_production")
@pytest.mark.parametrize("who", ["visitor", "superuser"])
def test_every_address_has_every_header(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])
    askers = Askers()
    values = fill() | {"app_label": "catalog", "id": "1", "content_type_id": "1", "pk": askers.passkeys[MEMBER]}
    client = browser()
    if who == "superuser":
        client.force_login(User.objects.create_superuser("boss@example.com", WORD))
    wrong = {}
    for route in every_route():
        slug = next((slug for start, slug in SLUGS.items() if route.startswith(start)), LISTED)
        model = re.match(r"/admin/([a-z]+)/([a-z]+)/<object_id>", route)
        key = row_of(".".join(model.groups())) if model else "1"
        found = missing(client.get(filled(route, values | {"slug": slug, "object_id": key})), route)
        if found:
            wrong[route] = found
    assert wrong == {}


def _fails(request: HttpRequest) -> None:
    raise RuntimeError("made for this test")


@pytest.mark.usefixtures("as_in_production")
def test_every_error_page_has_every_header(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex
    use_up(account_limits.NETWORK, "192.0.2.1")
    strict, limited = browser(enforce_csrf_checks=True), browser(REMOTE_ADDR="192.0.2.1")
    form = {"login": "ana@example.com", "password": "x"}
    found = {
        400: browser().get("/tools/?q=%00"),
        403: browser().post("/tools/made/verification/start/"),
        404: browser().get("/no/such/page/"),
        405: browser().put("/tools/"),
        429: limited.post("/account/sign-in/", form),
    }
    more = [(400, browser(headers={"Host": "evil.example"}).get("/")), (403, strict.post("/account/sign-in/", form))]
    settings.LIMITS_STORE = "unix:///nowhere/valkey.sock"
    more.append((503, browser().post("/account/sign-in/", form)))
    monkeypatch.setattr("core.readonly.read_only", _fails)
    monkeypatch.setattr("catalog.views.render", _fails)
    more.append((500, browser().get("/collections/")))
    for status, response in [*found.items(), *more]:
        assert (response.status_code, missing(response)) == (status, {}), status


@pytest.mark.usefixtures("as_in_production")
def test_cookies_are_bound_to_this_host_and_to_tls() -> None:
    person()
    client = browser()
    client.get("/account/sign-in/")
    sign_in(client)
    client.get("/account/")
    assert sorted(client.cookies) == ["__Host-csrftoken", "__Host-sessionid"]
    for one in client.cookies.values():
        kept = {name: one[name] for name in ("secure", "httponly", "samesite", "path", "domain")}
        assert kept == {"secure": True, "httponly": True, "samesite": "Lax", "path": "/", "domain": ""}, one.key


@pytest.mark.usefixtures("as_in_production")
def test_the_policy_lets_in_nothing_inline_and_nobody_else() -> None:
    directives = dict(part.split(" ", 1) for part in CSP.split("; "))
    assert directives.pop("default-src") == "'none'"
    assert {one for value in directives.values() for one in value.split()} == {"'self'", "'none'", "data:"}
    assert {name for name, value in directives.items() if "data:" in value} == {"img-src"}
    assert {"script-src", "style-src", "form-action", "base-uri", "frame-ancestors"} <= set(directives)


@pytest.mark.usefixtures("as_in_production")
def test_a_page_without_tls_promises_nothing_about_it() -> None:
    answer = Client(headers={"Host": production.HOST}).get("/")
    assert "Strict-Transport-Security" not in answer.headers
    assert django_settings.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
