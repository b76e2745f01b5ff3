"""What to paste to reach a tool, on its page: chosen by keyboard and without script, copied, and looked at by axe."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.conftest import violations

TOOL = "/tools/livekit/"  # of the seed: REST, MCP, a container image and five packages
MCP = ["mcp.json", "LangChain", "LlamaIndex", "Haystack", "OpenAI Responses", "Anthropic", "VS Code", "Cursor",
       "Claude Code"]  # fmt: skip


def of_mcp(page: Page) -> Locator:
    return page.get_by_role("group", name="What to paste into Remote MCP, for")


def shown(group: Locator) -> list[str]:
    """Return the codes that can be seen of an interface."""
    return [one.inner_text() for one in group.locator("pre").all() if one.is_visible()]


def test_arrow_keys_choose_whom_it_is_for_and_what_follows_is_what_is_chosen(site: str, page: Page) -> None:
    page.goto(site + TOOL)
    group = of_mcp(page)
    assert group.get_by_role("radio").evaluate_all("all => all.map(one => one.labels[0].textContent)") == MCP
    assert [list(json.loads(one)["mcpServers"]) for one in shown(group)] == [["livekit"]]
    group.get_by_role("radio", name="mcp.json").focus()
    page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="LangChain")).to_be_focused()
    [code] = shown(group)
    assert "MultiServerMCPClient" in code
    page.keyboard.press("Tab")
    expect(group.get_by_role("button", name="Copy: LangChain, Remote MCP")).to_be_focused()
    page.keyboard.press("Tab")
    expect(group.get_by_role("group", name="LangChain, Remote MCP")).to_be_focused()


def test_what_is_chosen_is_copied_to_the_letter(site: str, browser: Browser) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(site + TOOL)
    markdown = page.request.get(f"{site}/tools/livekit.md").text()
    for name, language in (("Haystack", "python"), ("VS Code", "json"), ("Claude Code", "bash"), ("Cursor", "")):
        of_mcp(page).get_by_text(name, exact=True).click()
        button = of_mcp(page).get_by_role("button", name=f"Copy: {name}, Remote MCP")
        button.click()
        expect(button).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert f"\n\n{name}:\n\n```{language}\n{copied}\n```\n" in markdown
    expect(of_mcp(page).get_by_role("link", name="Open Cursor")).to_have_attribute("href", copied)
    context.close()


def test_without_script_one_still_chooses_and_every_other_way_is_there(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site + TOOL)
    of_mcp(page).get_by_text("Claude Code", exact=True).click()
    assert shown(of_mcp(page)) == ["claude mcp add --transport http livekit https://docs.livekit.io/mcp"]
    expect(page.get_by_role("button", name="Copy: Claude Code, Remote MCP")).to_be_hidden()  # it needs a script
    assert [one.inner_text() for one in page.locator(".snip-1 pre").all()] == [
        "pip install livekit",
        "npm install livekit-client",
        "pip install livekit-agents",
        "pip install livekit-api",
        "npm install livekit-server-sdk",
    ]
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_whatever_is_chosen_and_nothing_scrolls_sideways(
    site: str, browser: Browser, width: int, theme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(site + TOOL)
    for name in ("mcp.json", "OpenAI Responses", "Cursor"):
        of_mcp(page).get_by_text(name, exact=True).click()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()
