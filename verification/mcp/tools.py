"""A server's list of tools: what is kept of it, and what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jsonschema

MANY = 500  # tools that are looked at
TEXT = 4_000  # characters of a description that are kept
SCHEMA = 20_000  # characters of a schema's JSON that are kept
LARGEST = 100_000  # characters of a schema's JSON that are validated: that takes 7 seconds for each million
BYTES = 1_048_576  # of the answers with the list, after which no further page is asked for
TOTAL = 400_000  # characters of all together
DEPTH = 32  # levels of a schema
NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
DIALECTS = {
    "http://json-schema.org/draft-04/schema": jsonschema.Draft4Validator,
    "http://json-schema.org/draft-06/schema": jsonschema.Draft6Validator,
    "http://json-schema.org/draft-07/schema": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
}
HINTS = ("title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
NAME_KEPT = 200  # characters of a name
PARTS = {  # what of a tool is told apart when it changes
    "input": ("inputSchema",),
    "output": ("outputSchema",),
    "words": ("title", "description"),
    "hints": ("annotations",),
}


def kept(found: Sequence[Any]) -> dict[str, Any]:
    """Return what an outcome's detail keeps of a list of tools, and the hash of the whole list."""
    tools = [_kept(one) for one in found[:MANY]]
    total, size = 0, 0
    for tool in tools:
        size += len(json.dumps(tool))
        if size > TOTAL:
            break
        total += 1
    cut = total < len(found) or any(tool.get("cut") for tool in tools)
    return {
        "tools": tools[:total],
        "tools_count": len(found),
        "tools_cut": cut,
        "tools_hash": fingerprint(found),
        "tools_parts": parts(found),
    }


def fingerprint(found: Sequence[Any]) -> str:
    """Return the sha256 of what tools offer and say, whatever their order: it changes when they change."""
    said = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
    texts = sorted(
        json.dumps({name: one.get(name) for name in said} if isinstance(one, dict) else None, sort_keys=True)
        for one in found
    )
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def parts(found: Sequence[Any]) -> dict[str, dict[str, str]]:
    """Return the sha256 of each part that a tool has, by its name, so that one can say which part of which changed.

    Of at most `MANY` tools; those without a name have none here, several of one name have one of all.
    """
    texts: dict[str, dict[str, list[str]]] = {}
    for one in found[:MANY]:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            of_tool = texts.setdefault(one["name"][:NAME_KEPT], {})
            for part, fields in PARTS.items():
                said = {field: one[field] for field in fields if one.get(field) is not None}
                if said:
                    of_tool.setdefault(part, []).append(json.dumps(said, sort_keys=True))
    return {
        name: {part: hashlib.sha256("\n".join(sorted(said)).encode()).hexdigest() for part, said in of_tool.items()}
        for name, of_tool in texts.items()
    }


def _kept(one: Any) -> dict[str, Any]:
    if not isinstance(one, dict):
        return {"name": None}
    description, schema, annotations = one.get("description"), one.get("inputSchema"), one.get("annotations")
    text = description if isinstance(description, str) else ""
    title = one.get("title")
    tool: dict[str, Any] = {
        "name": str(one["name"])[:NAME_KEPT] if isinstance(one.get("name"), str) else None,
        "title": title[:300] if isinstance(title, str) else "",
        "description": text[:TEXT],
        "schema": schema,
        "annotations": {name: annotations[name] for name in HINTS if isinstance(annotations.get(name), bool | str)}
        if isinstance(annotations, dict)
        else {},
    }
    size = len(json.dumps(schema))
    if size > SCHEMA:
        tool["schema"], tool["problems"] = None, sorted(schema_problems(schema)) if size <= LARGEST else []
        tool["cut"] = True
    if len(text) > TEXT:
        tool["cut"] = True
    return tool


def problems(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what is wrong with tools: code, tool and a reason; the codes are those of the step mcp_tools."""
    found: list[dict[str, str]] = []
    names = Counter(tool.get("name") for tool in tools)
    for name, times in names.items():
        if name is not None and times > 1:
            found.append({"code": "duplicate_names", "tool": name, "why": f"{times} tools have this name"})
    for tool in tools:
        name = tool.get("name")
        if name is None or not NAME.fullmatch(name):
            found.append({"code": "bad_name", "tool": str(name)[:128], "why": "not 1 to 128 letters, digits, _ . -"})
        codes = tool.get("problems")
        codes = codes if codes is not None else sorted(schema_problems(tool.get("schema")))
        found += [{"code": code, "tool": str(name)[:128], "why": "inputSchema"} for code in codes]
    return found


def schema_problems(schema: Any) -> set[str]:
    """Return the codes of what is wrong with a tool's inputSchema. Nothing is ever fetched for it."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return {"bad_schema"}
    if depth_of(schema) > DEPTH:
        return {"deep_schema"}
    found = {"remote_ref"} if any(not ref.startswith("#") for ref in refs(schema)) else set()
    # Without `$schema` it is 2020-12 (MCP); an older dialect that it names is checked as what it says.
    named = schema.get("$schema")
    dialect = DIALECTS.get(named.rstrip("#") if isinstance(named, str) else "", jsonschema.Draft202012Validator)
    try:
        # No formats: a `pattern` is a regular expression of JavaScript, which Python's cannot judge.
        dialect.check_schema(schema, format_checker=jsonschema.FormatChecker(()))
    except jsonschema.SchemaError:
        found.add("bad_schema")
    return found


def refs(value: Any) -> Iterator[str]:
    """Yield every $ref and $dynamicRef in a schema that is at most DEPTH levels deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in {"$ref", "$dynamicRef"} and isinstance(inner, str):
                yield inner
            else:
                yield from refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs(inner)


def depth_of(value: Any) -> int:
    """Return how many levels of objects a schema has (lists do not count), at most DEPTH + 1. Does not recurse."""
    deepest, pending = 0, [(value, 0)]
    while pending:
        here, level = pending.pop()
        level += isinstance(here, dict)
        deepest = max(deepest, level)
        if deepest > DEPTH:
            return deepest
        inner = here.values() if isinstance(here, dict) else here if isinstance(here, list) else ()
        pending += [(one, level) for one in inner]
    return deepest


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, names of members included."""
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict):
            pending += [*reversed([part for pair in here.items() for part in pair])]
        elif isinstance(here, list):
            pending += reversed(here)
