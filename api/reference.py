"""The interactive reference, as data: what the OpenAPI document says of an operation, in the order a page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import QueryDict

from api.document import GROWS, TAGS, operations, resolved
from api.examples import submission
from api.scopes import SCOPES

Doc = dict[str, Any]
DEEPEST = 5  # levels of fields that a table shows
FORMS = {"date-time": "time", "date": "day", "uri": "address", "decimal": "decimal"}
RECORD = "#/components/schemas/RecordShapeRequest"  # the record of a tool: bodies begin with the one of the docs
SAMPLES = {"slug": "ollama"}  # what a field of a path begins with, where it is a tool of the seed


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path, the query or the headers, with what its field needs."""

    name: str
    place: str
    told: str
    kind: str
    required: bool
    values: tuple[str, ...] = ()
    default: str = ""
    several: bool = False
    typed: tuple[str, ...] = ()
    wrong: bool = False

    @property
    def begins(self) -> str:
        """Return what its field begins with: what was typed, else the default of a path, unless it was emptied."""
        return self.typed[0] if self.typed else self.default if self.place == "path" and not self.wrong else ""

    @property
    def shown(self) -> int:
        """Return how many values of a list are shown at once."""
        return min(len(self.values), 5)


@dataclass(frozen=True)
class Row:
    """A field of a body: its path from the top, what it may be, and what it means."""

    name: str
    deep: int
    kind: str
    told: str
    values: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class Answer:
    """What an operation may answer with one status."""

    status: str
    told: str
    kind: str = ""
    rows: tuple[Row, ...] = ()
    example: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation as its page shows it."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    tag: str
    scope: str = ""
    scope_told: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: str = ""
    body_rows: tuple[Row, ...] = ()
    answers: tuple[Answer, ...] = ()
    curl: str = ""

    @property
    def writes(self) -> bool:
        """Say whether it may change something."""
        return self.method != "GET"

    @property
    def by_command(self) -> bool:
        """Say whether a form cannot ask for it without script, as it sends no other method, no body and no key."""
        return self.writes or bool(self.scope)

    @property
    def to_fill(self) -> list[str]:
        """Return what stands in the command where a value of one's own has to be."""
        return [stand_in(one.name) for one in self.parameters if one.place == "path" and not one.default]


def groups(document: Doc) -> list[tuple[str, str, list[Operation]]]:
    """Return (tag, what it is about, operations) in the order of the document's tags."""
    found: dict[str, list[Operation]] = {name: [] for name in TAGS}
    for path, method, said in operations(document):
        found.setdefault(said["tags"][0], []).append(_brief(path, method, said))
    return [(name, TAGS.get(name, ""), rows) for name, rows in found.items() if rows]


def _brief(path: str, method: str, said: Doc) -> Operation:
    return Operation(
        name=said["operationId"],
        method=method.upper(),
        path=path,
        summary=said.get("summary", ""),
        about=said.get("description", ""),
        tag=said["tags"][0],
        scope=_scope(said),
    )


def _scope(said: Doc) -> str:
    ways = said.get("security", [{}])
    return "" if {} in ways else next((scope for way in ways for scopes in way.values() for scope in scopes), "")


def operation(document: Doc, name: str) -> Operation | None:
    """Return an operation by its id; None when there is none."""
    for path, method, said in operations(document):
        if said["operationId"] == name:
            return _whole(document, path, method, said)
    return None


def _whole(document: Doc, path: str, method: str, said: Doc) -> Operation:
    brief = _brief(path, method, said)
    parameters = tuple(_parameter(document, resolved(document, one)) for one in said.get("parameters", []))
    content: Doc = resolved(document, said.get("requestBody", {})).get("content", {})
    sent: Doc = next(iter(content.values()), {})
    body = json.dumps(_sample(document, sent), indent=2, ensure_ascii=False) if sent else ""
    found = replace(brief, parameters=parameters, body=body)
    return replace(
        found,
        scope_told=SCOPES.get(brief.scope, ""),
        body_rows=tuple(_rows(document, sent.get("schema", {}))),
        answers=tuple(_answers(document, said)),
        curl=curl(found),
    )


def _parameter(document: Doc, one: Doc) -> Parameter:
    schema = resolved(document, one.get("schema", {}))
    items = resolved(document, schema.get("items", schema))
    default = str(schema.get("default", "")) if one["in"] == "query" else SAMPLES.get(one["name"], "")
    return Parameter(
        name=one["name"],
        place=one["in"],
        told=one.get("description", "").replace("`", ""),
        kind=_kind(document, schema),
        required=one.get("required", False),
        values=tuple(str(value) for value in items.get("enum", []) if value is not None),
        default=default,
        several=schema.get("type") == "array",
    )


def _kind(document: Doc, schema: Doc) -> str:
    """Return what a value may be, in a few words."""
    schema = resolved(document, schema)
    types = schema.get("type", [])
    names = [types] if isinstance(types, str) else list(types)
    if "array" in names:
        return f"list of {_kind(document, schema.get('items', {})) or 'any'}s"
    form = FORMS.get(schema.get("format", ""), "")
    words = [form if name == "string" and form else {"string": "text"}.get(name, name) for name in names]
    for word in ("oneOf", "anyOf", "allOf"):
        words += [_kind(document, one) for one in schema.get(word, [])]
    limits = [f"{told} {schema[name]}" for name, told in (("minimum", "from"), ("maximum", "to")) if name in schema]
    return " or ".join(dict.fromkeys(word for word in words if word)) + (f" {' '.join(limits)}" if limits else "")


