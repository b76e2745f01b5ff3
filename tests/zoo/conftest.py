"""The open zoo, and what the steps say about its animals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.zoo import measure
from tests.zoo.animal import Animal
from tests.zoo.animals import all_animals
from tests.zoo.server import Zoo
from verification.inline import Checked

Results = dict[tuple[str, str], Checked]


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zoo]:
    """All animals, served on loopback."""
    with Zoo(all_animals(), tmp_path_factory.mktemp("zoo")) as opened:
        yield opened


@pytest.fixture(scope="session")
def checked(zoo: Zoo, request: pytest.FixtureRequest) -> Iterator[Callable[[Animal], Results]]:
    """What the steps that an animal names in `expect` said about it, by step and subject.

    The animals of all collected tests are looked at side by side, because most of the time is spent on waiting for the
    slow ones.
    """

    def look(animal: Animal) -> Results:
        return {(one.key, one.subject.address): one for one in measure.check(zoo, animal)}

    asked: dict[str, Future[Results]] = {}
    items = request.session.items
    wanted = [getattr(item, "callspec", None) and item.callspec.params.get("animal") for item in items]  # type: ignore[attr-defined]
    if any("everything" in getattr(item, "fixturenames", ()) for item in items):
        wanted += all_animals().values()
    with measure.prepared(), ThreadPoolExecutor(12) as pool:
        for animal in wanted:
            if isinstance(animal, Animal) and animal.name not in asked:
                asked[animal.name] = pool.submit(look, animal)

        def result(animal: Animal) -> Results:
            if animal.name not in asked:
                asked[animal.name] = pool.submit(look, animal)
            return asked[animal.name].result()

        yield result


@pytest.fixture(scope="session")
def everything(checked: Callable[[Animal], Results]) -> dict[str, Results]:
    """What the steps said about all animals."""
    return {name: checked(animal) for name, animal in all_animals().items()}
