"""What of a new OpenAPI document would break clients of an old one: within v1 there may be nothing.

Clients read what they know and pass over what they do not, so answers may gain fields, and requests may gain what can
be left out. Nothing may be lost, and nothing may be asked for that was not asked for before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from api.document import METHODS, resolved

Doc = dict[str, Any]
LIMITS = (
    ("maximum", 1), ("maxLength", 1), ("maxItems", 1), ("minimum", -1), ("minLength", -1), ("minItems", -1),
)  # fmt: skip
DEEPEST = 12  # schemas may name themselves


def breaks(old: Doc, new: Doc) -> list[str]:
    """Return a sentence for each thing that clients of the old document would miss in the new one."""
    return list(_paths(old, new))


def _paths(old: Doc, new: Doc) -> Iterator[str]:
    for path, item in old["paths"].items():
        if path not in new["paths"]:
            yield f"{path} is gone."
            continue
        for method in METHODS:
            if method not in item:
                continue
            if method not in new["paths"][path]:
                yield f"{method.upper()} {path} is gone."
            else:
                yield from _operation(
                    f"{method.upper()} {path}", (old, item[method]), (new, new["paths"][path][method])
                )


Side = tuple[Doc, dict[str, Any]]  # a document and a part of it


def _operation(where: str, old: Side, new: Side) -> Iterator[str]:
    if old[1].get("operationId") != new[1].get("operationId"):
        yield f"{where}: the operation is called {new[1].get('operationId')}, not {old[1].get('operationId')}."
    yield from _security(where, old[1], new[1])
    yield from _parameters(where, old, new)
    yield from _body(where, old, new)
    for status, answer in old[1]["responses"].items():
        if status not in new[1]["responses"]:
            if status.startswith("2"):
                yield f"{where}: {status} is no answer any more."
            continue
        now = resolved(new[0], new[1]["responses"][status])
        for name in sorted(resolved(old[0], answer).get("headers", {}).keys() - now.get("headers", {}).keys()):
            yield f"{where} {status}: the header {name} is gone."
        yield from _content(f"{where} {status}", (old[0], answer), (new[0], new[1]["responses"][status]))


def _security(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Scopes may become fewer; what was public stays so."""
    if {} in old.get("security", [{}]) and {} not in new.get("security", [{}]):
        yield f"{where}: needs a key now."
    for one in old.get("security", []):
        for scheme, scopes in one.items():
            same = [set(two[scheme]) for two in new.get("security", []) if scheme in two]
            if not any(asked <= set(scopes) for asked in same) and {} not in new.get("security", []):
                yield f"{where}: {scheme} does not do with {', '.join(scopes) or 'no scope'} any more."


def _parameters(where: str, old: Side, new: Side) -> Iterator[str]:
    was = {(one["in"], one["name"]): one for one in (resolved(old[0], part) for part in old[1].get("parameters", []))}
    now = {(one["in"], one["name"]): one for one in (resolved(new[0], part) for part in new[1].get("parameters", []))}
    for key, one in was.items():
        if key not in now:
            yield f"{where}: the parameter {key[1]} is gone."
            continue
        if now[key].get("required") and not one.get("required"):
            yield f"{where}: the parameter {key[1]} has to be given now."
        for word in ("explode", "style"):
            if one.get(word) != now[key].get(word):
                yield f"{where}: {word} of the parameter {key[1]} is {now[key].get(word)} now."
        yield from _schema(
            f"{where} parameter {key[1]}",
            (old[0], one.get("schema", {})),
            (new[0], now[key].get("schema", {})),
            sent=True,
        )
    for key, one in now.items():
        if key not in was and one.get("required"):
            yield f"{where}: the new parameter {key[1]} has to be given."


def _body(where: str, old: Side, new: Side) -> Iterator[str]:
    was, now = old[1].get("requestBody"), new[1].get("requestBody")
    if was is None and now is not None and resolved(new[0], now).get("required"):
        yield f"{where}: a body has to be sent now."
    if was is not None and now is not None:
        was, now = resolved(old[0], was), resolved(new[0], now)
        if now.get("required") and not was.get("required"):
            yield f"{where}: the body has to be sent now."
        yield from _content(f"{where} body", (old[0], was), (new[0], now), sent=True)


def _content(where: str, old: Side, new: Side, *, sent: bool = False) -> Iterator[str]:
    was, now = resolved(*old).get("content", {}), resolved(*new).get("content", {})
    for kind, said in was.items():
        if kind not in now:
            yield f"{where}: {kind} is gone."
        else:
            yield from _schema(
                where, (old[0], said.get("schema", {})), (new[0], now[kind].get("schema", {})), sent=sent
            )


def _schema(where: str, old: Side, new: Side, *, sent: bool, deep: int = 0) -> Iterator[str]:
    """Compare schemas; `sent`: of what clients send, which may become wider, else of answers, which may not."""
    if deep > DEEPEST:
        return
    was, now = resolved(*old), resolved(*new)
    yield from _values(where, was, now, sent=sent)
    fields, others = was.get("properties", {}), now.get("properties", {})
    for name, field in fields.items():
        if name not in others:
            yield f"{where}: the field {name} is gone."
        else:
            at = (f"{where} {name}", (old[0], field), (new[0], others[name]))
            yield from _schema(*at, sent=sent, deep=deep + 1)
    needed, need = set(was.get("required", [])), set(now.get("required", []))
    for name in sorted(need - needed) if sent else []:
        yield f"{where}: the field {name} has to be sent now."
    for name in sorted((needed - need) & set(others)) if not sent else []:
        yield f"{where}: the field {name} may be missing now."
    if "items" in was and "items" in now:
        at = (f"{where}[]", (old[0], was["items"]), (new[0], now["items"]))
        yield from _schema(*at, sent=sent, deep=deep + 1)
    for word in ("allOf", "oneOf", "anyOf"):
        for one, two in zip(was.get(word, []), now.get(word, []), strict=False):
            yield from _schema(where, (old[0], one), (new[0], two), sent=sent, deep=deep + 1)


def _values(where: str, was: dict[str, Any], now: dict[str, Any], *, sent: bool) -> Iterator[str]:
    """Compare types and enumerations: requests may gain values, answers may lose some; an enum of answers may grow."""
    old, new = _types(was), _types(now)
    lost, gained = old - new, new - old
    if old and not new and not sent:
        yield f"{where}: was {' or '.join(sorted(old))}, and may be anything now."
    if old and new and (lost if sent else gained):
        yield f"{where}: was {' or '.join(sorted(old))}, is {' or '.join(sorted(new))}."
    gone = [value for value in was.get("enum", []) if "enum" in now and value not in now["enum"]]
    if gone:
        yield f"{where}: {', '.join(map(str, gone))} is no value any more."
    if sent and "enum" in now and "enum" not in was:
        yield f"{where}: only some values are taken now."
    for word in ("format", "pattern") if sent else ("format",):
        if was.get(word) != now.get(word) and (now if sent else was).get(word) is not None:
            yield f"{where}: {word} is {now.get(word)} now."
    if sent and now.get("additionalProperties", True) is False and was.get("additionalProperties", True) is not False:
        yield f"{where}: fields that are not named are refused now."
    for word, wider in LIMITS:
        limit, before = now.get(word), was.get(word)
        if sent and limit is not None and (before is None or (limit - before) * wider < 0):
            yield f"{where}: {word} is {limit} now."


def _types(schema: dict[str, Any]) -> set[str]:
    found = schema.get("type", [])
    types = {found} if isinstance(found, str) else set(found)
    return types | ({"number"} if "integer" in types and "number" in types else set())
