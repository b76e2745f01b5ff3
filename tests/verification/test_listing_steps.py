"""Facts that contradict each other, this site's blocklist, and tools that are listed already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from catalog import services
from catalog.models import Tool
from tests import make
from verification.context import Context
from verification.contract import Interface, Listing, Outcome, Plan, Subject
from verification.listing import listing_of
from verification.reading.plain import plain
from verification.steps import registry


def say(key: str, listing: Listing) -> Outcome:
    """Return what a step says about a listing."""
    step = registry()[key]
    return step.check(Context(step, listing, Subject()))


def listing(**changes: Any) -> Listing:
    """Return a listing without contradictions."""
    values: dict[str, Any] = {"slug": "own", "name": "Own", "homepage": "https://own.example.com/"}
    return Listing(**values | changes)


PRO, ZERO = Plan("Pro", "20", "USD", "month"), Plan("Free", "0", "USD", "month")


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({}, []),
        ({"access": "free", "plans": (PRO,)}, ["free_but_priced"]),
        ({"access": "free", "plans": (PRO, ZERO)}, []),
        ({"access": "free", "plans": (PRO,), "price_model": ("donation",)}, []),
        ({"access": "free_tier", "plans": (PRO,)}, []),
        ({"access": "paid_only", "plans": (PRO, ZERO)}, ["paid_but_free_plan"]),
        ({"access": "contact_sales", "plans": (PRO,)}, ["sales_but_priced"]),
        ({"plans": (Plan("Use", "1", "USD", "unit"),)}, ["unit_missing"]),
        ({"source": "open_source"}, ["open_without_source"]),
        ({"source": "open_source", "licence": "MIT"}, []),
        ({"source": "open_source", "repo_url": "https://github.com/a/b"}, []),
        ({"source": "open_source", "homepage": "https://github.com/a/b"}, []),
        ({"source": "proprietary", "licence": "MIT"}, ["proprietary_but_licence"]),
        ({"kind": "mcp_server"}, ["mcp_without_interface"]),
        ({"kind": "mcp_server", "interfaces": (Interface("mcp-remote", url="https://a.example/mcp"),)}, []),
        ({"kind": "api"}, ["api_without_interface"]),
        ({"kind": "api", "docs_url": "https://a.example/docs"}, []),
        ({"interfaces": (Interface("rest", auth="none", env="A_API_KEY"),)}, ["no_auth_but_key"]),
        ({"interfaces": (Interface("mcp-package", auth="none", env="DATA_PATH"),)}, []),
        ({"interfaces": (Interface("rest", base_url="http://a.example"),)}, ["plain_http"]),
        ({"interfaces": (Interface("rest", base_url="http://localhost:8000"),)}, []),
        ({"kind": "mcp_server", "source": "open_source"}, ["open_without_source", "mcp_without_interface"]),
    ],
)
def test_contradictions(changes: dict[str, Any], rules: list[str]) -> None:
    outcome = say("listing_facts", listing(**changes))
    assert [one["rule"] for one in outcome.detail.get("contradictions", [])] == rules
    assert outcome.code == ("contradiction" if rules else "agree")


@pytest.fixture
def blocked(tmp_path: Path, settings: Any) -> Path:
    """A blocklist."""
    file = tmp_path / "blocklist.txt"
    file.write_text("# our own\nbad.example  # since spring\n.worse.example\nhttps://shared.example.com/mallory\n\n")
    settings.BLOCKLIST_FILE = str(file)
    return file


@pytest.mark.parametrize(
    ("homepage", "entry"),
    [
        ("https://bad.example/", "bad.example"), ("https://www.BAD.example/x", "bad.example"),
        ("https://a.worse.example/", "worse.example"), ("https://notbad.example/", None),
        ("https://shared.example.com/mallory/tool", "https://shared.example.com/mallory"),
        ("https://SHARED.example.com:443/mallory", "https://shared.example.com/mallory"),
        ("https://shared.example.com/alice", None),
    ],
)  # fmt: skip
def test_blocklist(blocked: Path, homepage: str, entry: str | None) -> None:
    outcome = say("blocklist", listing(homepage=homepage))
    assert (outcome.code, list(outcome.detail.get("hits", {}).values())) == (
        ("listed", [entry]) if entry else ("not_listed", [])
    )


def test_every_address_of_a_listing_is_compared_with_the_blocklist(blocked: Path) -> None:
    one = Interface("rest", base_url="https://api.bad.example/v1", openapi="https://bad.example/openapi.json")
    outcome = say("blocklist", listing(docs_url="https://docs.bad.example/", interfaces=(one,)))
    assert len(outcome.detail["hits"]) == 3


def test_a_changed_blocklist_is_read_again(blocked: Path) -> None:
    assert say("blocklist", listing()).code == "not_listed"
    blocked.write_text("own.example.com\n")
    os.utime(blocked, ns=(1, 1))
    assert say("blocklist", listing()).code == "listed"


@pytest.mark.parametrize(
    ("address", "same_as"),
    [
        ("http://www.a.example.com", "https://a.example.com/"),
        ("https://a.example.com:443/x/?utm_source=b&ref=c#d", "https://A.example.com/x"),
        ("https://a.example.com/index.html", "https://a.example.com/"),
        ("https://a.example.com/?b=2&a=1", "https://a.example.com/?a=1&b=2"),
        ("https://github.com/Owner/Name/", "https://github.com/owner/name"),
    ],
)
def test_spellings_of_one_address(address: str, same_as: str) -> None:
    assert plain(address) == plain(same_as)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example.com/x", "https://a.example.com/X"), ("https://a.example.com/?a=1", "https://a.example.com/?a=2"),
        ("https://github.com/a/b", "https://github.com/a/c"), ("https://b.a.example.com/", "https://a.example.com/"),
    ],
)  # fmt: skip
def test_different_addresses(one: str, other: str) -> None:
    assert plain(one) != plain(other)


PACKAGE = {"kind": "mcp-package", "registry": "npm", "package": "@own/mcp"}
REMOTE = {"kind": "mcp-remote", "url": "https://mcp.own.example.com/mcp"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("listed", "changes", "code"),
    [
        ({"homepage": "http://www.own.example.com"}, {}, "same_address"),
        ({"homepage": "https://own.example.com/other"}, {}, "none"),
        ({"interfaces": [PACKAGE]}, {"interfaces": (Interface(**PACKAGE),)}, "same_package"),
        ({"interfaces": [PACKAGE, PACKAGE | {"package": "@own/b"}]}, {"interfaces": (Interface(**PACKAGE),)},
         "shared_package"),
        ({"interfaces": [PACKAGE | {"registry": "pypi"}]}, {"interfaces": (Interface(**PACKAGE),)}, "none"),
        ({"interfaces": [{"kind": "cli", "docs": "https://a.example.com/cli"}]},
         {"interfaces": (Interface("cli"),)}, "none"),
        ({"interfaces": [PACKAGE | {"kind": "sdk"}]},
         {"interfaces": (Interface(**PACKAGE | {"kind": "sdk"}),)}, "none"),
        ({"interfaces": [{"kind": "container", "image": "own/server"}]},
         {"interfaces": (Interface("container", image="Own/Server"),)}, "same_package"),
        ({"kind": "mcp_server", "interfaces": [REMOTE]}, {"kind": "mcp_server", "interfaces": (Interface(**REMOTE),)},
         "same_endpoint"),
        ({"kind": "platform", "homepage": "https://elsewhere.com", "interfaces": [REMOTE]},
         {"kind": "mcp_server", "interfaces": (Interface(**REMOTE),)}, "shared_endpoint"),
        ({"kind": "platform", "homepage": "https://own.example.com/platform", "interfaces": [REMOTE]},
         {"kind": "mcp_server", "interfaces": (Interface(**REMOTE),)}, "none"),
        ({"kind": "platform", "name": "Own", "interfaces": [REMOTE]},
         {"kind": "mcp_server", "name": "Own MCP", "vendor": "Own", "interfaces": (Interface(**REMOTE),)}, "none"),
        ({"interfaces": [{"kind": "mcp-remote", "url": "https://{tenant}.own.example.com"}]},
         {"interfaces": (Interface("mcp-remote", url="https://{tenant}.own.example.com"),)}, "none"),
        ({"name": "Paper Boat Pro", "tagline": "Answers questions about the documents of a team"},
         {"name": "Paper Boat", "tagline": "Answers questions about the documents of a team"}, "near"),
        ({"name": "Paper Boat", "tagline": "Draws pictures of boats in many styles"},
         {"name": "Paper Boat", "tagline": "Answers questions about the documents of a team"}, "none"),
    ],
)  # fmt: skip
def test_duplicates(listed: dict[str, Any], changes: dict[str, Any], code: str) -> None:
    make.tool(**listed)
    outcome = say("duplicates", listing(**changes))
    assert outcome.code == code
    assert str(outcome.verdict) == registry()["duplicates"].codes[code].verdict


@pytest.mark.django_db
def test_a_tool_is_no_duplicate_of_itself_or_of_a_delisted_one() -> None:
    tool = make.tool()
    make.tool(homepage=tool.homepage, status="delisted", tagline="Something else that nobody knows about")
    assert say("duplicates", listing_of(tool)).code == "none"


@pytest.mark.django_db
def test_duplicates_among_two_thousand_tools_take_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    records = [
        make.record(homepage=f"https://github.com/maker/tool-{number}", name=f"Maker {number}",
                    tagline=f"A tool number {number} of a maker of many tools",
                    interfaces=[PACKAGE | {"package": f"@maker/{number}"}, REMOTE | {"url": f"https://m{number}.example.com"}])
        for number in range(2_000)
    ]  # fmt: skip
    before = Tool.objects.count()  # some suites load the seed first
    services.create_tools(records, categories=make.categories())
    assert Tool.objects.count() == before + 2_000
    own = listing(homepage="https://github.com/maker/own", name="Xylophone", tagline="Music for the sleepless",
                  kind="mcp_server", interfaces=(Interface(**PACKAGE), Interface(**REMOTE)))  # fmt: skip
    with django_assert_num_queries(3):
        assert say("duplicates", own).code == "none"
