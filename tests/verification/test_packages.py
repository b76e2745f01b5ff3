"""What registries and repositories' pages say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.contract import Interface, Listing
from verification.inline import run_inline
from verification.reading import packages, repositories

LISTING = Listing("a", "A", "https://www.papers.example/", repo_url="https://github.com/Papers/sdk")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["info", "releases", "project_urls", "version", "yanked", "repository", "url", "bugs", "homepage"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@pytest.mark.parametrize(
    ("link", "points_back"),
    [
        ("https://papers.example/docs", True),
        ("https://api.papers.example", True),
        ("https://github.com/papers/other", True),
        ("git+https://github.com/papers/sdk.git", True),
        ("git://github.com/papers/sdk.git", True),
        ("ssh://git@github.com/papers/sdk.git", True),
        ("https://github.com/somebody/papers", False),
        ("https://github.com/", False),
        ("https://papers.example.evil.example/", False),
        ("https://notpapers.example/", False),
        ("javascript://papers.example/%0aalert(1)", False),
        ("papers.example", False),
    ],
)
def test_what_points_back_to_a_tool(link: str, points_back: bool) -> None:
    links = packages.from_npm("a", {"homepage": link}, None).links

    assert bool(list(packages.points_back(LISTING, links))) is points_back


def test_a_tool_at_a_code_host_is_not_all_of_that_host() -> None:
    listing = Listing("a", "A", "https://github.com/papers/sdk")

    assert list(packages.points_back(listing, ["https://github.com/papers/x", "https://github.com/others/x"])) == [
        "https://github.com/papers/x"
    ]


@pytest.mark.parametrize(
    ("repository", "link"),
    [
        ("papers/sdk", "https://github.com/papers/sdk"),
        ("github:papers/sdk", "https://github.com/papers/sdk"),
        ({"url": "git+ssh://git@github.com/papers/sdk.git"}, "https://github.com/papers/sdk.git"),
        ({"type": "git"}, None),
        (5, None),
        ("https://[", None),
    ],
)
def test_spellings_of_a_repository_in_npm(repository: Any, link: str | None) -> None:
    assert packages.from_npm("a", {"repository": repository}, None).links == ((link,) if link else ())


@given(ANYTHING)
def test_no_answer_of_a_registry_raises(value: Any) -> None:
    if isinstance(value, dict):
        found = (packages.from_pypi("a", value), packages.from_npm("a", value, value))
        assert {type(link) for one in found for link in one.links} <= {str}


def test_a_package_on_pypi_is_as_old_as_its_first_file() -> None:
    files = {
        "2.0": [{"upload_time_iso_8601": "2026-05-01T00:00:00Z", "yanked": False}],
        "1.0": [
            {"upload_time_iso_8601": "2024-01-01T10:00:00.123456Z", "yanked": True},
            {"upload_time_iso_8601": None},
        ],
    }

    package = packages.from_pypi("a", {"info": {"version": "2.0"}, "releases": files})

    assert package.first == dt.datetime(2024, 1, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)
    assert package.yanked is False


@pytest.mark.parametrize("registry", ["pypi", "npm"])
def test_without_a_registry_in_the_settings_nobody_is_asked(settings: Any, registry: str) -> None:
    settings.PYPI_URL = settings.NPM_URL = ""
    listing = Listing("a", "A", "https://a.example/", interfaces=(Interface("sdk", registry=registry, package="a"),))

    (said,) = run_inline(listing, keys=[f"package_{registry}"])

    assert (said.outcome.verdict, said.outcome.code, said.exchanges) == ("skipped", "no_registry", ())
    assert f"{registry.upper()}_URL" in said.outcome.sentence


@pytest.mark.parametrize(
    ("page", "archived", "licence"),
    [
        ('<a href="#MIT-1-ov-file"> MIT license </a>', False, "MIT"),
        ("<a>\n  <span>Apache-2.0</span> license</a>", False, "Apache-2.0"),
        ("<a>LGPL-3.0 license</a>", False, "LGPL-3.0"),
        ("<a>AGPL-3.0 license</a>", False, "AGPL-3.0"),
        ("<a>GNU Affero General Public License v3.0</a><a>licence</a>", False, "AGPL-3.0"),
        ("<a>View license</a>", False, ""),
        ("<p>It is under the MIT license.</p>", False, ""),
        ("<a>permit license</a>", False, ""),
        ("<script>'<a>MIT license</a>'</script>", False, ""),
        ("<p>This repository has been archived by the owner on Mar 1, 2026. It is now read-only.</p>", True, ""),
        ("<p>This is an archived project.\n Repository and other project resources are read-only.</p>", True, ""),
        ("<p>We archived the repository of data.</p>", False, ""),
        ("<![foo <!-- <a", False, ""),
    ],
)
def test_what_the_page_of_a_repository_says(page: str, archived: bool, licence: str) -> None:
    assert repositories.read(page) == (archived, licence)


@given(st.text(alphabet="<>!-[]&;a/= \"'", max_size=60))
def test_no_page_raises(page: str) -> None:
    archived, licence = repositories.read(page)
    assert (type(archived), type(licence)) == (bool, str)


@pytest.mark.parametrize(
    ("declared", "seen", "same"),
    [
        ("MIT", "MIT", True),
        ("mit", "MIT", True),
        ("AGPL-3.0-only", "AGPL-3.0", True),
        ("GPL-2.0+", "GPL-2.0", True),
        ("MIT OR Apache-2.0", "Apache-2.0", True),
        ("(Apache-2.0 AND MIT)", "MIT", True),
        ("LGPL-3.0", "GPL-3.0", False),
        ("MIT", "Apache-2.0", False),
        ("LicenseRef-Own", "MIT", False),
    ],
)
def test_whether_two_licences_are_the_same(declared: str, seen: str, same: bool) -> None:
    assert repositories.same_licence(declared, seen) is same


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://github.com/A/b.git", "github.com/a/b"),
        ("https://www.github.com/a/B/", "github.com/a/b"),
        ("https://[", "/"),
    ],
)
def test_places_of_repositories(url: str, place: str) -> None:
    assert repositories.place(url) == place
