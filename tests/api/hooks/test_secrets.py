"""Secrets of webhooks when SECRET_KEY is replaced."""

from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.models import User
from api.hooks import delivery, services, signing
from api.hooks.services import Wanted
from api.models import WebhookEndpoint
from api.tasks import renew_secrets
from tests import make
from tests.api.hooks.receiver import URL, Receiver
from tests.api.hooks.test_delivery import later, states

pytestmark = pytest.mark.django_db
ANOTHER = "another key of fifty characters, as nobody can guess"


def test_without_a_fallback_another_secret_is_made_and_signs_alone(ana: User, inbox: Receiver, settings: Any) -> None:
    row, first = services.create(account=ana, wanted=Wanted(URL))
    settings.SECRET_KEY = ANOTHER
    make.tool()
    assert delivery.deliver() == delivery.Round(made=1, put_off=1)
    row.refresh_from_db()
    assert (inbox.came, row.failing_since, signing.readable(row)) == ([], None, False)
    _, second = services.rotate(row, by=ana)
    services.send_test(row, by=ana)
    assert delivery.deliver() == delivery.Round(delivered=1)
    assert len(inbox.came[0][0]["webhook-signature"].split()) == 1
    inbox.verified(second)
    with pytest.raises(WebhookVerificationError):
        inbox.verified(first)


def test_tries_that_fail_on_this_side_are_not_counted_and_what_waits_is_sent_afterwards(
    ana: User, inbox: Receiver, settings: Any
) -> None:
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    settings.SECRET_KEY = ANOTHER
    make.tool()
    for number in range(delivery.TRIES + 3):
        assert delivery.deliver() == delivery.Round(made=not number, put_off=1)
        later(hours=1)
    assert states() == [("catalog.tool.listed", "due", 0)]
    _, second = services.rotate(row, by=ana)
    assert delivery.deliver() == delivery.Round(delivered=1)
    inbox.verified(second)


def test_a_job_of_each_night_seals_by_the_new_key_what_the_old_one_opens(
    ana: User, inbox: Receiver, settings: Any
) -> None:
    row, first = services.create(account=ana, wanted=Wanted(URL))
    _, second = services.rotate(row, by=ana)
    lost, _ = services.create(account=ana, wanted=Wanted(URL))
    WebhookEndpoint.objects.filter(pk=lost.pk).update(secret=b"sealed by a key that nobody knows")
    assert renew_secrets() == 0
    old, settings.SECRET_KEY = settings.SECRET_KEY, ANOTHER
    settings.SECRET_KEY_FALLBACKS = [old]
    assert (renew_secrets(), renew_secrets()) == (1, 0)
    settings.SECRET_KEY_FALLBACKS = []
    services.send_test(row, by=ana)
    delivery.deliver()
    assert inbox.verified(first) == inbox.verified(second)
