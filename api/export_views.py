"""Nightly exports: the list of them in the API, and their files, which are sent as they lie on the disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import schema
from api.base import PUBLIC, View
from api.exports import stored
from api.exports.files import BLOCK, sha256_of
from core.readonly import read_only
from core.site import absolute

KINDS = {
    ".jsonl": "application/jsonl",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".sqlite": "application/vnd.sqlite3",
    ".parquet": "application/vnd.apache.parquet",
}
OPEN = {  # scripts of other sites may read them, as DuckDB in a browser does, part by part
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Length, Content-Range",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})", re.ASCII)  # one part; the last bytes alone are not offered


class ExportFileShape(serializers.Serializer[Any]):
    """A file of an export."""

    name = serializers.CharField()
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.URLField()


class ExportShape(serializers.Serializer[Any]):
    """The catalog at one moment, as files."""

    date = serializers.DateField()
    exported_at = serializers.DateTimeField()
    serial = serializers.IntegerField(help_text="the last change that is in it: go on from here with list_changes")
    schema_version = serializers.CharField()
    licence = serializers.CharField(help_text="of the data, as an SPDX expression")
    manifest = serializers.URLField()
    files = ExportFileShape(many=True)


class Exports(View):
    """Nightly exports."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_exports",
        tag="pipelines",
        summary="The whole catalog as files: JSON Lines, CSV, SQLite and Parquet of the last seven nights",
        returns=schema.all_of(ExportShape, "ExportList"),
    )
    def get(self, request: Request) -> Response:
        """Return exports, the latest first, with size and SHA-256 of each file."""
        found = [(day, stored.told(day)) for day in stored.days()]
        return Response({"results": [_export(day, told) for day, told in found if told]})


def _export(day: str, told: dict[str, Any]) -> dict[str, Any]:
    kept = {name: told[name] for name in ("exported_at", "serial", "schema_version", "licence")}
    files = [{**one, "url": _address(day, one["name"])} for one in told["files"]]
    return {"date": day, **kept, "manifest": _address(day, "manifest.json"), "files": files}


def _address(day: str, name: str) -> str:
    return absolute(reverse("api:export_file", args=[day, name]))


@read_only
def listed(request: HttpRequest) -> HttpResponseBase:
    """Lead to the list of exports, which is part of the API."""
    return _with(HttpResponseRedirect(reverse("api:exports")), OPEN)


@read_only
def latest(request: HttpRequest, name: str = "manifest.json") -> HttpResponseBase:
    """Lead to a file of the latest export."""
    days = stored.days()
    if not days:
        raise Http404("There is no export yet. One is made each night.")
    answer = HttpResponseRedirect(reverse("api:export_file", args=[days[0], name]))
    return _with(answer, {"Cache-Control": "no-cache"} | OPEN)


@read_only
def export_file(request: HttpRequest, day: str, name: str) -> HttpResponseBase:
    """Send a file of an export, or a part of it (Range). Its ETag is its SHA-256."""
    told, path = stored.told(day), stored.root() / day / name
    digests = {one["name"]: one["sha256"] for one in told["files"]} if told else {}
    if told:
        digests["manifest.json"] = sha256_of(stored.root() / day / "manifest.json")
    if name not in digests or not path.is_file():
        raise Http404("There is no such file. /api/v1/exports names all there are.")
    size, tag = path.stat().st_size, f'"{digests[name]}"'
    first, last, status = _part(request, size, tag)
    if {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))} & {tag, "*"}:
        answer: HttpResponseBase = HttpResponse(status=304)
    elif status == 416:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        blocks = iter(()) if request.method == "HEAD" else _blocks(path, first, last)
        answer = StreamingHttpResponse(blocks, status=status, content_type=KINDS[path.suffix])
        # as it lies on the disk: compressed on the way, neither length nor hash would be those of the manifest
        _with(answer, {"Content-Length": str(last - first + 1), "Content-Encoding": "identity"})
        if status == 206:
            answer.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    kept = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "public, max-age=3600"}
    return _with(answer, kept | OPEN)


def _with(answer: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        answer.headers[name] = value
    return answer


def _part(request: HttpRequest, size: int, tag: str) -> tuple[int, int, int]:
    """Return the first and last byte to send, and the status (RFC 9110, section 14): 200, 206 or 416."""
    found = RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if not found or request.headers.get("If-Range", tag) != tag:
        return 0, size - 1, 200
    first, last = int(found[1]), int(found[2] or size)
    if last < first < size:  # no range at all
        return 0, size - 1, 200
    return (first, min(last, size - 1), 206) if first < size else (0, 0, 416)


def _blocks(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
