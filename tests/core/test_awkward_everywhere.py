"""Every parameter and every form of the site takes every awkward string: no 500, and the verdict of the corpus."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django import forms
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver

from accounts.models import User
from catalog.models import Category, Collection, Tool
from core.clean import shown
from tests import make
from tests.core.test_clean import ROWS, text_of
from tests.people import has_confirmed
from tests.verification import over_time_rows
from verification.models import Claim, Incident, IncidentUpdate, OptOut

pytestmark = pytest.mark.django_db
STRINGS = [(row, text_of(row)) for row in ROWS]
SENDABLE = [(row, text) for row, text in STRINGS if len(text) <= 4_000]  # what a server takes in an address
# where values come from a closed list: two of each class, and all that databases and pages may choke on
CHOKING = {"control", "invisible", "bidi", "line"}


def some(strings: list[tuple[dict[str, Any], str]]) -> list[tuple[dict[str, Any], str]]:
    """Return two of each class, and all of the choking ones."""
    classes = [row["cls"] for row, _ in strings]
    return [one for at, one in enumerate(strings) if classes[at] in CHOKING or classes[:at].count(classes[at]) < 2]


SOME = some(SENDABLE)
TYPED = {"q", "tools", "add", "licence", "launched_since", "next"}


def quoted(text: str) -> str:
    """Return the text for an address, lone surrogates as their bytes."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def broken(text: str) -> bool:
    """Tell whether bytes arrive that are no text."""
    return "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text)


# -- addresses --------------------------------------------------------------------------------------------------------


OTHERS = ("add", "next", "kind", "format", "show", "cursor", "page", "days")
READS = {
    "/tools/": (*settings.PAGE_PARAMETERS, "q"),
    "/categories/coding/": ("q", "pricing", "sort", "page"),
    "/new/": ("period", "page"),
    "/compare/": ("tools", "only", "add"),
    "/suggest": ("q", "format"),
    "/trust/log/": ("kind", "page"),
    "/admin/login/": ("next",),
}
CASES = [(path, name) for path, names in READS.items() for name in sorted(set(names))]


@pytest.mark.parametrize(("path", "name"), CASES)
def test_every_parameter_takes_every_string(client: Client, path: str, name: str) -> None:
    make.tool()
    for row, text in SENDABLE if name in TYPED else SOME:
        status = client.get(f"{path}?{name}={quoted(text)}").status_code
        expected = {400} if broken(text) else {200, 302, 400, 404}
        assert status in expected, (row["id"], status)


def plain_pages() -> list[str]:
    """Return the addresses of all pages that need nothing in their path, but the desk's and files of others."""
    found = []

    def walk(patterns: Any, before: str) -> None:
        for one in patterns:
            route = before + str(one.pattern)
            if isinstance(one, URLPattern):
                found.append(route)
            elif not route.startswith("admin/"):
                walk(one.url_patterns, route)

    walk(get_resolver().url_patterns, "")
    return [f"/{route}" for route in found if "<" not in route and route != "readyz"]


def test_no_page_stumbles_over_parameters_that_it_does_not_know(client: Client) -> None:
    pages = plain_pages()
    assert {"/", "/tools/", "/suggest", "/trust/", "/trust/audit/", "/status/", "/collections/"} <= set(pages)
    some = [text for row, text in SENDABLE if row["cls"] in {"control", "bidi", "injection", "line", "csv"}][::3]
    query = urlencode({name: text for name, text in zip(OTHERS, some, strict=False) if not broken(text)})
    for page in pages:
        assert client.get(f"{page}?{query}").status_code < 500, page


def test_a_search_finds_or_says_why_not_and_shows_nothing_that_cannot_be_seen(client: Client) -> None:
    make.tool()
    for row, text in SENDABLE:
        response = client.get(f"/suggest?q={quoted(text)}")
        assert response.status_code == (400 if broken(text) or len(text) > 200 else 200), row["id"]
        if response.status_code == 200:
            assert response.json()["q"] == shown(text), row["id"]
            page = client.get(f"/tools/?q={quoted(text)}")
            assert page.status_code == 200, row["id"]
            assert page.context["browse"].q == shown(text).strip(), row["id"]


@pytest.mark.parametrize(
    "pattern",
    [
        *("/tools/{}/", "/categories/{}/", "/collections/{}/", "/feeds/tools/{}.atom", "/{}"),
        *("/lists/{}/", "/lists/{}/embed/", "/lists/{}.json", "/feeds/personal/{}.xml"),
    ],
)
def test_no_address_stumbles_over_what_stands_in_its_path(client: Client, pattern: str) -> None:
    for row, text in SENDABLE:
        if text.strip("./\\"):  # else it is another address
            assert client.get(pattern.format(quoted(text))).status_code in {200, 301, 302, 400, 404}, row["id"]


# -- forms ------------------------------------------------------------------------------------------------------------


def send(client: Client, path: str, values: dict[str, Any]) -> Any:
    """Post a form as bytes, so that what is no text can be sent as well."""
    body = "&".join(f"{quoted(name)}={quoted(str(value))}" for name, value in values.items())
    return client.post(path, body, content_type="application/x-www-form-urlencoded")


