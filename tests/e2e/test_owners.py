"""Owners in a real browser: a name is proved against a site on loopback, with script and without; the pages by axe."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from submissions.models import Maintainer
from tests import make
from tests.e2e.conftest import violations
from tests.e2e.test_saved import signed_in
from tests.people import person
from tests.verification import over_time_rows
from tests.verification.ownership.conftest import World, opened, world  # noqa: F401 - fixtures
from tests.zoo.animal import Reply
from verification.models import OwnershipChallenge, OwnershipClaim

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_kept_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def copied(page: Page, title: str) -> str:
    """Return what stands to be copied under a title."""
    text = page.get_by_role("group", name=title, exact=True).text_content()
    assert text
    return text


def test_a_listed_tool_is_claimed_by_a_file_on_its_site(
    live_server: Any,
    browser: Browser,
    world: World,  # noqa: F811 - the fixture
) -> None:
    make.tool(slug="acme", name="Acme", homepage="https://www.acme.example/")
    context = signed_in(
        browser, live_server.url, person("ana@example.com"), confirmed=True, viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/tools/acme/")
    page.get_by_role("link", name="Claim it").click()
    expect(page.get_by_label("Domain, host or package")).to_have_value("www.acme.example")
    expect(page.get_by_text("By e-mail: which mailbox?")).to_be_hidden()
    page.get_by_label("A file on the site").check()
    page.get_by_role("button", name="Show me what to do").click()
    address, token = copied(page, "Address"), copied(page, "What the file holds")
    page.reload()
    assert copied(page, "What the file holds") == token  # shown again, and kept by nobody but this browser
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof [role=status]").first).to_contain_text("Not proved yet")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the file").click()
    challenge = OwnershipChallenge.objects.get()
    assert (download.value.suggested_filename, download.value.path().read_text()) == (challenge.token_id, token)
    path = address.removeprefix("https://www.acme.example")
    world.pages["www.acme.example", path] = Reply(200, token.encode(), "text/plain")
    OwnershipChallenge.objects.update(tried_at=None)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof")).to_contain_text("You speak for www.acme.example now.")
    expect(page.locator("#proof")).to_contain_text("Covers Acme.")
    assert "#" not in page.url  # by script: the page stayed
    assert OwnershipClaim.objects.get().state == "verified"
    page.get_by_role("link", name="Acme", exact=True).first.click()
    expect(page.get_by_text("You own it: www.acme.example by file on the site")).to_be_visible()
    page.goto(f"{live_server.url}/tools/acme/")
    expect(page.get_by_text("Owner proved")).to_be_visible()
    context.close()


def test_without_script_a_record_is_checked_by_plain_forms(
    live_server: Any,
    browser: Browser,
    world: World,  # noqa: F811 - the fixture
) -> None:
    context = signed_in(
        browser, live_server.url, person("ana@example.com"), confirmed=True, viewport={"width": 360, "height": 800},
        java_script_enabled=False,
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{live_server.url}/portal/ownership/new/")
    page.get_by_label("Domain, host or package").fill("https://www.acme.example/pricing")
    page.get_by_role("button", name="Show me what to do").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof")).to_contain_text("There is no token at _ai-apps-challenge.acme.example")
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("checked less than 10 seconds ago")).to_be_visible()
    world.txt(copied(page, "Name in full"), copied(page, "Value"))
    OwnershipChallenge.objects.update(tried_at=None)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof")).to_contain_text("You speak for acme.example now.")
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_no_page_of_owners_breaks_a_rule_of_accessibility(
    live_server: Any,
    browser: Browser,
    world: World,  # noqa: F811 - the fixture
    theme: Any,
    width: int,
) -> None:
    tool = make.tool(slug="acme", name="Acme", homepage="https://www.acme.example/")
    ana = person("ana@example.com")
    context = signed_in(
        browser, live_server.url, ana, confirmed=True, viewport={"width": width, "height": 900}, color_scheme=theme
    )
    page = context.new_page()
    page.goto(f"{live_server.url}/portal/ownership/new/?tool=acme")
    page.get_by_role("button", name="Show me what to do").click()
    challenge = re.sub(r"^.*?(/portal/)", r"\1", page.url)
    world.txt(copied(page, "Name in full"), copied(page, "Value"))
    looked = {challenge: violations(page)}
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof")).to_contain_text("You speak for")
    looked[f"{challenge} proved"] = violations(page)
    claim, incident = OwnershipClaim.objects.get(), over_time_rows.incident(over_time_rows.endpoint(tool))
    paths = [
        "/portal/ownership/", "/portal/ownership/new/", f"/portal/ownership/{claim.pk}/release/", "/portal/tools/",
        "/portal/tools/acme/", "/portal/tools/acme/people/", "/portal/tools/acme/handover/",
        f"/portal/tools/acme/replies/?incident={incident.pk}",
    ]  # fmt: skip
    for path in paths:
        page.goto(live_server.url + path)
        looked[path] = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path
    page.goto(f"{live_server.url}/portal/tools/acme/people/")
    page.get_by_label("Invite by e-mail").fill("nobody")
    page.get_by_role("button", name="Invite").click()
    looked["invite, with an error"] = violations(page)
    page.get_by_label("Invite by e-mail").fill("bob@example.com")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("An invitation went to bob@example.com")).to_be_visible()
    looked["invited"] = violations(page)
    assert {path: found for path, found in looked.items() if found} == {}
    assert Maintainer.objects.get().email == "bob@example.com"
    context.close()
