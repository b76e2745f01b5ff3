"""What the log leaves out."""

from __future__ import annotations

import importlib
import logging
import re
from typing import Any

import pytest
from django.conf import settings

from core.logfilter import Addresses, Keys
from tests.matrix.routes import every_route, filled


@pytest.mark.parametrize("name", ["celery.worker.strategy", "celery.app.trace"])
@pytest.mark.parametrize(
    ("task", "level", "root", "told"),
    [
        ("verification.sweep", logging.INFO, "INFO", []),
        ("verification.sweep", logging.INFO, "DEBUG", ["DEBUG"]),
        ("verification.sweep", logging.ERROR, "INFO", ["ERROR"]),
        ("verification.work", logging.INFO, "INFO", ["INFO"]),
        ("catalog.derive", logging.INFO, "INFO", ["INFO"]),
    ],
)
def test_celery_tells_nothing_of_sweeps_that_went_well(
    name: str, task: str, level: int, root: str, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    loggers: Any = settings.LOGGING["loggers"]
    assert loggers[name] == {"filters": ["routine"]}
    caplog.set_level(root)
    data: dict[str, Any] = {"name": task, "id": "1"}
    logging.getLogger(name).log(level, "Task %(name)s[%(id)s] received", data, extra={"data": data})
    assert [one.levelname for one in caplog.records] == told


@pytest.mark.parametrize(
    ("text", "arguments", "kept"),
    [
        ("Forbidden (CSRF): %s", ("/ownership/ab12/0123abcd/",), "Forbidden (CSRF): /ownership/ab12/***/"),
        (
            "%(m)s %(U)s %(s)s",
            ({"m": "GET", "U": "/ownership/ab12/0123abcd", "s": 404},),
            "GET /ownership/ab12/*** 404",
        ),
        ('"%s" %s', ("POST /ownership/a/0123?x=1 HTTP/1.1", 200), '"POST /ownership/a/***?x=1 HTTP/1.1" 200'),
        ("GET /mail/leave/WyJk:x_-9/ 200", (), "GET /mail/leave/***/ 200"),
        ("GET /account/password/reset/key/1-abc-def/ 302", (), "GET /account/password/reset/key/***/ 302"),
        ("Service Unavailable: %s", ("/feeds/personal/se.cret.xml",), "Service Unavailable: /feeds/personal/***"),
        ("100 % of /tools/ownership/", (), "100 % of /tools/ownership/"),
    ],
)
def test_the_key_of_a_mailed_link_is_masked(text: str, arguments: tuple[Any, ...], kept: str) -> None:
    record = logging.LogRecord("x", logging.WARNING, "f", 1, text, arguments, None)
    assert Keys().filter(record)
    assert record.getMessage() == kept


# parameters of routes that let nobody in: whoever adds another says here that it is none, or masks it in Keys.LINK
HARMLESS = {
    "app_label", "booking", "claim", "client", "content_type_id", "day", "dispute", "ext", "form", "handover", "id",
    "logo", "name", "object_id", "operation", "order", "other", "pk", "place", "prefix", "refund", "run", "sha256",
    "slug", "step", "token_id", "url", "week",
}  # fmt: skip
# there a key only names a row, which its reader may see or not
NAMED = ("/portal/", "/review/", "/submit/", "/reports/", "/featured/")


def secret_of(route: str) -> set[str]:
    """Return which parameters of a route are keys; the slug of a shared list is one."""
    named = set(re.findall(r"<(\w+)>", route))
    if route.startswith(NAMED):
        named -= {"key"}
    return named - HARMLESS | (named & {"slug"} if route.startswith("/lists/") else set())


def test_every_address_that_is_a_key_is_masked() -> None:
    found = {}
    for route in every_route():
        if secrets := secret_of(route):
            named = re.findall(r"<(\w+)>", route)
            path = filled(route, {name: "S3cr3t" if name in secrets else "x1" for name in named})
            record = logging.LogRecord("x", logging.WARNING, "f", 1, "GET %s 200", (path,), None)
            Keys().filter(record)
            found[route] = "S3cr3t" in record.getMessage()
    assert {one for one in found if not one.startswith("/lists/")} == {
        "/account/confirm-email/<key>/", "/account/data/<key>/", "/account/password/reset/key/<uidb36>-<key>/",
        "/feeds/personal/<token>.xml", "/mail/<token>/", "/mail/leave/<token>/", "/ownership/<token_id>/<token>/",
        "/portal/invitations/<token>/", "/reports/<key>/<token>/",
    }  # fmt: skip
    assert len(found) >= 13
    assert [route for route, is_seen in found.items() if is_seen] == []


def test_every_parameter_that_is_called_harmless_is_one_of_a_route() -> None:
    assert {name for route in every_route() for name in re.findall(r"<(\w+)>", route)} >= HARMLESS


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (
            "Invalid request from ip=192.0.2.7: Invalid HTTP Version",
            "Invalid request from ip=***: Invalid HTTP Version",
        ),
        ("Invalid request from ip=2001:db8::7: Invalid Method", "Invalid request from ip=***: Invalid Method"),
        ("Handling signal: term, ship=2", "Handling signal: term, ship=2"),
    ],
)
def test_the_address_of_a_client_is_masked(text: str, kept: str) -> None:
    record = logging.LogRecord("gunicorn.error", logging.WARNING, "f", 1, text, (), None)
    assert Addresses().filter(record)
    assert record.getMessage() == kept


def test_no_handler_of_the_site_writes_without_the_mask() -> None:
    handlers: Any = settings.LOGGING["handlers"]
    assert [one["filters"] for one in handlers.values()] == [["brief", "keys"]]
    assert any(isinstance(one, Keys) for handler in logging.getLogger().handlers for one in handler.filters)
    importlib.import_module("config.gunicorn")
    for name, wanted in (("gunicorn.access", {Keys}), ("gunicorn.error", {Keys, Addresses})):
        assert {type(one) for one in logging.getLogger(name).filters} == wanted
