"""Which changes of a listed tool are small: what leads readers elsewhere, or costs more, is none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from submissions import changes
from tests import make
from tests.people import person
from tests.submissions import rows

pytestmark = pytest.mark.django_db
REST = {"kind": "rest", "base_url": "https://api.acme.com", "docs": "https://acme.com/docs", "auth": "bearer",
        "env": "ACME_KEY"}  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"interfaces": [REST]}, {"interfaces": [REST | {"env": "AWS_SECRET_ACCESS_KEY"}]}),
        ({"interfaces": [REST]}, {"interfaces": [REST | {"docs": "https://evil.example/docs"}]}),
        ({"links": {"docs": "https://acme.com/docs"}}, {"links": {"docs": "https://evil.example/docs"}}),
        ({}, {"links": {"repo": "https://github.com/mallory/acme"}}),
        (
            {"links": {"repo": "https://github.com/acme/acme"}},
            {"links": {"repo": "https://github.com/mallory/acme"}},
        ),
        ({"homepage": "https://acme.com"}, {"homepage": "https://pages.acme.com"}),
        ({"homepage": "https://github.com/acme/one"}, {"homepage": "https://github.com/mallory/one"}),
        ({}, {"also": ["business-ops/finance"]}),
        ({}, {"pricing": {"access": "free", "model": ["usage"], "source": "open_source"}}),
        (
            {"plans": [{"name": "Pro", "amount": "10", "currency": "USD", "period": "month"}]},
            {"plans": [{"name": "Pro", "amount": "99", "currency": "USD", "period": "month"},
                       {"name": "Pro", "amount": "10", "currency": "USD", "period": "month"}]},
        ),
    ],
)  # fmt: skip
def test_what_leads_readers_elsewhere_or_costs_more_is_no_small_change(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    base = rows.record(homepage="https://acme.com", **before) if "homepage" not in before else rows.record(**before)
    assert changes.material(base, {**base, **after}) != []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"links": {"docs": "https://docs.acme.com/start"}}),
        ({"links": {"docs": "https://docs.readthedocs.io/a"}}, {"links": {"docs": "https://acme.com/docs"}}),
        ({"links": {"docs": "https://acme.com/docs"}}, {"links": {}}),
        ({"interfaces": [REST]}, {"interfaces": [REST | {"docs": "https://docs.acme.com"}]}),
        ({}, {"homepage": "https://acme.com/start"}),
        ({}, {"tagline": "Another tagline that is as long as it has to be"}),
    ],
)
def test_what_stays_on_its_own_domain_is_a_small_change(before: dict[str, Any], after: dict[str, Any]) -> None:
    base = rows.record(homepage="https://acme.com", **before)
    assert changes.material(base, {**base, **after}) == []


def test_a_price_that_is_not_finished_does_not_break_the_page_before_sending(client: Client) -> None:
    olga: User = person("olga@example.com")
    rows.owner(olga, "acme.com")
    acme = make.tool(slug="acme", homepage="https://acme.com")
    begun = rows.change(olga, acme, plans=[{"name": "Pro"}, {"name": "Team", "amount": "ten"}])
    client.force_login(olga)
    assert client.get(begun.step_url("send")).status_code == 200
