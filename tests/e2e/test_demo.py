"""`make demo`: real workers probe the zoo, “Verify now” shows steps as they complete, and the verdicts are right."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Browser, Page, expect

from tests.e2e.conftest import running_site
from tests.zoo.animal import Animal
from tests.zoo.animals.demo import ANIMALS

QUICK = [animal for animal in ANIMALS if animal.name != "demo_slow"]  # its soft fail takes a minute to confirm

LONG = 60_000  # milliseconds


@pytest.fixture(scope="module")
def demo(django_db_blocker: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of a running demonstration, and its accounts: passwords by e-mail address."""
    with running_site("demo", "--demo", DEBUG="1") as (address, folder):
        yield address, json.loads((Path(folder) / "demo-accounts.json").read_text(encoding="utf-8"))


@pytest.fixture
def editor(browser: Browser, demo: tuple[str, dict[str, str]]) -> Iterator[Page]:
    """A page on which an editor has signed in."""
    address, accounts = demo
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto("/admin/")
    email = next(one for one in accounts if one.startswith("admin"))
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(accounts[email])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/admin/")
    yield page
    context.close()


def test_verify_now_shows_steps_as_they_complete(editor: Page) -> None:
    page = editor
    page.goto("/tools/zoo-demo-healthy-api/")
    page.get_by_role("button", name="Verify now").first.click()
    page.wait_for_url("**/tools/zoo-demo-healthy-api/verification/*/")
    expect(page.locator("#in-words")).to_have_text("Under way. Steps appear here as they end.")
    # without a click; the worker may still be starting
    expect(page.locator("#run")).to_contain_text("its page is called “Answer Desk”", timeout=LONG)
    expect(page.locator("#in-words")).to_contain_text("could tell. None failed, none needs attention.", timeout=LONG)
    run = page.request.get(f"{page.url}run.json").json()
    assert {one["result"]["verdict"] for one in run["steps"]} == {"pass", "skipped"}


def test_every_demonstration_tool_gets_its_verdicts(editor: Page) -> None:
    runs = {animal.name: _start(editor, f"/tools/{animal.plain_listing().slug}/") for animal in QUICK}
    for animal in QUICK:
        steps = _finished(editor.request, runs[animal.name])
        assert _said(animal, steps) == {(one.step, one.verdict, one.code) for one in animal.expect}, animal.name


def _start(page: Page, tool: str) -> str:
    page.goto(tool)
    page.get_by_role("button", name="Verify now").first.click()
    page.wait_for_url(f"**{tool}verification/*/")
    return page.url


def _finished(request: APIRequestContext, url: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        run = request.get(f"{url}run.json").json()
        if run["state"] == "finished":
            steps: list[dict[str, Any]] = run["steps"]
            return steps
        time.sleep(0.5)
    raise AssertionError(f"{url} did not finish within 90 s")


def _said(animal: Animal, steps: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    wanted = {one.step for one in animal.expect}
    return {(one["key"], one["result"]["verdict"], one["result"]["code"]) for one in steps if one["key"] in wanted}
