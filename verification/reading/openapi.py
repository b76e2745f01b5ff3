"""OpenAPI documents: reading them, what they say, and whether they are valid (asked in a process of its own)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import safehttp
from core.safehttp import Answer, BadDocument

WORKER = Path(__file__).with_name("openapi_worker.py")
SECONDS = 20.0  # of the wall clock, on a busy machine; of the processor it gets 10 (openapi_worker.py)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
KNOWN = ("2.0", "3.0", "3.1", "3.2")


@dataclass(frozen=True)
class Validity:
    """What the validator said: "valid", "invalid" (then with reasons), "too_slow" or "unknown_version"."""

    state: str
    errors: tuple[str, ...] = ()
    outside: int = 0  # references to other documents, which are never followed


def read(answer: Answer) -> object:
    """Return the value of a document, JSON or YAML whatever its label says. Raises BadDocument."""
    start = answer.body.lstrip()[:1]
    if start in {b"{", b"["}:
        try:
            return safehttp.load_json(answer.body, depth=100)
        except BadDocument as error:
            if error.code != "not_json":
                raise
    return safehttp.load_yaml(answer.body)


def version_of(document: object) -> str:
    """Return the version that a document claims ("3.1.0"), "" when it is no OpenAPI document."""
    if not isinstance(document, dict):
        return ""
    found = document.get("openapi", document.get("swagger"))
    return str(found)[:20] if isinstance(found, str | float | int) and not isinstance(found, bool) else ""


def validity(document: Mapping[str, Any]) -> Validity:
    """Validate in a process with limits of time and memory; references out of the document are not followed."""
    if not version_of(document).startswith(KNOWN):
        return Validity("unknown_version")
    try:
        done = subprocess.run(  # noqa: S603 - our own script, the document goes in as data
            [sys.executable, "-I", str(WORKER)],
            input=json.dumps(document, default=str, skipkeys=True).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={},
        )
        said = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):  # no answer: it was killed, or out of memory
        return Validity("too_slow")
    errors = tuple(str(one)[:300] for one in said["errors"])
    return Validity("invalid" if errors else "valid", errors, int(said["outside"]))


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a document says that later steps and people want to know."""
    info = document.get("info")
    found = list(_operations(document))
    ids = Counter(one["operationId"] for one in found if isinstance(one.get("operationId"), str))
    return {
        "version": version_of(document),
        "title": str(info.get("title", ""))[:300] if isinstance(info, dict) else "",
        "operations": len(found),
        "without_id": sum(not isinstance(one.get("operationId"), str) for one in found),
        "duplicate_ids": [name[:100] for name, times in ids.items() if times > 1][:50],
        "servers": _servers(document)[:50],
        "security": _security(document, found),
    }


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    paths = document.get("paths")
    for item in paths.values() if isinstance(paths, dict) else ():
        for method in METHODS if isinstance(item, dict) else ():
            if isinstance(item.get(method), dict):
                yield item[method]


def _servers(document: Mapping[str, Any]) -> list[str]:
    """Return where the API is said to be, as it is written: relative to the document, or with variables."""
    if isinstance(document.get("host"), str):  # Swagger 2.0
        return [f"https://{document['host'][:200]}{str(document.get('basePath') or '')[:200]}"]
    servers = document.get("servers")
    found = servers if isinstance(servers, list) else []
    return [one["url"][:300] for one in found if isinstance(one, dict) and isinstance(one.get("url"), str)]


def _security(document: Mapping[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    components = document.get("components")
    schemes = components.get("securitySchemes") if isinstance(components, dict) else None
    schemes = schemes or document.get("securityDefinitions")
    declared = schemes.values() if isinstance(schemes, dict) else ()
    kinds = sorted({str(one.get("type"))[:40] for one in declared if isinstance(one, dict)})
    used = "security" in document or any("security" in one for one in operations)
    return {"schemes": kinds[:20], "used": used}
