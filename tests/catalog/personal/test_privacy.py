"""What people keep is in the copy of their data, and goes when they are erased."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.privacy import registry
from catalog import services
from catalog.models import Follow, ListItem, Newsletter, Saved, ToolList
from catalog.personal import digest, follows, keeping
from tests import make


def part() -> registry.Part:
    return next(one for one in registry.parts() if one.name == "kept")


def without_times(found: Any) -> Any:
    """Leave out moments, which differ from run to run."""
    if isinstance(found, dict):
        times = {"saved_at", "made", "changed", "added", "since"}
        return {key: without_times(value) for key, value in found.items() if key not in times}
    return [without_times(one) for one in found] if isinstance(found, list) else found


def test_the_copy_holds_everything_that_is_kept_and_nothing_of_others(ana: User, ben: User) -> None:
    tool = make.tool(slug="acme", name="Acme")
    for user in (ana, ben):
        keeping.save(user=user, tool=tool)
        mine = keeping.create_list(user=user, title=f"Of {user.email}", shared=user == ana)
        keeping.add(to=mine, tool=tool)
        follows.follow_search(user=user, query="q=speech")
    digest.choose(user=ana, period="weekly")
    found = without_times(part().export(ana))
    assert isinstance(found["saved"][0].pop("saved"), str)
    key = ToolList.objects.get(user=ana).key
    row = {"tool": "acme", "name": "Acme", "note": ""}
    assert found == {
        "saved": [row],
        "lists": [
            {
                "address": f"/lists/{key}/",
                "title": "Of ana@example.com",
                "description": "",
                "shared": True,
                "tools": [row],
            }
        ],
        "following": [{"what": "“speech”", "address": "/tools/?q=speech"}],
        "digest": "weekly",
    }


def test_who_keeps_nothing_has_an_empty_part(ana: User) -> None:
    assert part().export(ana) == {"saved": [], "lists": [], "following": [], "digest": "off"}


def test_an_erasure_takes_everything_of_one_person_and_may_run_twice(ana: User, ben: User) -> None:
    tool = make.tool()
    for user in (ana, ben):
        keeping.save(user=user, tool=tool)
        keeping.add(to=keeping.create_list(user=user, title="Mine"), tool=tool)
        follows.follow_tool(user=user, tool=tool)
    services.delist_tools([tool])
    for _ in range(2):
        part().erase(ana)
    kept = [Saved, ToolList, Follow, Newsletter]
    assert [list(model.objects.values_list("user", flat=True)) for model in kept] == [[ben.pk]] * 4  # type: ignore[attr-defined]
    assert ListItem.objects.count() == 1
