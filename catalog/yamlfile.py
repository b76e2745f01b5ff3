"""Seed files: reading YAML with the line of every field, writing it back in the same form, byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from catalog.records import FIELDS, Record

WIDTH = 110  # where lines are folded
FOLD_OVER = 95  # longer strings stand in a folded block
COLLECTIONS_HEAD = """\
# Curated collections, written by hand: each names a task and lists tools that fit it, in display order.
# Chosen from the facts in tools/*.yaml; nothing here was tested. Slugs are permanent.
"""
TAXONOMY_HEAD = """\
# Two levels of categories. A category names the job done; modality, form, audience, licence and price are facets.
# One primary sub-category a tool, at most 3 further ones. Slugs are permanent; renames keep an alias.
"""
MAX_BYTES = 4_000_000
MAX_DEPTH = 10  # a record needs five


@dataclass(frozen=True)
class Problem:
    """What is wrong where, for a person with an editor open."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class BadFile(ValueError):
    """A file cannot be read as YAML. Carries the Problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass
class Located:
    """A value from a file with the line of each of its fields ("pricing.access", "interfaces[2].url")."""

    value: Any
    file: str
    line: int
    lines: dict[str, int] = field(default_factory=dict)

    def problem(self, name: str, message: str) -> Problem:
        """Return a Problem at the line of field `name`, or of its nearest parent that has one."""
        place = name
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return Problem(self.file, self.lines.get(place, self.line), name, message)


def read_list(path: Path, shown_as: str) -> list[Located]:
    """Read a YAML file that holds a list; return its entries with line numbers.

    `shown_as` is the name used in problems. Raises BadFile when the file is not UTF-8 YAML, is not a list,
    repeats a key, or is larger than 4 MB.
    """
    root = read_node(path, shown_as)
    if not isinstance(root, yaml.SequenceNode):
        raise BadFile(Problem(shown_as, 1, "", "must hold a list of records (each begins with “- slug:”)"))
    entries = []
    for node in root.value:
        entry = Located(None, shown_as, node.start_mark.line + 1)
        entry.value = _convert(node, "", entry)
        entries.append(entry)
    return entries


def read_mapping(path: Path, shown_as: str) -> Located:
    """Read a YAML file that holds a mapping. Raises BadFile as `read_list` does."""
    root = read_node(path, shown_as)
    if not isinstance(root, yaml.MappingNode):
        raise BadFile(Problem(shown_as, 1, "", "must hold a mapping (“key: value” lines)"))
    located = Located(None, shown_as, 1)
    located.value = _convert(root, "", located)
    return located


def read_node(path: Path, shown_as: str) -> yaml.Node | None:
    """Return the root node of a YAML file. Raises BadFile with the line where reading stopped."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadFile(Problem(shown_as, 1, "", f"cannot be read: {error.strerror}")) from error
    if len(data) > MAX_BYTES:
        raise BadFile(Problem(shown_as, 1, "", f"is larger than {MAX_BYTES:,} bytes; split it"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile(Problem(shown_as, line, "", f"is not UTF-8 (byte {error.start})")) from error
    try:
        _refuse_aliases(text, shown_as)
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except RecursionError as error:
        raise BadFile(Problem(shown_as, 1, "", "is nested too deeply")) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadFile(Problem(shown_as, line, "", f"is not YAML: {error.problem}")) from error
    except yaml.YAMLError as error:  # a reader error carries no mark
        raise BadFile(Problem(shown_as, 1, "", f"is not YAML: {error}")) from error


def _refuse_aliases(text: str, shown_as: str) -> None:
    """Refuse anchors' aliases: a few lines of them can stand for gigabytes, or for themselves."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise BadFile(Problem(shown_as, line, "", f"holds an alias (*{event.anchor}); write the value out"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise BadFile(Problem(shown_as, line, "", "is nested too deeply"))


def _convert(node: yaml.Node, name: str, entry: Located) -> Any:
    """Turn a node into plain values; scalars stay text, so that 2024 and "2024" are told apart by nobody."""
    entry.lines[name] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_convert(child, f"{name}[{i}]", entry) for i, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        raise BadFile(Problem(entry.file, node.start_mark.line + 1, name, "cannot be used here"))
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BadFile(Problem(entry.file, key.start_mark.line + 1, name, "a field name must be a word"))
        if key.value in found:
            message = f"the field {key.value!r} stands here twice"
            raise BadFile(Problem(entry.file, key.start_mark.line + 1, key.value, message))
        found[key.value] = _convert(value, f"{name}.{key.value}".lstrip("."), entry)
    return found


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[Any]):
    """A list written on one line."""


class _Folded(str):
    """A text written as a folded block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


TAG = "tag:yaml.org,2002:"
_Dumper.add_representer(_Flow, lambda d, v: d.represent_mapping(f"{TAG}map", v.items(), flow_style=True))
_Dumper.add_representer(_FlowList, lambda d, v: d.represent_sequence(f"{TAG}seq", v, flow_style=True))
_Dumper.add_representer(_Folded, lambda d, v: d.represent_scalar(f"{TAG}str", v, style=">"))
_Dumper.add_representer(str, lambda d, v: d.represent_scalar(f"{TAG}str", v, style=">" if len(v) > FOLD_OVER else None))


def write_records(records: list[Record]) -> str:
    """Return the text of a seed file with these records (each in the order of catalog.records.FIELDS)."""
    return _dump([_styled(record) for record in records], WIDTH)


def write_collections(rows: list[Record]) -> str:
    """Return the text of collections.yaml with these collections."""
    styled = [{**row, "body": _Folded(row["body"])} for row in rows]
    return COLLECTIONS_HEAD + _dump(styled, WIDTH)


def write_taxonomy(rows: list[Record]) -> str:
    """Return the text of taxonomy.yaml with these upper categories ({slug, name, sub: {slug: name}})."""
    return TAXONOMY_HEAD + _dump({"categories": [{**row, "sub": _Flow(row["sub"])} for row in rows]}, 10_000)


def _dump(value: Any, width: int) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)


def _styled(record: Record) -> dict[str, Any]:
    styled: dict[str, Any] = {}
    for name in FIELDS:
        if name not in record:
            continue
        value = record[name]
        if name == "description":
            value = _Folded(value)
        elif name in {"also", "platforms", "tags"}:
            value = _FlowList(value)
        elif name in {"pricing", "modality"}:
            value = _Flow({k: _FlowList(v) if isinstance(v, list) else v for k, v in value.items()})
        elif name in {"interfaces", "plans"}:
            value = [_Flow(row) for row in value]
        styled[name] = value
    return styled


def in_the_order_of(record: Record, seed: str) -> Record:
    """Order the keys of `links` and of each interface as the record in `seed` (JSON text) had them.

    Editors write these keys in no fixed order, and an empty modality in several ways; export must give
    unchanged lines back as they were.
    """
    if not seed:
        return record
    before: Record = json.loads(seed)
    ordered = dict(record)
    if "links" in record:
        ordered["links"] = _ordered(record["links"], before.get("links", {}))
    if "interfaces" in record:
        rows = before.get("interfaces", [])
        ordered["interfaces"] = [
            _ordered(row, next((old for old in rows if old == row), rows[i] if i < len(rows) else {}))
            for i, row in enumerate(record["interfaces"])
        ]
    if _sides(record) == _sides(before) and "modality" in before:
        ordered["modality"] = before["modality"]
    return ordered


def _sides(record: Record) -> tuple[list[str], list[str]]:
    modality = record.get("modality", {})
    return modality.get("in", []), modality.get("out", [])


def _ordered(values: Record, like: Record) -> Record:
    known = [key for key in like if key in values]
    return {key: values[key] for key in [*known, *(key for key in values if key not in like)]}
