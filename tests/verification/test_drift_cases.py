"""Cases of drift: when a person is asked, and what the answer does."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Change, Tool
from tests import make
from tests.verification import make_runs
from tests.verification.drift_rows import home
from verification import services as runs
from verification.identity import services
from verification.models import DriftCase, IdentityPrint, LogEntry

FIRST = dt.datetime(2031, 3, 4, tzinfo=dt.UTC)


SAME = home("Zyzzyva", "It sorts.", simhash="0" * 16)


OTHER = home("Lucky Slots", "Spin.", simhash="f" * 16)


THIRD = home("Shoes", "Buy.", simhash="0f" * 8)


def ran(tool: Tool, day: int, *rows: dict[str, Any], light: bool = False) -> None:
    run = make_runs.run(tool, *rows, light=light, created_at=FIRST + dt.timedelta(days=day))
    assert runs.announce(run.pk) is True


def icon(letter: str) -> dict[str, Any]:
    return {"key": "favicon", "code": "present", "detail": {"sha256": letter * 64}}


@pytest.fixture
def tool() -> Tool:
    return make.tool(name="Zyzzyva", homepage="https://made.example.com/")


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor@example.com", "a long enough word")


@pytest.mark.django_db
def test_the_first_look_is_accepted_and_small_changes_leave_no_trace(tool: Tool) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, home("Zyzzyva", "It sorts better.", simhash="f" * 16))
    assert list(IdentityPrint.objects.values_list("tool", "baseline")) == [(tool.pk, True)]
    assert DriftCase.objects.count() == 0


@pytest.mark.django_db
def test_a_large_change_opens_one_case_and_touches_nothing_else(tool: Tool) -> None:
    ran(tool, 0, SAME)
    changes = Change.objects.count()
    ran(tool, 1, OTHER)
    ran(tool, 2, THIRD)
    case = DriftCase.objects.get()
    assert (case.state, case.score, case.print.data["title"]) == ("open", 45 + 20, "Shoes")
    assert case.sentence.startswith("Neither the tool's name nor its vendor's is on the page any more. The text is")
    tool.refresh_from_db()
    assert (tool.seen, tool.status, Change.objects.count()) == ("working", "active", changes)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["needs_javascript", "bot_challenge", "empty"])
def test_a_look_that_says_nothing_opens_no_case(tool: Tool, code: str) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER | {"code": code})
    ran(tool, 2, OTHER, light=True)
    assert (IdentityPrint.objects.count(), DriftCase.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_an_older_run_that_is_told_late_changes_nothing(tool: Tool) -> None:
    ran(tool, 5, SAME)
    ran(tool, 1, OTHER)
    assert DriftCase.objects.count() == 0


@pytest.mark.django_db
def test_same_product_makes_the_new_look_the_accepted_one(tool: Tool, django_user_model: Any) -> None:
    editor = django_user_model.objects.create_superuser("editor@example.com", "a long enough word")
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    case = DriftCase.objects.get()
    services.same_product(case, looks=case.looks, by=editor)
    ran(tool, 2, OTHER)
    assert IdentityPrint.objects.get(baseline=True).data["title"] == "Lucky Slots"
    assert list(DriftCase.objects.values_list("state", "decided_by")) == [("same_product", editor.pk)]
    with pytest.raises(services.Decided):
        services.other_product(case, looks=case.looks, by=editor)


@pytest.mark.django_db
def test_another_product_is_not_asked_about_twice_but_a_third_one_is(tool: Tool, django_user_model: Any) -> None:
    editor = django_user_model.objects.create_superuser("editor@example.com", "a long enough word")
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    case = DriftCase.objects.get()
    services.other_product(case, looks=case.looks, by=editor)
    ran(tool, 2, OTHER)
    assert DriftCase.objects.count() == 1
    tool.refresh_from_db()
    assert (tool.is_listed, IdentityPrint.objects.get(baseline=True).data["title"]) == (True, "Zyzzyva")
    named = {"key": "favicon", "code": "present", "detail": {"sha256": "d" * 64}}
    ran(tool, 3, THIRD | {"detail": THIRD["detail"] | {"final_url": "https://shoes.example.net/"}}, named)
    assert list(DriftCase.objects.order_by("id").values_list("state", flat=True)) == ["other_product", "open"]


def chosen(shown: str, action: str) -> dict[str, Any]:
    """Return what the form of a desk posts when all its rows are ticked."""
    hidden = dict(re.findall(r'<input type="hidden" name="(seen-\d+)" value="([^"]*)">', shown))
    return {"action": action, "_selected_action": [name.removeprefix("seen-") for name in hidden], **hidden}


@pytest.mark.django_db
def test_the_desk_shows_both_looks_and_takes_the_answer(tool: Tool, client: Client) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, home("<b>Slots", "Spin.", simhash="f" * 16))
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    path = reverse("admin:verification_driftcase_changelist")
    shown = client.get(path).content.decode()
    assert (shown.count("Title: Zyzzyva<br>"), shown.count("Title: &lt;b&gt;Slots<br>")) == (1, 1)
    told = client.post(path, chosen(shown, "same_product"), follow=True).context["messages"]
    assert [str(one) for one in told] == ["1 called the same product."]
    assert DriftCase.objects.get().state == "same_product"


@pytest.mark.django_db
def test_who_may_not_change_tools_may_not_answer(tool: Tool, client: Client) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    reader = User.objects.create_user("reader@example.com", "a long enough word", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_driftcase"))
    client.force_login(reader)
    case = DriftCase.objects.get()
    path = reverse("admin:verification_driftcase_changelist")
    client.post(path, {"action": "other_product", "_selected_action": [case.pk]})
    assert DriftCase.objects.get().state == "open"


@pytest.mark.django_db
def test_one_baseline_and_one_open_case_for_a_tool(tool: Tool) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    for row, name in (
        (IdentityPrint.objects.get(baseline=True), "identity_print_one_baseline"),
        (DriftCase.objects.get(), "drift_case_one_open"),
    ):
        row.pk = None
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            row.save(force_insert=True)
    for change in ({"state": "same_product"}, {"decided_at": FIRST}, {"state": "odd", "decided_at": FIRST}):
        with pytest.raises(IntegrityError, match="drift_case_"), transaction.atomic():
            DriftCase.objects.update(**change)


@pytest.mark.django_db
def test_a_site_that_is_back_to_what_it_was_closes_the_case(tool: Tool, editor: User) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    hacked = DriftCase.objects.get()
    ran(tool, 2, SAME)
    case = DriftCase.objects.get()
    assert (case.state, case.decided_by, case.decided_at is not None) == ("back", None, True)
    assert case.sentence.startswith("On 2031-03-06 the site was back to what it was. Before: Neither the tool's name")
    with pytest.raises(services.Decided, match="back to what it was"):
        services.same_product(hacked, looks=hacked.looks, by=editor)
    ran(tool, 3, OTHER)  # hacked again
    assert list(DriftCase.objects.order_by("id").values_list("state", flat=True)) == ["back", "open"]


@pytest.mark.django_db
def test_a_site_that_is_halfway_back_stays_open_with_its_new_look(tool: Tool) -> None:
    ran(tool, 0, SAME, icon("a"))
    ran(tool, 1, OTHER, icon("b"))
    ran(tool, 2, home("Zyzzyva", "It sorts.", simhash="f" * 16), icon("b"))
    case = DriftCase.objects.get()
    assert (case.state, case.score, case.print.data["title"]) == ("open", 35, "Zyzzyva")


@pytest.mark.django_db
def test_an_answer_is_to_the_look_that_was_shown(tool: Tool, client: Client, editor: User) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    client.force_login(editor)
    path = reverse("admin:verification_driftcase_changelist")
    shown = client.get(path).content.decode()
    ran(tool, 2, THIRD)
    for action in ("same_product", "other_product"):
        told = client.post(path, chosen(shown, action), follow=True).context["messages"]
        assert str(next(iter(told))) == (
            "Zyzzyva: The site looked different when it was seen last. Look at the new row, then answer."
        )
    titles = IdentityPrint.objects.order_by("id").values_list("data__title", "baseline")
    assert list(titles) == [("Zyzzyva", True), ("Lucky Slots", False), ("Shoes", False)]
    client.post(path, chosen(client.get(path).content.decode(), "same_product"))
    assert IdentityPrint.objects.get(baseline=True).data["title"] == "Shoes"


@pytest.mark.django_db
def test_an_older_look_that_is_told_late_does_not_replace_the_one_of_an_open_case(tool: Tool) -> None:
    ran(tool, 0, SAME)
    ran(tool, 5, OTHER)
    ran(tool, 3, THIRD)
    ran(tool, 2, SAME)
    case = DriftCase.objects.get()
    assert (case.state, case.print.data["title"]) == ("open", "Lucky Slots")


@pytest.mark.django_db
def test_the_same_look_again_is_no_new_row(tool: Tool) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    before = DriftCase.objects.get().looks
    ran(tool, 2, OTHER)
    assert (DriftCase.objects.get().looks, IdentityPrint.objects.count()) == (before, 2)


def elsewhere(look: dict[str, Any], url: str, **changes: Any) -> dict[str, Any]:
    return look | {"detail": look["detail"] | {"final_url": url}, "subject": url} | changes


@pytest.mark.django_db
def test_another_home_page_in_the_listing_begins_anew(tool: Tool, editor: User) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    first = DriftCase.objects.get()
    services.other_product(first, looks=first.looks, by=editor)
    ran(tool, 2, THIRD, icon("c"))
    Tool.objects.filter(pk=tool.pk).update(homepage="https://moved.example.net/")
    ran(tool, 3, elsewhere(OTHER, "https://made.example.com/"))  # begun before the listing was changed
    assert IdentityPrint.objects.get(baseline=True).data["title"] == "Zyzzyva"
    ran(tool, 4, elsewhere(SAME, "https://moved.example.net/"))
    accepted = IdentityPrint.objects.get(baseline=True)
    assert (accepted.data["domain"], accepted.data["homepage"]) == ("example.net", "https://moved.example.net/")
    # the answer was about another baseline, so the same casino is asked about again
    ran(tool, 5, elsewhere(OTHER, "https://moved.example.net/"))
    assert DriftCase.objects.order_by("id").last().state == "open"  # type: ignore[union-attr]


@pytest.mark.django_db
def test_another_home_page_in_the_listing_closes_the_case(tool: Tool) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    Tool.objects.filter(pk=tool.pk).update(homepage="https://moved.example.net/")
    ran(tool, 2, elsewhere(SAME, "https://moved.example.net/"))
    assert DriftCase.objects.get().state == "listing_changed"


@pytest.mark.django_db
def test_a_redesign_of_a_page_that_names_itself_in_a_picture_only_asks_nobody(tool: Tool) -> None:
    ran(tool, 0, home("The best sorter", "It sorts.", simhash="0" * 16), icon("a"))
    ran(tool, 1, home("Ordering made easy", "It orders.", simhash="f" * 16), icon("b"))
    assert DriftCase.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (services.same_product, "A person said of its new look: the same product. Later looks are compared with it."),
        (services.other_product, "A person said of its new look: another product. The listing is for an editor."),
    ],
)
def test_an_answer_stands_in_the_public_log_without_a_name(
    tool: Tool, editor: User, answer: Any, sentence: str
) -> None:
    ran(tool, 0, SAME)
    ran(tool, 1, OTHER)
    case = DriftCase.objects.get()
    answer(case, looks=case.looks, by=editor)
    assert list(LogEntry.objects.filter(key__startswith="drift:").values_list("kind", "tool", "sentence")) == [
        ("person", tool.pk, sentence)
    ]
