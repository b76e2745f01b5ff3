"""A client for tests of the API: every answer is held against the OpenAPI document before a test sees it."""

from __future__ import annotations

import functools
import re
from typing import Any

import jsonschema
import orjson
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from huggingface_hub.utils._http import RateLimitInfo, parse_ratelimit_headers

from accounts.models import User
from api import keys
from api.document import GROWS
from api.scopes import SCOPES

BASE = "/api/v1"


@functools.cache
def openapi() -> dict[str, Any]:
    """Return the document as the code makes it."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made = orjson.dumps(generator.get_schema(public=True), default=str)  # type: ignore[no-untyped-call]
    closed: dict[str, Any] = orjson.loads(made.replace(GROWS.encode(), b"enum"))  # no test may see a value not in it
    return closed


class Api:
    """Sends requests to the API, by default as nobody in particular."""

    def __init__(self, key: str = "") -> None:
        self.client, self.key = Client(), key

    def send(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Send a request to a path below /api/v1 and return the response; `data` is sent as JSON."""
        asked: dict[str, Any] = {"headers": headers}
        if self.key:
            asked["headers"] = {"Authorization": f"Bearer {self.key}", **headers}
        if data is not None:
            asked |= {"data": orjson.dumps(data), "content_type": "application/json"}
        response = self.client.generic(method, f"{BASE}{path}", **asked)
        agrees(method, path, response)
        return response

    def get(self, path: str, **headers: str) -> Any:
        """Send a GET."""
        return self.send("GET", path, **headers)

    def json(self, path: str) -> Any:
        """Return the body of a GET that has to be answered with 200."""
        response = self.get(path)
        assert response.status_code == 200, response.content
        return response.json()

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        """Send a POST."""
        return self.send("POST", path, {} if data is None else data, **headers)


def key_of(owner: User, *scopes: str) -> str:
    """Return a new key of somebody, with all scopes where none is named."""
    return keys.create(owner=owner, name="of a test", scopes=scopes or SCOPES)[1]


def left(response: Any) -> RateLimitInfo:
    """Return what the client of Hugging Face reads of the limits of an answer."""
    found = parse_ratelimit_headers(response.headers)
    assert found is not None
    return found


def agrees(method: str, path: str, response: Any) -> None:
    """Fail when an answer is not as the document says. HEAD, OPTIONS and unknown addresses are not in it."""
    operation = operation_of(method, path.partition("?")[0])
    if operation is None or response.status_code == 304:
        return
    said = operation["responses"].get(str(response.status_code))
    assert said is not None, f"{method} {path}: the document knows no {response.status_code}: {response.content[:300]}"
    content = said.get("content", {})
    if not content:
        assert response.content == b"", f"{method} {path}: a body that the document does not know"
        return
    kind = response.headers["Content-Type"].partition(";")[0]
    assert kind in content, f"{method} {path}: {kind} is not in the document"
    if kind.endswith("json"):
        schema = {**content[kind]["schema"], "components": openapi()["components"]}
        checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        wrong = [f"{error.json_path}: {error.message}" for error in checker.iter_errors(response.json())]
        assert wrong == [], f"{method} {path}"


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """Return what the document says of a request; None when it says nothing."""
    for route, item in sorted(openapi()["paths"].items(), key=lambda one: one[0].count("{")):
        if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), f"{BASE}{path}"):
            found: dict[str, Any] = item[method.lower()]
            return found
    return None


def pointers(answer: Any) -> list[str]:
    """Return the places that a problem names."""
    return [one["pointer"] for one in answer.json()["errors"]]
