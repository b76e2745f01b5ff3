"""Validates one OpenAPI document from standard input; run by verification/reading/openapi.py in a process of its own.

Knows nothing of the site. It cannot reach the network or files by a reference: those are taken out, and handlers that
would follow one refuse. Prints {"errors": [...], "outside": n}.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from typing import Any

CPU = 10  # seconds
MEMORY = 1_500_000_000  # bytes of address space
ERRORS = 20


def main() -> None:
    """Validate what comes in."""
    for kind, limit in ((resource.RLIMIT_CPU, CPU), (resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):  # some systems have no such limit
            resource.setrlimit(kind, (limit, limit))
    document = json.loads(sys.stdin.buffer.read())
    outside = take_out(document)
    json.dump({"errors": errors(document), "outside": outside}, sys.stdout)


def take_out(document: dict[str, Any]) -> int:
    """Point references that lead out of the document to harmless stand-ins in it; return how many there were.

    A stand-in has what the validator looks for in a parameter; each is another one, or they would be duplicates.
    """
    stand_ins: list[dict[str, Any]] = []
    pending: list[Any] = [document]
    while pending:
        here = pending.pop()
        if isinstance(here, dict):
            for name in ("$ref", "$dynamicRef"):
                target = here.get(name)
                if isinstance(target, str) and not target.startswith("#"):
                    here[name] = f"#/x-outside/{len(stand_ins)}"
                    stand_ins.append({"name": f"outside-{len(stand_ins)}", "in": "query", "description": ""})
            pending += here.values()
        elif isinstance(here, list):
            pending += here
    if stand_ins:
        document["x-outside"] = stand_ins
    return len(stand_ins)


def errors(document: dict[str, Any]) -> list[str]:
    """Return what is invalid, at most twenty sentences."""
    from jsonschema_path import SchemaPath  # noqa: PLC0415 - only after the limits are set
    from openapi_spec_validator.shortcuts import get_validator_cls  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    validator = get_validator_cls(document)
    path = SchemaPath.from_dict(document, handlers={"<all_urls>": _refuse, "http": _refuse, "https": _refuse})
    found: list[str] = []
    try:
        for error in validator(path).iter_errors():
            if error.validator == "format" and error.validator_value == "regex":
                continue  # a pattern is a regular expression of JavaScript, which Python's cannot judge
            place = "/".join(str(part) for part in error.absolute_path)[:150]
            found.append(f"{place or 'document'}: {error.message[:140]}")
            if len(found) >= ERRORS:
                break
    except RecursionError:
        found.append("document: its schemas refer to each other without an end")
    except (Unresolvable, LookupError, ValueError, TypeError, AttributeError) as error:  # what odd documents end in
        found.append(f"document: {str(error)[:140]}")
    return found


def _refuse(_uri: str) -> Any:
    raise ValueError("references to other documents are not followed")


if __name__ == "__main__":
    main()
