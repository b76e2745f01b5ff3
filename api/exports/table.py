"""The flat columns that tables have of a tool: CSV and Parquet share them."""

from __future__ import annotations

from typing import Any

from api.manifests.canonical import canonical
from catalog.records import Record

TEXTS = ("slug", "name", "vendor", "homepage", "tagline", "description", "kind", "category", "licence", "launched")
LISTS = ("also", "price_model", "platforms", "input", "output", "tags")
LINKS = ("docs", "repo", "pricing", "api", "status")
LINK_COLUMNS = tuple(f"{name}_url" for name in LINKS)
JSON = ("plans", "interfaces")  # as JSON text: they have columns of their own
COLUMNS = (
    *TEXTS, "access", "source", "status", "listed", *LISTS, *LINK_COLUMNS, *JSON, "manifest_version", "manifest_sha256",
)  # fmt: skip


def row(record: Record, listed: str, manifest: dict[str, Any] | None) -> dict[str, Any]:
    """Return a tool by column: texts, lists of texts, a whole number or None for the version of the manifest."""
    pricing, modality, links = record["pricing"], record.get("modality", {}), record.get("links", {})
    found: dict[str, Any] = {name: record.get(name, "") for name in TEXTS}
    found |= {"access": pricing["access"], "source": pricing["source"]}
    found |= {"status": record.get("status", "active"), "listed": listed}
    found |= {"also": record.get("also", []), "price_model": pricing["model"], "platforms": record.get("platforms", [])}
    found |= {"input": modality.get("in", []), "output": modality.get("out", []), "tags": record.get("tags", [])}
    found |= {f"{name}_url": links.get(name, "") for name in LINKS}
    found |= {name: canonical(record.get(name, [])).decode() for name in JSON}
    version, sha256 = (manifest["version"], manifest["sha256"]) if manifest else (None, "")
    return found | {"manifest_version": version, "manifest_sha256": sha256}
