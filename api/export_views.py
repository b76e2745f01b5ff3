"""Nightly exports: the list of them in the API, and their files, which are sent as they lie on the disk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

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
from api.exports.files import sha256_of
from core.limited import unavailable
from core.readonly import read_only
from core.site import absolute
from core.streams import PIECE, RETRY, Full, bounded

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
TRIES = 3  # exports are exchanged once a night
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
        return Response({"results": [_export(day, told) for day, told in stored.kept().items()]})


def _export(day: str, told: dict[str, Any]) -> dict[str, Any]:
    kept = {name: told[name] for name in ("exported_at", "serial", "schema_version", "licence")}
    files = [{**one, "url": _address(day, one["name"])} for one in told["files"]]
    return {"date": day, **kept, "manifest": _address(day, "manifest.json"), "files": files}


def _address(day: str, name: str) -> str:
    return absolute(reverse("api:export_file", args=[day, name]))


@read_only
def listed(request: HttpRequest) -> HttpResponseBase:
    """Lead to the list of exports, which is part of the API."""
    return HttpResponseRedirect(reverse("api:exports"))


@read_only
def latest(request: HttpRequest, name: str = "manifest.json") -> HttpResponseBase:
    """Lead to a file of the latest export."""
    days = list(stored.kept())
    if not days:
        raise Http404("There is no export yet. One is made each night.")
    answer = HttpResponseRedirect(reverse("api:export_file", args=[days[0], name]))
    return _with(answer, {"Cache-Control": "no-cache"} | OPEN)


@read_only
def export_file(request: HttpRequest, day: str, name: str) -> HttpResponseBase:
    """Send a file of an export, or a part of it (Range). Its ETag is its SHA-256."""
    file, digest = _opened(day, name)
    size, tag = os.fstat(file.fileno()).st_size, f'"{digest}"'
    first, last, status = _part(request, size, tag)
    kept = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "public, max-age=3600"} | OPEN
    if {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))} & {tag, "*"}:
        file.close()
        return _with(HttpResponse(status=304), kept)
    if status == 416:
        file.close()
        return _with(HttpResponse(status=416), kept | {"Content-Range": f"bytes */{size}"})
    try:
        blocks = _sent(request, file, first, last)
    except Full as error:
        file.close()
        return _with(unavailable(request, str(error), RETRY), OPEN)
    # as it lies on the disk: compressed on the way, neither length nor hash would be those of the manifest
    kept |= {"Content-Length": str(last - first + 1), "Content-Encoding": "identity"}
    kept |= {"Content-Range": f"bytes {first}-{last}/{size}"} if status == 206 else {}
    return _with(StreamingHttpResponse(blocks, status=status, content_type=KINDS[Path(name).suffix]), kept)


def _opened(day: str, name: str) -> tuple[BinaryIO, str]:
    """Open a file of an export; return it and its SHA-256, both of one export. Raises Http404.

    Hashes are looked up before and after: an export that was exchanged in between is asked anew.
    """
    for _ in range(TRIES):
        before = _digests(day)
        if name not in before:
            break
        try:
            file = (stored.root() / day / name).open("rb")
        except OSError:
            continue
        if _digests(day) == before:
            return file, before[name]
        file.close()
    raise Http404("There is no such file. /api/v1/exports names all there are.")


def _digests(day: str) -> dict[str, str]:
    """Return the SHA-256 of each file of an export; nothing where there is none."""
    told = stored.told(day)
    if not told:
        return {}
    try:
        own = sha256_of(stored.root() / day / "manifest.json")
    except OSError:  # removed just now
        return {}
    return {one["name"]: one["sha256"] for one in told["files"]} | {"manifest.json": own}


def _sent(request: HttpRequest, file: BinaryIO, first: int, last: int) -> Iterable[bytes]:
    """Return what is sent of a file, which is closed with the answer. Raises Full."""
    if request.method == "HEAD":
        file.close()
        return iter(())
    return bounded(request, _blocks(file, first, last), file.close)


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


def _blocks(file: BinaryIO, first: int, last: int) -> Iterator[bytes]:
    file.seek(first)
    left = last - first + 1
    while left and (block := file.read(min(PIECE, left))):
        left -= len(block)
        yield block
