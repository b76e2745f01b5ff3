"""Ask a catalog of AI tools, online or from an export.

>>> import aicatalog
>>> with aicatalog.open("https://catalog.example") as catalog:
...     for tool in catalog.search("speech to text", pricing="free-tier"):
...         print(tool["slug"], tool["tagline"])

`aicatalog.lock` has the lockfiles. What is named here is imported when it is used, so that the command starts soon and
Ctrl-C finds it ready (`aicatalog.__main__`).
"""

from __future__ import annotations

from aicatalog.version import __version__

TYPE_CHECKING = False  # as typing has it, which takes long to import
if TYPE_CHECKING:
    from aicatalog import lock
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
    "lock",
    "open",
]
ELSEWHERE = {"Found": "source", "Manifest": "source", "Source": "source", "open": "source", "lock": "lock"}

if not TYPE_CHECKING:  # who checks types would find any name here

    def __getattr__(name: str) -> object:
        """Return what is imported only when it is used. Raises AttributeError."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - takes long

        module = import_module(f"{__name__}.{ELSEWHERE.get(name, 'errors')}")
        found = module if name == "lock" else getattr(module, "open_source" if name == "open" else name)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        """Return all names, also of what is not imported yet."""
        return sorted({*globals(), *__all__})
