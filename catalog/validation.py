"""What a record must be. Every rule answers with a sentence that says what to write instead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Model

from catalog import choices, launch, leaks
from catalog.models import Category, Interface, Plan, Tool
from catalog.records import FIELDS, LINKS, PLAN_FIELDS, record_of, with_record_rows
from catalog.yamlfile import Located, Problem
from core.clean import flaw

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
REQUIRED = ("slug", "name", "homepage", "tagline", "description", "kind", "category", "pricing", "tags")
TEXTS = ("slug", "name", "vendor", "homepage", "tagline", "description", "kind", "category", "licence",
         "launched", "launched_said_by", "status", "note", "listed")  # fmt: skip
LISTS = ("also", "platforms", "tags", "interfaces", "plans")
MAPPINGS = ("pricing", "modality", "links")


def _length(model: type[Model], name: str) -> int:
    return int(getattr(model._meta.get_field(name), "max_length", 0) or 0)


# as long as the columns are
LIMITS = {name: _length(Tool, name) for name in
          ("slug", "name", "vendor", "homepage", "licence", "note")}  # fmt: skip
INTERFACE_LIMITS = {name: _length(Interface, name) for name in Interface.FIELDS}
PLAN_LIMITS = {name: _length(Plan, name) for name in ("name", "unit")}
FILED = [one for one in choices.Status.values if one != choices.Status.DRAFT]  # drafts stand in no file
SAYERS = [one for one in choices.SaidBy.values if one != choices.SaidBy.NONE]
LICENCE = re.compile(r"[A-Za-z0-9.+-]{1,60}( (AND|OR|WITH) [A-Za-z0-9.+-]{1,60})*")
PACKAGE = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._/+:@\[\]-]*")  # what package managers take; never a shell's words
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
INTERFACE_NEEDS: dict[str, tuple[str, ...]] = {
    "mcp-remote": ("url",),
    "mcp-package": ("registry", "package"),
    "sdk": ("registry", "package"),
    "container": ("image",),
    "web-app": ("url",),
}
INTERFACE_FIELDS = {"kind", "registry", "package", "image", "url", "base_url", "docs", "openapi", "auth", "env",
                    "said_by"}  # fmt: skip
Says = Callable[[str, str], None]


def problems_of(entry: Located, sub_categories: dict[str, str]) -> list[Problem]:
    """Return all that is wrong with one record; an empty list when nothing is.

    `sub_categories` maps the slug of every sub-category to the slug of its parent.
    """
    found: list[Problem] = []

    def say(name: str, message: str) -> None:
        found.append(entry.problem(name, message))

    record = entry.value
    if not isinstance(record, dict):
        say("", "must be a mapping that begins with “slug:”")
        return found
    _check_shape(record, say)
    if found:
        return found
    _check_texts(record, say)
    _check_categories(record, sub_categories, say)
    _check_pricing(record, say)
    _check_lists(record, say)
    for index, row in enumerate(record.get("interfaces", [])):
        _check_interface(f"interfaces[{index}]", row, say)
    for index, row in enumerate(record.get("plans", [])):
        _check_plan(f"plans[{index}]", row, say)
    for pointer, why in leaks.found(record):
        say(_field(pointer), leaks.TOLD.format(why))
    return found


def _field(pointer: str) -> str:
    """Return the name of the field that a JSON pointer leads to: "/interfaces/0/url" is interfaces[0].url."""
    return "".join(f"[{one}]" if one.isdigit() else f".{one}" for one in pointer.split("/")[1:])[1:]


def problems_of_tool(pk: int) -> list[str]:
    """Return what a seed file with this tool's record would be refused for, as "field: sentence"."""
    tool = with_record_rows(Tool.objects.all()).get(pk=pk)
    parents = dict(Category.objects.filter(parent__isnull=False).values_list("slug", "parent__slug"))
    found = problems_of(Located(record_of(tool), "", 0), parents)
    return [f"{problem.field}: {problem.message}" for problem in found]


def _check_shape(record: dict[str, Any], say: Says) -> None:
    for name in record:
        if name not in FIELDS:
            say(name, f"is not a field of a record; the fields are {', '.join(FIELDS)}")
    for name in REQUIRED:
        if name not in record:
            say(name, "is missing")
    kinds: Iterable[tuple[tuple[str, ...], type, str]] = (
        (TEXTS, str, "a text"),
        (LISTS, list, "a list"),
        (MAPPINGS, dict, "a mapping"),
    )
    for names, kind, words in kinds:
        for name in names:
            if name in record and not isinstance(record[name], kind):
                say(name, f"must be {words}")
            elif name in record and not record[name]:
                say(name, "is empty; leave the field out when it is not known")
    for name in ("also", "platforms", "tags"):
        if any(not isinstance(item, str) for item in record.get(name) or []):
            say(name, "must be a list of words")
    for name in ("interfaces", "plans"):
        rows = record.get(name)
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict) or any(not isinstance(value, str) for value in row.values()):
                say(f"{name}[{index}]", "must be a mapping of words to texts")


