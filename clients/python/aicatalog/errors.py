"""What can go wrong, in sentences for people: what happened, why, what to do next."""

from __future__ import annotations

from collections.abc import Sequence


class CatalogError(Exception):
    """Anything that this package refuses or cannot do.

    `str(error)` says what happened and why, `hint` what to do next ("" for nothing), `exit_code` is the command's.
    """

    exit_code = 3

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


class NotFound(CatalogError):
    """There is no such tool, version or snippet. `suggestions` are slugs of tools that may be meant."""

    exit_code = 1

    def __init__(self, what: str, hint: str = "", suggestions: Sequence[str] = ()) -> None:
        super().__init__(what, hint)
        self.suggestions = list(suggestions)


class BadRequest(CatalogError):
    """What was asked cannot be: a filter that there is not, a value that is none, a serial that is too old."""

    exit_code = 2


class NotOffline(BadRequest):
    """An export does not hold what would answer that; the site does."""


class BadFile(CatalogError):
    """A file or folder is not what it should be. Nothing was written."""

    exit_code = 2


class NoExport(BadFile):
    """The folder is no export."""


class DamagedExport(BadFile):
    """The folder is an export, but its files are not those that its manifest.json describes."""


class NewerExport(BadFile):
    """The export has a schema that this version cannot read."""


class CatalogUnavailable(CatalogError):
    """The catalog could not be asked: nobody answered, it failed, or it let no more requests through."""


class TooSlow(CatalogUnavailable):
    """The catalog answered for so long, without coming to an end, that it was not waited for any longer."""


class NoCatalog(CatalogUnavailable):
    """Something answered that is no catalog of this kind."""


class TooManyRequests(CatalogUnavailable):
    """The catalog lets no more requests through for now."""


class Refused(CatalogUnavailable):
    """The key is not accepted (401, 403)."""