@pytest.fixture
def desk(client: Client) -> Client:
    boss = User.objects.create_superuser("boss@example.com", "a long enough word")
    client.force_login(boss)
    has_confirmed(client, boss)
    return client


def check_stored(row: dict[str, Any], field: str, typed: str, stored: str | None, response: Any) -> None:
    """Hold what was stored (None: nothing was) against the corpus."""
    assert response.status_code in {200, 302}, row["id"]
    verdict = "reject" if stored is None else "accept" if stored == typed else "normalise"
    assert verdict == row[field], (row["id"], stored)


def test_a_name_gets_its_verdict_in_a_form_of_the_desk(desk: Client) -> None:
    parent = Category.objects.create(slug="coding", name="Coding")
    for row, text in STRINGS:
        values = {"slug": row["id"].lower(), "name": text, "parent": parent.pk, "position": 1}
        response = send(desk, "/admin/catalog/category/add/", values)
        stored = Category.objects.filter(slug=row["id"].lower()).values_list("name", flat=True).first()
        check_stored(row, "name_field", text, stored, response)


def test_a_text_gets_its_verdict_in_a_form_of_the_desk(desk: Client) -> None:
    rows_of_picks = {"picks-TOTAL_FORMS": 0, "picks-INITIAL_FORMS": 0}
    for row, text in STRINGS:
        slug = row["id"].lower()
        values = {"slug": slug, "title": "A title", "summary": "A summary", "position": 1, "updated_on": "2026-01-01"}
        response = send(desk, "/admin/catalog/collection/add/", values | rows_of_picks | {"body": text})
        stored = Collection.objects.filter(slug=slug).values_list("body", flat=True).first()
        if row["cls"] == "empty" and not text.strip():  # the field may be left empty
            assert stored == "", row["id"]
        else:
            check_stored(row, "text_field", text, stored, response)


def test_rows_within_a_form_get_it_too(desk: Client) -> None:
    tool = make.tool()
    base = {"slug": "x", "title": "A title", "summary": "A summary", "position": 1, "updated_on": "2026-01-01",
            "picks-TOTAL_FORMS": 1, "picks-INITIAL_FORMS": 0,
            "picks-0-tool": tool.pk, "picks-0-position": 1}  # fmt: skip
    for row, text in STRINGS:
        if row["cls"] == "size" or len(text) > 80:
            continue  # a reason may be longer than a name
        slug = row["id"].lower()
        response = send(desk, "/admin/catalog/collection/add/", base | {"slug": slug, "picks-0-reason": text})
        stored = Collection.objects.filter(slug=slug).values_list("picks__reason", flat=True).first()
        check_stored(row, "name_field", text, stored, response)


def test_sentences_of_actions_get_it_too(desk: Client) -> None:
    tool = make.tool()
    incident = over_time_rows.incident(over_time_rows.endpoint(tool))
    Incident.objects.filter(pk=incident.pk).update(closed_at=None, state="investigating")
    claim = over_time_rows.claim(tool)
    for row, text in STRINGS:
        if row["cls"] == "size" or len(text) > 80:
            continue
        IncidentUpdate.objects.all().delete()
        Claim.objects.filter(pk=claim.pk).update(ended_at=None, ended="")
        chosen = {"action": "post_update", "state": "identified", "_selected_action": incident.pk, "reason": text}
        response = send(desk, "/admin/verification/incident/", chosen)
        stored = IncidentUpdate.objects.values_list("text", flat=True).first()
        check_stored(row, "name_field", text, stored, response)
        send(desk, "/admin/verification/claim/",
             {"action": "withdraw", "_selected_action": claim.pk, "reason": text})  # fmt: skip
        claim.refresh_from_db()
        assert (claim.ended_at is None) == (row["name_field"] == "reject"), row["id"]


@pytest.mark.parametrize("kind", ["tool", "user", "optout", "hostbudget", "alias", "group"])
def test_no_form_of_the_desk_stumbles(desk: Client, kind: str) -> None:
    paths = {"tool": "catalog/tool", "alias": "catalog/alias", "user": "accounts/user", "group": "auth/group",
             "optout": "verification/optout", "hostbudget": "verification/hostbudget"}  # fmt: skip
    path = f"/admin/{paths[kind]}/add/"
    fields = desk.get(path).context["adminform"].form.fields
    names = [name for name, field in fields.items() if isinstance(field, forms.CharField)]
    # each answer is a whole form; the verdict of every string is held against names and texts above
    for row, text in some(STRINGS):
        response = send(desk, path, dict.fromkeys(names, text))
        too_big = len(text) * len(names) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        assert response.status_code in ({400} if too_big else {200, 302}), row["id"]
    assert not OptOut.objects.exclude(domain__regex=r"^[a-z0-9.-]+$").exists()
    assert not Tool.objects.exists()


def test_searching_at_the_desk_does_not_stumble(desk: Client) -> None:
    for path in ("catalog/tool", "accounts/user", "core/auditevent", "verification/run"):
        for row, text in SOME:
            status = desk.get(f"/admin/{path}/?q={quoted(text)}").status_code
            assert status in ({400} if broken(text) else {200, 302}), (path, row["id"])