def _check_texts(record: dict[str, Any], say: Says) -> None:
    for name in TEXTS:
        if name in record:
            wrong = flaw(record[name], several_lines=name == "description", max_length=LIMITS.get(name, 2_000))
            if wrong:
                say(name, wrong)
    if not SLUG.match(record["slug"]):
        say("slug", "must be lower-case letters, digits and single hyphens")
    if not 20 <= len(record["tagline"]) <= 90:
        say("tagline", f"has {len(record['tagline'])} characters; write 20 to 90")
    if record["tagline"].endswith("."):
        say("tagline", "ends with a full stop; leave it out")
    count = len(record["description"].split())
    if not 35 <= count <= 90:
        say("description", f"has {count} words; write 35 to 90")
    if not LICENCE.fullmatch(record.get("licence", "MIT")):
        say("licence", "is no SPDX expression, such as Apache-2.0 or MIT OR Apache-2.0")
    _one_of("kind", record["kind"], choices.Kind.values, say)
    if "status" in record:
        _one_of("status", record["status"], FILED, say)
    _check_url("homepage", record["homepage"], say)
    for name, url in record.get("links", {}).items():
        _one_of(f"links.{name}", name, LINKS, say)
        _check_url(f"links.{name}", url, say)
    _check_dates(record, say)


def _check_dates(record: dict[str, Any], say: Says) -> None:
    if "launched" in record:
        try:
            launch.period(record["launched"])
        except ValueError:
            say("launched", f"{record['launched']!r} is no date; write YYYY, YYYY-MM or YYYY-MM-DD")
        _one_of("launched_said_by", record.get("launched_said_by", ""), SAYERS, say)
    elif "launched_said_by" in record:
        say("launched_said_by", "stands without “launched”")
    if "listed" in record:
        _check_day("listed", record["listed"], say)


def _check_day(name: str, value: str, say: Says) -> None:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        say(name, f"{value!r} is no date; write YYYY-MM-DD")


def _check_categories(record: dict[str, Any], sub_categories: dict[str, str], say: Says) -> None:
    paths = {"category": record["category"]}
    paths |= {f"also[{index}]": path for index, path in enumerate(record.get("also", []))}
    for name, path in paths.items():
        parent, _, child = path.partition("/")
        if sub_categories.get(child) != parent:
            say(name, f"{path!r} is no sub-category; write category/sub-category")
    if len(record.get("also", [])) > 3:
        say("also", "names more than 3 further sub-categories")
    if len(set(paths.values())) < len(paths):
        say("also", "names a sub-category twice")


def _check_pricing(record: dict[str, Any], say: Says) -> None:
    pricing = record["pricing"]
    for name in pricing:
        _one_of(f"pricing.{name}", name, ("access", "model", "source", "said_by"), say)
    _one_of("pricing.access", pricing.get("access"), choices.Access.values, say)
    _one_of("pricing.source", pricing.get("source"), choices.Source.values, say)
    _one_of("pricing.said_by", pricing.get("said_by"), choices.SaidBy.values, say)
    if not isinstance(pricing.get("model"), list):
        say("pricing.model", "must be a list ([] = not known)")
    else:
        _all_of("pricing.model", pricing["model"], choices.PriceModel.values, say)


def _check_lists(record: dict[str, Any], say: Says) -> None:
    _all_of("platforms", record.get("platforms", []), choices.Platform.values, say)
    for name, values in record.get("modality", {}).items():
        _one_of(f"modality.{name}", name, ("in", "out"), say)
        if not isinstance(values, list):
            say(f"modality.{name}", "must be a list")
        else:
            _all_of(f"modality.{name}", values, choices.Modality.values, say)
    tags = record["tags"]
    if not 3 <= len(tags) <= 6:
        say("tags", f"has {len(tags)} entries; write 3 to 6")
    for index, tag in enumerate(tags):
        if not SLUG.match(tag) or len(tag) > 40:
            say(f"tags[{index}]", f"{tag!r} must be lower-case, hyphenated, at most 40 characters")
    if len(set(tags)) < len(tags):
        say("tags", "names a tag twice")


