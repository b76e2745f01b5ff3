"""Packages (all in one registry of the zoo), repositories and licences."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import unquote

from tests.zoo.animal import Animal, Expect, Reply, Request, Serve, as_json, page, routes
from verification.contract import Interface

REGISTRY = "package_registry"  # the animal that PYPI_URL and NPM_URL name
TODAY = dt.datetime.now(dt.UTC)


def _ago(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


def _pypi(host: str, *, days: int = 400, yanked: bool = False, files: bool = True, link: bool = True) -> dict[str, Any]:
    uploads = [{"upload_time_iso_8601": _ago(days), "yanked": yanked}] if files else []
    urls = {"Homepage": f"https://docs.{host}/sdk"} if link else {"Homepage": "https://somebody-else.example/"}
    return {"info": {"version": "1.2.0", "project_urls": urls, "yanked": yanked}, "releases": {"1.2.0": uploads}}


def _npm(host: str, *, days: int = 400, deprecated: str = "", link: bool = True) -> dict[str, Any]:
    repository = {"type": "git", "url": "git+https://github.com/zoo/papers.git"}
    latest: dict[str, Any] = (
        {"name": "x", "version": "2.0.0", "repository": repository} if link else {"version": "2.0.0"}
    )
    return {"latest": latest | ({"deprecated": deprecated} if deprecated else {}), "time": {"created": _ago(days)}}


PYPI = {
    "good": _pypi("pypi-good.example"),
    "yanked": _pypi("pypi-yanked.example", yanked=True),
    "empty": _pypi("pypi-empty.example", files=False),
    "fresh": _pypi("pypi-fresh.example", days=2),
    "stranger": _pypi("pypi-stranger.example", link=False),
}
NPM: dict[str, dict[str, Any]] = {
    "empty": {"latest": {"name": "empty"}, "time": {}},
    "@zoo/good": _npm("npm-good.example"),
    "old": _npm("npm-old.example", deprecated="Use the other one."),
    "new": _npm("npm-new.example", days=1),
    "stranger": _npm("npm-stranger.example", link=False),
}


def _registry(request: Request) -> Reply:
    parts = unquote(request.path).strip("/").removesuffix("/latest")
    latest = request.path.endswith("/latest")
    if parts.startswith("pypi/"):
        name = parts.split("/")[1]
        if name == "broken":
            return Reply(500)
        return as_json(PYPI[name]) if name in PYPI else Reply(404)
    if parts == "broken":
        return Reply(200, b"sorry", "text/plain")
    if parts not in NPM:
        return as_json({"error": "Not found"}, 404)
    return as_json(NPM[parts]["latest"] if latest else {"time": NPM[parts]["time"], "versions": {}})


def _package(registry: str, name: str, about: str, package: str, verdict: str, code: str) -> Animal:
    return Animal(
        f"{registry}_{name}",
        about,
        (Expect(f"package_{registry}", verdict, code),),
        None,
        {
            "interfaces": (Interface("sdk", registry=registry, package=package),),
            "repo_url": "https://github.com/zoo/papers" if registry == "npm" else "",
        },
    )


def _code(name: str, about: str, serve: Serve | None, expect: tuple[Expect, ...], licence: str = "MIT") -> Animal:
    return Animal(f"repo_{name}", about, expect, serve, {"repo_url": "https://@/zoo/papers", "licence": licence})


def _repository(verdict: str, code: str) -> Expect:
    return Expect("repository", verdict, code)


def _licence(verdict: str, code: str) -> Expect:
    return Expect("licence", verdict, code)


README = "Papers for tools. It uses a library under the Apache-2.0 license."
MIT = Reply(200, page("zoo/papers", README, links={"MIT license": "#MIT-1-ov-file"}))
BARE = Reply(200, page("zoo/papers", README))
OLD = Reply(
    200, page("zoo/papers", "This repository has been archived by the owner on Jan 2, 2026. It is now read-only.")
)
MOVED = Reply(301, headers=(("Location", "/zoo/articles"),))
ALL = routes({"/robots.txt": Reply(200, b"User-agent: *\nDisallow: /zoo\n", "text/plain"), "/zoo/papers": MIT})
ANIMALS = (
    Animal(REGISTRY, "A registry of packages, as PyPI and npm are.", (), _registry),
    _package("pypi", "good", "A package that points back.", "good", "pass", "found"),
    _package("pypi", "missing", "A package that is not there.", "nowhere", "fail", "missing"),
    _package("pypi", "yanked", "A package whose versions were all withdrawn.", "yanked", "fail", "yanked"),
    _package("pypi", "empty", "A name without any version.", "empty", "fail", "no_version"),
    _package("pypi", "fresh", "A package of the day before yesterday.", "fresh", "warn", "fresh"),
    _package("pypi", "stranger", "A package of somebody else.", "stranger", "warn", "no_back_reference"),
    _package("pypi", "broken", "A registry in trouble.", "broken", "inconclusive", "registry_trouble"),
    _package("npm", "good", "A package in a scope that points back to the repository.", "@zoo/good", "pass", "found"),
    _package("npm", "missing", "A package that is not there.", "nowhere", "fail", "missing"),
    _package("npm", "old", "A package that its makers gave up.", "old", "warn", "deprecated"),
    _package("npm", "new", "A package of yesterday.", "new", "warn", "fresh"),
    _package("npm", "stranger", "A package that points nowhere.", "stranger", "warn", "no_back_reference"),
    _package("npm", "empty", "A name without any version.", "empty", "fail", "no_version"),
    _package("npm", "broken", "A registry in trouble.", "broken", "inconclusive", "registry_trouble"),
    _code(
        "good",
        "A repository with its licence in a link.",
        routes({"/zoo/papers": MIT}),
        (_repository("pass", "there"), _licence("pass", "agrees")),
    ),
    _code(
        "two_licences",
        "A listing with two licences.",
        routes({"/zoo/papers": MIT}),
        (_licence("pass", "agrees"),),
        "MIT OR Apache-2.0",
    ),
    _code(
        "other_licence",
        "A page with another licence.",
        routes({"/zoo/papers": MIT}),
        (_licence("warn", "differs"),),
        "AGPL-3.0-only",
    ),
    _code(
        "no_licence",
        "A page that shows none.",
        routes({"/zoo/papers": BARE}),
        (_repository("pass", "there"), _licence("inconclusive", "not_visible")),
    ),
    _code(
        "archived", "A repository nobody works on.", routes({"/zoo/papers": OLD}), (_repository("warn", "archived"),)
    ),
    _code(
        "moved",
        "A repository that moved.",
        routes({"/zoo/papers": MOVED, "/zoo/articles": MIT}),
        (_repository("warn", "moved"),),
    ),
    _code("gone", "No repository.", None, (_repository("fail", "not_there"), _licence("skipped", "need_not_met"))),
    _code("private", "A repository that robots may not read.", ALL, (_repository("inconclusive", "robots_disallow"),)),
)
