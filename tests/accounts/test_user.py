"""The user signs in by e-mail address."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError
from django.test import Client

from accounts.models import User
from tests.people import has_confirmed

pytestmark = pytest.mark.django_db


def test_an_address_signs_in_in_any_case() -> None:
    made = User.objects.create_user("Ana@Example.com", "correct horse battery")
    assert authenticate(username="ana@example.com", password="correct horse battery") == made
    assert authenticate(username="ana@example.com", password="wrong") is None


def test_an_address_is_used_once_in_any_case() -> None:
    User.objects.create_user("ana@example.com")
    with pytest.raises(IntegrityError):
        User.objects.create_user("ANA@example.com")


def test_an_address_is_needed() -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        User.objects.create_user("")


def test_no_password_lets_nobody_in() -> None:
    User.objects.create_user("ana@example.com")
    assert authenticate(username="ana@example.com", password="") is None


def test_an_administrator_reaches_the_admin(client: Client) -> None:
    root = User.objects.create_superuser("root@example.com", "x")
    client.force_login(root)
    has_confirmed(client, root)
    assert client.get("/admin/accounts/user/").context["cl"].result_count == 1
    response = client.post("/admin/accounts/user/add/", {"email": "new@example.com", "usable_password": "false"})
    assert response.status_code == 302
    assert not User.objects.get(email="new@example.com").has_usable_password()