def _check_interface(name: str, row: dict[str, str], say: Says) -> None:
    for field in row:
        if field not in INTERFACE_FIELDS:
            say(f"{name}.{field}", "is not a field of an interface")
    _one_of(f"{name}.kind", row.get("kind"), choices.InterfaceKind.values, say)
    for field in INTERFACE_NEEDS.get(row.get("kind", ""), ()):
        if field not in row:
            say(f"{name}.{field}", f"is missing; an interface of kind {row['kind']} needs it")
    _check_row_texts(name, row, INTERFACE_LIMITS, say)
    for field, pattern in (("package", PACKAGE), ("image", PACKAGE), ("env", VARIABLE)):
        if field in row and not pattern.fullmatch(row[field]):
            say(f"{name}.{field}", f"{row[field][:60]!r} is no {'variable' if field == 'env' else field} name")
    if "registry" in row:
        _one_of(f"{name}.registry", row["registry"], choices.Registry.values, say)
    if "auth" in row:
        _one_of(f"{name}.auth", row["auth"], choices.Auth.values, say)
    if "said_by" in row:
        _one_of(f"{name}.said_by", row["said_by"], choices.SaidBy.values, say)
    for field in ("url", "base_url", "docs", "openapi"):
        if field in row:
            _check_url(f"{name}.{field}", row[field], say, template=field in {"url", "base_url"})


def _check_row_texts(name: str, row: dict[str, str], limits: dict[str, int], say: Says) -> None:
    for field, value in row.items():
        wrong = flaw(value, max_length=limits.get(field, 500))
        if wrong:
            say(f"{name}.{field}", wrong)


def _check_plan(name: str, row: dict[str, str], say: Says) -> None:
    for field in row:
        _one_of(f"{name}.{field}", field, PLAN_FIELDS, say)
    for field in ("name", "amount", "currency", "period", "seen"):
        if field not in row:
            say(f"{name}.{field}", "is missing")
    _check_row_texts(name, row, PLAN_LIMITS, say)
    try:
        amount = Decimal(row.get("amount", "0"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount < 100_000_000:
        say(f"{name}.amount", f"{row.get('amount')!r} is no amount; write a number such as 20 or 0.015")
    if not re.fullmatch(r"[A-Z]{3}", row.get("currency", "USD")):
        say(f"{name}.currency", "must be three capital letters (ISO 4217), such as USD")
    if "period" in row:
        _one_of(f"{name}.period", row["period"], ("month", "year", "once", "unit"), say)
    if "seen" in row:
        _check_day(f"{name}.seen", row["seen"], say)


def _one_of(name: str, value: Any, allowed: Iterable[str], say: Says) -> None:
    allowed = list(allowed)
    if value not in allowed:
        say(
            name,
            f"{value!r} is not one of {', '.join(allowed)}" if value else f"is missing; one of {', '.join(allowed)}",
        )


def _all_of(name: str, values: list[Any], allowed: Iterable[str], say: Says) -> None:
    allowed = list(allowed)
    for index, value in enumerate(values):
        _one_of(f"{name}[{index}]", value, allowed, say)
    if len(set(map(str, values))) < len(values):
        say(name, "names a value twice")


def _check_url(name: str, url: Any, say: Says, *, template: bool = False) -> None:
    """Accept http(s) addresses with a host; `template` allows {placeholders} for a tenant's own part."""
    if not isinstance(url, str) or len(url) > 500 or re.search(r"[\s<>\"\x00-\x1f]", url):
        say(name, "must be an address without spaces, at most 500 characters")
        return
    plain = re.sub(r"\{[A-Za-z0-9_.-]+\}", "x", url) if template else url
    try:
        parts = urlsplit(plain)
        ok = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        ok = False
    if not ok:
        say(name, f"{url!r} must begin with https:// or http:// and name a host")


def slug_of(entry: Located) -> str | None:
    """Return the slug of a record, None where it has none that could be one."""
    slug = entry.value.get("slug") if isinstance(entry.value, dict) else None
    return slug if isinstance(slug, str) else None


def repeated_slugs(entries: Iterable[Located]) -> Iterator[Problem]:
    """Yield a Problem for every record whose slug stands in an earlier place as well."""
    seen: dict[str, Located] = {}
    for entry in entries:
        slug = slug_of(entry)
        if slug is None:
            continue
        if slug in seen:
            first = seen[slug]
            yield entry.problem("slug", f"{slug!r} is already used in {first.file}:{first.line}")
        else:
            seen[slug] = entry
