"""Ask a catalog of AI tools, online or from an export.

>>> import aicatalog
>>> with aicatalog.open("https://catalog.example") as catalog:
...     for tool in catalog.search("speech to text", pricing="free-tier"):
...         print(tool["slug"], tool["tagline"])
"""

from __future__ import annotations

from aicatalog.errors import (
    BadFile,
    BadRequest,
    CatalogError,
    CatalogUnavailable,
    DamagedExport,
    NewerExport,
    NoCatalog,
    NoExport,
    NotFound,
    NotOffline,
    Refused,
    TooManyRequests,
    TooSlow,
)
from aicatalog.source import Found, Manifest, Source
from aicatalog.source import open_source as open
from aicatalog.version import __version__

__all__ = [
    "BadFile",
    "BadRequest",
    "CatalogError",
    "CatalogUnavailable",
    "DamagedExport",
    "Found",
    "Manifest",
    "NewerExport",
    "NoCatalog",
    "NoExport",
    "NotFound",
    "NotOffline",
    "Refused",
    "Source",
    "TooManyRequests",
    "TooSlow",
    "__version__",
    "open",
]