def _rows(document: Doc, schema: Doc, deep: int = 0) -> Iterator[Row]:
    """Yield a row for each field of a schema, those of objects within it under it."""
    schema = _inner(document, schema)
    needed = set(schema.get("required", []))
    for name, part in schema.get("properties", {}).items():
        inner = _inner(document, part)
        values = tuple(str(value) for value in (inner.get("enum") or inner.get(GROWS) or ()) if value is not None)
        listed = "array" in str(part.get("type", ""))
        told = part.get("description") or ("" if "$ref" in part else inner.get("description", ""))
        yield Row(
            name + ("[]" if listed else ""),
            deep,
            _kind(document, part) or _kind(document, inner),
            told,
            values,
            name in needed,
        )
        if deep + 1 < DEEPEST and inner.get("properties"):
            yield from _rows(document, inner, deep + 1)


def _inner(document: Doc, schema: Doc) -> Doc:
    """Return the object or value that a schema is about: through references, lists, and "or null"."""
    for _ in range(8):
        if "$ref" in schema:
            schema = resolved(document, schema)
        elif "items" in schema:
            schema = schema["items"]
        elif choices := [
            one for one in (*schema.get("oneOf", []), *schema.get("anyOf", [])) if one.get("type") != "null"
        ]:
            schema = choices[0]
        elif len(schema.get("allOf", [])) == 1:
            schema = schema["allOf"][0]
        else:
            break
    return schema


def _answers(document: Doc, said: Doc) -> Iterator[Answer]:
    for status, part in said["responses"].items():
        answer = resolved(document, part)
        contents: Doc = answer.get("content", {})
        kind = next(iter(contents), "")
        content: Doc = contents.get(kind, {})
        rows = tuple(_rows(document, content.get("schema", {}))) if status.startswith("2") else ()
        yield Answer(status, answer.get("description", ""), kind, rows, _example(document, content))


def _example(document: Doc, content: Doc) -> str:
    """Return the first example of an answer, as it is sent; nothing where the document has none."""
    example: Doc = next(iter(content.get("examples", {}).values()), {})
    value = resolved(document, example).get("value") if example else content.get("example")
    return "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)


def _sample(document: Doc, content: Doc) -> Any:
    """Return a body to begin with: the example of the document, else one made of the needed fields."""
    for example in content.get("examples", {}).values():
        return resolved(document, example).get("value")
    return _made(document, content.get("schema", {}))


def _made(document: Doc, schema: Doc, deep: int = 0) -> Any:
    if "allOf" in schema and len(schema["allOf"]) == 1:  # a reference with words of its own beside it
        schema = schema["allOf"][0]
    if schema.get("$ref") == RECORD:
        return json.loads(submission())["record"]
    schema = resolved(document, schema)
    if "enum" in schema:
        return schema["enum"][0]
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kind = kinds if isinstance(kinds, str) else next(iter(kinds))
    if kind == "object" and deep < DEEPEST:
        needed = schema.get("required", [])
        return {
            name: _made(document, part, deep + 1)
            for name, part in schema.get("properties", {}).items()
            if name in needed or part.get("$ref") == RECORD
        }
    empty: dict[str, Any] = {"array": [], "integer": 0, "number": 0, "boolean": False, "object": {}}
    return empty.get(kind, "")


def filled(found: Operation, data: QueryDict) -> Operation:
    """Return an operation with what was typed into its form; what has to be there and is not is said at its field."""
    typed = replace(found, parameters=tuple(_filled(one, data) for one in found.parameters))
    return replace(typed, curl=curl(typed))


def _filled(one: Parameter, data: QueryDict) -> Parameter:
    given = data.getlist(one.name)
    if one.several and not one.values:
        given = [part for value in given for part in value.split(",")]
    typed = tuple(value.strip() for value in given if value.strip())
    return replace(one, typed=typed, wrong=one.required and not typed)


def address(found: Operation) -> str:
    """Return the path that a filled form of an operation asks for; what is left empty is left out."""
    path, asked = found.path, []
    for one in found.parameters:
        if one.place == "path":
            path = path.replace(f"{{{one.name}}}", quote(one.begins or stand_in(one.name), safe=""))
        elif one.place == "query":
            asked += [(one.name, value) for value in one.typed]
    return path + (f"?{urlencode(asked)}" if asked else "")


def stand_in(name: str) -> str:
    """Return what stands in a command for a value that only its reader knows."""
    return f"PUT-{name.upper().replace('_', '-')}-HERE"


def curl(found: Operation) -> str:
    """Return a command that calls an operation, with its body in it: it can be copied and run as it is."""
    parts = [f"curl -s{'' if found.method == 'GET' else f'X {found.method}'} '{settings.SITE_URL}{address(found)}'"]
    if found.scope:
        parts.append('-H "Authorization: Bearer $AICATALOG_KEY"')
    headers = [(one.name, value) for one in found.parameters if one.place == "header" for value in one.typed]
    parts += [f"-H {_quoted(f'{name}: {value}')}" for name, value in headers]
    if found.body:
        parts += ["-H 'Content-Type: application/json'", f"-d {_quoted(found.body)}"]
    return " \\\n  ".join(parts)


def _quoted(text: str) -> str:
    """Return a text as one word of a shell."""
    return "'" + text.replace("'", "'\\''") + "'"
