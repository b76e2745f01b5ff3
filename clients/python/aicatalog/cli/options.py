"""What all commands take: which catalog, and whether to print JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aicatalog.cli import printing
from aicatalog.source import Source, open_source
from aicatalog.stopping import AtOnce

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def _folders(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell offer its own folders: an export is one."""
    from click.shell_completion import CompletionItem as Item  # noqa: PLC0415 - only a shell asks

    return [Item(begun, type="dir")]


AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout.")
FROM = click.option(
    # AICATALOG is read where a source is opened (source.address_of): the catalog of a lockfile goes before it
    "--from",
    "where",
    metavar="URL|FOLDER",
    help="The catalog: an address, or an export's folder.",
    shell_complete=_folders,
)
KEY = click.option(
    "--key",
    envvar="AICATALOG_KEY",
    metavar="KEY",
    help="A key of the site's portal; the variable keeps it out of lists.",
)


def catalog(command: F) -> F:
    """Give a command `--from`, `--key` and `--json`: its parameters `where`, `key` and `as_json`."""
    return FROM(KEY(AS_JSON(command)))


def opened(where: str | None, key: str | None) -> Source:
    """Return the catalog that the options name. Raises CatalogError."""
    with AtOnce():  # it imports what it needs of httpx or SQLite
        return open_source(where, key=key, told=printing.hint)
