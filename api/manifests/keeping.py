"""Keeping manifests in step with listings: a listing that says something else gets the next version.

Which tools are due follows from rows alone (`ManifestHead.changed_at`), so a sweep that was killed, or two at once,
leave nothing out and make nothing twice.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q

from api.manifests.canonical import canonical, sha256
from api.manifests.making import manifest
from api.models import Manifest, ManifestHead
from catalog import leaks, services
from catalog.models import Tool
from catalog.records import with_record_rows

logger = logging.getLogger(__name__)
BATCH = 200


def due() -> Any:
    """Return the listed tools whose manifest is not of what their listing says now, in the order of their keys."""
    behind = Q(manifest_head=None) | ~Q(manifest_head__changed_at=F("changed_at"))
    return Tool.objects.listed().filter(behind).order_by("pk")


def sweep() -> int:
    """Bring the manifests of all listed tools in step; return how many versions were made."""
    made, last = 0, 0
    while keys := list(due().filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        made += keep(keys)
        last = keys[-1]
    return made


@transaction.atomic
def keep(tools: Iterable[int]) -> int:
    """Make the next version of each of these tools whose listing says something else than the last; return how many.

    A listing in which something looks like a secret gets none, and is told to the operators (its log) each time.
    """
    keys = list(tools)
    services.hold(keys)  # nobody writes them meanwhile, and no second sweep makes the same version
    rows = list(with_record_rows(Tool.objects.listed().filter(pk__in=keys)))
    heads = {one.tool_id: one for one in ManifestHead.objects.select_related("manifest").filter(tool__in=rows)}
    last = _last_versions(rows)
    made, after = [], []
    for row in rows:
        content, head = manifest(row), heads.get(row.pk)
        if found := next(leaks.found(content), None):
            logger.error("No manifest of %s: %s looks like a secret (%s).", row.slug, found[0] or "/", found[1])
            continue  # it stays behind, which exports and pins say
        if head is not None and canonical(content) == _content(head.manifest):
            after.append((row, head.manifest))
        else:
            one = _version(row, content, last)
            made.append(one)
            after.append((row, one))
    Manifest.objects.bulk_create(made)
    ManifestHead.objects.bulk_create(
        [ManifestHead(tool=row, manifest=one, changed_at=row.changed_at) for row, one in after],
        update_conflicts=True,
        unique_fields=["tool"],
        update_fields=["manifest", "changed_at"],
    )
    return len(made)


def _last_versions(rows: list[Tool]) -> dict[int | str, int]:
    """Return the last version of each of these tools, by its key and by its slug. One statement."""
    before = Manifest.objects.filter(Q(tool_id__in=[row.pk for row in rows]) | Q(slug__in=[row.slug for row in rows]))
    found: dict[int | str, int] = {}
    for tool, slug, version in before.values_list("tool_id", "slug").annotate(last=Max("version")):
        found[tool], found[slug] = max(found.get(tool, 0), version), max(found.get(slug, 0), version)
    return found


def _version(tool: Tool, content: dict[str, Any], last: dict[int | str, int]) -> Manifest:
    version = max(last.get(tool.pk, 0), last.get(tool.slug, 0)) + 1
    body = canonical(content | {"version": version})
    return Manifest(tool_id=tool.pk, slug=tool.slug, version=version, sha256=sha256(body), body=body)


def _content(row: Manifest) -> bytes:
    """Return what a version says, without its number."""
    said = json.loads(bytes(row.body))
    del said["version"]
    return canonical(said)
