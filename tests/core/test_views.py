"""Health and error pages."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

from core.logfilter import BriefWarnings

pytestmark = pytest.mark.django_db


def test_healthz_asks_nothing_of_others(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_readyz_knows_database_and_broker(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "database": "ok", "broker": "ok"})


def test_readyz_says_what_is_missing(client: Client, settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"status": "not ready", "database": "ok", "broker": "does not answer"},
    )


def test_a_missing_page_helps_on(client: Client) -> None:
    response = client.get("/no/such/page/")
    assert (response.status_code, response.context["status"]) == (404, 404)
    assert 'action="/tools/"' in response.content.decode()


@pytest.mark.parametrize(
    ("path", "status"), [("/no/such/page/", 404), ("/tools/nosuch/", 404), ("/tools/?page=0", 400)]
)
def test_in_debug_the_pages_are_ours_too(settings: Any, path: str, status: int) -> None:
    settings.DEBUG = True
    response = Client().get(path)
    assert (response.status_code, response.context["status"]) == (status, status)
    assert "Traceback" not in response.content.decode()


def test_a_form_without_its_token_is_refused_on_a_page_of_ours() -> None:
    response = Client(enforce_csrf_checks=True).post("/account/sign-in/")
    assert (response.status_code, response.context["title"]) == (403, "Not accepted")


def test_a_refused_request_is_one_line_in_the_log() -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, "refused", None, (ValueError, ValueError("x"), None))
    assert BriefWarnings().filter(record)
    assert record.exc_info is None
    failed = logging.LogRecord("x", logging.ERROR, "f", 1, "failed", None, (ValueError, ValueError("x"), None))
    assert BriefWarnings().filter(failed)
    assert failed.exc_info is not None


def test_a_fault_of_ours_is_said_without_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog import facets

    def broken(*args: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(facets, "count", broken)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "secret detail" not in response.content.decode()
    assert "<h1" in response.content.decode()


def test_an_unknown_host_is_refused_without_detail(client: Client) -> None:
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def test_a_favicon_is_found_without_reading_a_page(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/img/favicon.svg"


@pytest.mark.parametrize("path", ["/", "/tools/", "/no/such/page/", "/account/sign-in/"])
def test_every_page_says_when_payments_are_for_trying_out_only(client: Client, settings: Any, path: str) -> None:
    banner = '<p class="trial"><b>Test payments:</b> nothing is charged.</p>'
    assert banner not in client.get(path).content.decode()
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.PAGE_CACHE_SECONDS = 0
    assert client.get(path).content.decode().count(banner) == 1


def test_the_desk_says_it_too(admin_client: Client, settings: Any) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert admin_client.get("/admin/").content.decode().count('<p class="trial">') == 1
