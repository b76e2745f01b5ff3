"""Forms of which only a part came: refused, as half of a text would be saved as the whole."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse

from core.middleware import CUT, refuse_cut_forms


class Ended(BytesIO):
    """A connection that ends in an error."""

    def read(self, *_: Any) -> bytes:
        raise BlockingIOError(11, "Resource temporarily unavailable")


def answered(body: BytesIO, length: str, kind: str = "application/x-www-form-urlencoded") -> tuple[int, bytes]:
    """Return status and text of the answer of a view that says what the form said."""

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.POST.get("text", ""))

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_NAME": "a", "SERVER_PORT": "80"}
    environ |= {"CONTENT_TYPE": kind, "CONTENT_LENGTH": length}
    answer = refuse_cut_forms(view)(WSGIRequest(environ | {"wsgi.input": body}))
    return answer.status_code, answer.content


def test_a_whole_form_is_read() -> None:
    assert answered(BytesIO(b"text=one+two"), "12") == (200, b"one two")


@pytest.mark.django_db
@pytest.mark.parametrize("body", [BytesIO(b"text=one+t"), BytesIO(b""), Ended()])
def test_a_part_of_one_is_refused_with_what_to_do(body: BytesIO) -> None:
    status, text = answered(body, "12")
    assert (status, CUT in text.decode()) == (400, True)


@pytest.mark.parametrize("length", ["", "-1"])
def test_without_a_length_it_is_the_servers_business(length: str) -> None:
    assert answered(BytesIO(b""), length) == (200, b"")
