"""Where a program begins: the root of the API, its document, and the catalog of APIs (RFC 9727)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import document, schema
from api.base import PUBLIC, View
from api.rendering import dumps
from core.readonly import read_only
from core.site import absolute

LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


class RootLinks(serializers.Serializer[Any]):
    """Where there is more."""

    document = serializers.URLField(help_text="the OpenAPI document")
    docs = serializers.URLField(help_text="how to begin, for people")
    reference = serializers.URLField(help_text="every operation, for people")
    errors = serializers.URLField(help_text="what each kind of error means")  # type: ignore[assignment]  # its name
    status = serializers.URLField(help_text="how the verification does, for people")
    operations = serializers.DictField(
        child=serializers.CharField(), help_text="what can be read, by the name of its operation, as URI templates"
    )


class Root(View):
    """The address that all others begin with."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_root",
        tag="about",
        summary="Where the API begins: its document and all that can be read",
        returns=RootLinks,
    )
    def get(self, request: Request) -> Response:
        """Links to the document and the docs, and the address of everything that GET reads."""
        reads = {
            operation["operationId"]: absolute(path)
            for path, method, operation in document.operations(document.committed())
            if method == "get"
        }
        found = {
            "document": absolute(reverse("api:openapi")),
            "docs": absolute(reverse("api:docs")),
            "reference": absolute(reverse("api:reference")),
            "errors": absolute(reverse("api:errors")),
            "status": absolute(reverse("verification:status")),
            "operations": reads,
        }
        return Response(found, headers={"Link": f'<{found["document"]}>; rel="service-desc"'})


class Document(View):
    """The OpenAPI document."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_openapi",
        tag="about",
        summary="This document (OpenAPI 3.1), with the address of this site",
        returns=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request) -> Response:
        """It changes with the version of the site only; ask with If-None-Match."""
        return Response(document.served())


@read_only
def api_catalog(request: HttpRequest) -> HttpResponse:
    """Say which APIs this site has, where a program looks for that (RFC 9727, section 2)."""
    root, here = absolute(reverse("api:root")), absolute(reverse("api:catalog"))
    linkset = [
        {"anchor": here, "item": [{"href": root}]},
        {
            "anchor": root,
            "service-desc": [{"href": absolute(reverse("api:openapi")), "type": "application/json"}],
            "service-doc": [{"href": absolute(reverse("api:docs")), "type": "text/html"}],
            "status": [{"href": absolute(reverse("verification:status_json")), "type": "application/json"}],
        },
    ]
    answer = HttpResponse(dumps({"linkset": linkset}), content_type=LINKSET)
    answer.headers["Link"] = f'<{here}>; rel="api-catalog"'
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
