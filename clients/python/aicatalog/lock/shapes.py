"""What a lockfile holds, and what is read of manifests, as typed dictionaries that are checked before they are used."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class LockedTools(TypedDict):
    """The tools of an MCP server as verification had seen them."""

    sha256: str
    count: int
    each: dict[str, dict[str, str]]


class Entry(TypedDict):
    """A locked tool.

    `interface`: the only one that is used, of which alone a change fails a check. `sha256`: of the manifest.
    `integrity`: of all else, the fields but the manifest and itself as canonical JSON.
    """

    version: int
    sha256: str
    integrity: str
    price: str
    licence: str
    interface: NotRequired[str]
    tools: NotRequired[dict[str, LockedTools]]
    manifest: dict[str, Any]


class Lock(TypedDict):
    """A lockfile."""

    lockfileVersion: int
    catalog: str
    tools: dict[str, Entry]


class Interface(TypedDict):
    """An interface in a manifest."""

    id: str
    auth: NotRequired[list[str]]
    limits: NotRequired[list[str]]
    environment: NotRequired[list[str]]


class Price(TypedDict):
    """A plan or a meter."""

    name: str
    currency: str
    amount: NotRequired[str]
    period: NotRequired[str]
    price: NotRequired[str]
    unit: NotRequired[str]
    per: NotRequired[str]
    told: NotRequired[str]


class Pricing(TypedDict):
    """What a tool costs."""

    label: str
    plans: NotRequired[list[Price]]
    meters: NotRequired[list[Price]]


class Example(TypedDict):
    """An example."""

    id: str


class Manifest(TypedDict):
    """As much of a manifest as is read by name here; all of it is compared."""

    tool: str
    version: int
    status: str
    pricing: Pricing
    licence: NotRequired[str]
    interfaces: NotRequired[list[Interface]]
    authSchemes: NotRequired[dict[str, Any]]
    limits: NotRequired[dict[str, Any]]
    examples: NotRequired[list[Example]]
    modalities: NotRequired[dict[str, Any]]
    provenance: NotRequired[dict[str, Any]]
