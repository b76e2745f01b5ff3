"""The matrix: every address, by every method, for everybody, is answered as tests/matrix/expected.py says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.sites import site

from tests.matrix.expected import DESK, LETTERS, MEMBER, METHODS, REST, RULES, VISITOR, WHO, Rule
from tests.matrix.people import LISTED, Askers, fill, row_of
from tests.matrix.routes import every_route, filled

pytestmark = pytest.mark.django_db
SLUGS = {"/categories/": "coding", "/feeds/categories/": "coding", "/collections/": "made", "/lists/": "shared"}
# of each model of the desk; the empty one leads to the page of the change
PAGES = ("", "add/", "<object_id>/", "<object_id>/change/", "<object_id>/delete/", "<object_id>/history/")


def cells(text: str) -> dict[str, str]:
    """Return what everybody gets by a cell of the table."""
    common, *others = text.split()
    return dict.fromkeys(WHO, common) | dict(one.split(":") for one in others)


def by_method(rule: Rule) -> dict[str, str]:
    others = {"PATCH": rule.others, "DELETE": rule.delete or rule.others}
    return {"GET": rule.get, "HEAD": rule.get, "POST": rule.post, "PUT": rule.put, "OPTIONS": rule.options, **others}


def desk_models() -> dict[str, Any]:
    """Return for each model of the desk who may look, add, change and delete."""
    return {
        model: [{LETTERS[letter] for letter in verb} for verb in may[:4]]
        for may in DESK
        for model in may.models.split()
    }


def desk_route(model: str, page: str) -> str:
    return f"/admin/{model.replace('.', '/')}/{page}"


# -- nothing is left out ----------------------------------------------------------------------------------------------


def test_every_address_stands_in_the_table_and_nothing_else_does() -> None:
    listed = [route for rule in RULES for route in rule.routes.split()]
    listed += [desk_route(model, page) for model in desk_models() for page in PAGES]
    listed += REST.split()
    assert sorted(listed) == every_route()  # each once


def test_every_model_of_the_desk_stands_in_the_table() -> None:
    assert sorted(desk_models()) == sorted(one._meta.label_lower for one in site._registry)


# -- every address, method and role -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_every_page_answers_everybody_as_the_table_says(askers: Askers, method: str) -> None:
    values = fill()
    wrong = {}
    for rule in RULES:
        for route in rule.routes.split():
            slug = next((slug for start, slug in SLUGS.items() if route.startswith(start)), LISTED)
            for who, wanted in cells(by_method(rule)[method]).items():
                own = {"token_id": "0" * 16} if route.startswith("/portal/") else {}  # the member's own challenge
                path = filled(route, values | own | {"slug": slug, "pk": askers.passkeys.get(who, 1)})
                got = askers.answer(who, method, path)
                if got != wanted:
                    wrong[f"{method} {route} {who}"] = f"{got}, not {wanted}"
    assert wrong == {}


def desk_answer(page: str, method: str, who: str, may: list[set[str]]) -> str:
    """Return what a page of a model answers: lists, histories and rows to who may look, forms to who may send them."""
    if who in {VISITOR, MEMBER}:
        return "login"
    view, add, change, delete = (who in roles_ for roles_ in may)
    if page == "<object_id>/":
        return "302"
    sends = method == "POST" and page == "<object_id>/change/"
    allowed = {"add/": add, "<object_id>/delete/": delete}.get(page, change if sends else view)
    return "200" if allowed else "403"


def wrong_at_the_desk(askers: Askers, method: str, models: list[str]) -> dict[str, str]:
    """Return what is answered otherwise than the table says, on all pages of these models."""
    wrong = {}
    for model in models:
        may, key = desk_models()[model], row_of(model)
        assert key, f"tests/matrix/people.py makes no {model}"
        for page in PAGES:
            route = desk_route(model, page)
            for who in WHO:
                got = askers.answer(who, method, filled(route, {"object_id": key}))
                wanted = desk_answer(page, method, who, may)
                saved = method == "POST" and (wanted, got) == ("200", "302")  # an empty form can be a right one
                if got != wanted and not saved:
                    wrong[f"{method} {route} {who}"] = f"{got}, not {wanted}"
    return wrong


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("models", [may.models.split() for may in DESK], ids=lambda models: models[0])
def test_every_page_of_the_desk_answers_everybody_as_the_table_says(
    askers: Askers, method: str, models: list[str]
) -> None:
    fill()
    assert wrong_at_the_desk(askers, method, models) == {}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_desk_takes_every_other_method_as_a_look(askers: Askers, method: str) -> None:
    fill()
    assert wrong_at_the_desk(askers, method, ["catalog.alias", "accounts.user"]) == {}
