"""The portal under test: who takes part, a verification of one step, and sites on loopback beside the zoo's animals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from submissions.prefill import Prefilled, read
from tests.people import person
from tests.verification.conftest import hints, known  # noqa: F401 - fixtures
from tests.zoo.animal import Animal, Raw, Reply, Request, Serve
from tests.zoo.animals import all_animals
from tests.zoo.server import Zoo
from verification.context import OpenGate

HOSTS = ("www.lantern.example", "github.com", "index.example", "pictures.example")
TEXT = "text/plain; charset=utf-8"
Read = Callable[..., Prefilled]


@pytest.fixture
def ana() -> User:
    """Somebody who submits."""
    return person("ana@example.com")


def role(name: str, email: str) -> User:
    """Return an account of this role."""
    user = person(email, is_staff=True)
    user.groups.add(Group.objects.get(name=name))
    return user


@pytest.fixture
def rita() -> User:
    """A reviewer."""
    return role("reviewer", "rita@example.com")


@pytest.fixture
def rolf() -> User:
    """Another reviewer."""
    return role("reviewer", "rolf@example.com")


class World:
    """What answers, by host and path; tests write into `pages` and `everything`."""

    def __init__(self, zoo: Zoo) -> None:
        self.zoo = zoo
        self.pages: dict[tuple[str, str], Reply | Serve] = {}
        self.everything: Serve | None = None  # one answer for all paths
        self.asked: list[str] = []

    def serve(self, request: Request) -> Reply | Raw:
        """Answer a request."""
        self.asked.append(f"{request.host}{request.path}")
        found = self.everything or self.pages.get((request.host, request.path)) or Reply(404, b"not here", TEXT)
        return found if isinstance(found, Reply) else found(request)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Zoo, list[World]]]:
    """The servers of all tests; each test has a world of its own on them."""
    current: list[World] = []

    def serve(request: Request) -> Reply | Raw:
        return current[-1].serve(request)

    mine = {
        "lantern": Animal("lantern", "It is what a test makes of it.", (), serve, also=HOSTS),
        "inside": Animal("inside", "Its name leads into a private network.", (), dns=("10.0.0.1",)),
        "nowhere": Animal("nowhere", "Its name does not exist.", (), dns="NXDOMAIN"),
        "bare": Animal("bare", "It has no certificate that anybody trusts.", (), certificate="self_signed"),
    }  # fmt: skip
    with Zoo(all_animals() | mine, tmp_path_factory.mktemp("submissions")) as zoo:
        yield zoo, current


@pytest.fixture
def world(opened: tuple[Zoo, list[World]]) -> World:
    """A world where every address answers 404 until a test says otherwise."""
    zoo, current = opened
    current[:] = [World(zoo)]
    return current[-1]


@pytest.fixture
def look(world: World) -> Read:
    """Read a site of this world, without waiting for turns."""

    def reads(typed: str, **options: Any) -> Prefilled:
        return read(typed, gate=OpenGate(), policy=world.zoo.policy(), **options)

    return reads
