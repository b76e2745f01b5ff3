"""The tools that an MCP server listed when we looked last, by hash: what programs pin and compare.

They are read from the handshake, which light runs make as well: a change is seen within hours.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from catalog.choices import InterfaceKind
from verification.contract import Subject
from verification.services import subject_text

# From one address after the other, its results from the last on (index step_result_of_subject). A server that began to
# ask for a key lists nothing any more: the looks that are gone through for an older list are bounded.
LOOKS = 50
STATEMENT = """
SELECT asked.tool, asked.subject, seen.hash, seen.count, seen.parts, seen.ended_at
FROM unnest(%s::bigint[], %s::text[]) AS asked (tool, subject)
CROSS JOIN LATERAL (
    SELECT looks.* FROM (
        SELECT result.id, result.ended_at, result.detail ->> 'tools_hash' AS hash,
            result.detail -> 'tools_count' AS count, result.detail -> 'tools_parts' AS parts
        FROM verification_stepresult result JOIN verification_run run ON run.id = result.run_id
        WHERE result.key = 'mcp_handshake' AND result.subject = asked.subject AND run.tool_id = asked.tool
        ORDER BY result.id DESC LIMIT %s
    ) looks
    WHERE looks.hash IS NOT NULL
    ORDER BY looks.id DESC LIMIT 1
) seen
"""


@dataclass(frozen=True)
class ToolsSeen:
    """A list of tools as it was seen."""

    sha256: str  # of the whole list (verification.mcp.tools.fingerprint)
    count: int
    parts: dict[str, dict[str, str]]  # sha256 of each part of each tool, by name; empty: not told apart then
    at: dt.datetime


def listed_at(kind: str, url: str, base_url: str) -> str:
    """Return the subject by which the step mcp_handshake knows an interface, "" for one that it does not look at."""
    address = url or base_url
    return subject_text(Subject(address)) if kind == InterfaceKind.MCP_REMOTE and address else ""


def last(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], ToolsSeen]:
    """Return what the last look at each address saw that saw a list, of its last 50; asked by tool and subject.

    One statement, none when nothing is asked. It is for the caller to ask for tools that the reader may see.
    """
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT, [[tool for tool, _ in asked], [subject for _, subject in asked], LOOKS])
        return {
            (tool, subject): ToolsSeen(sha256, json.loads(count or "0"), json.loads(parts or "{}"), at)
            for tool, subject, sha256, count, parts, at in cursor.fetchall()
        }
