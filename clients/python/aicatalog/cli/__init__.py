"""The command `aicatalog`: one module for each command, which is imported when it is asked for.

Exit codes: 0 done; 1 nothing found, or `check` found something; 2 asked for what cannot be, or a file that is none;
3 the catalog could not be asked; 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from aicatalog.cli import printing
from aicatalog.errors import CatalogError, NotFound
from aicatalog.naming import nearest
from aicatalog.stopping import INTERRUPTED, AtOnce
from aicatalog.version import __version__

COMMANDS = ("search", "show", "compare", "changes", "export", "lock", "check", "completion")
ALIKE = 0.6  # how alike what was typed and a command have to be
WRONG_USAGE = 2  # as click has it
BROKEN_PIPE = 141  # 128 and SIGPIPE


class _Closed(Exception):
    """Who reads, as `head`, wants no more."""


class Commands(click.Group):
    """A group that finds its commands in the modules beside this one: `command` of aicatalog.cli.NAME."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the help."""
        return [name for name in COMMANDS if find_spec(f"aicatalog.cli.{name}")]

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the arguments, or print help; click would end the process with 1 where a pipe is closed."""
        try:
            return super().make_context(*arguments, **options)
        except BrokenPipeError:
            raise _Closed from None

    def invoke(self, context: click.Context) -> Any:
        """Run a command; click would end the process with 1 where a pipe is closed."""
        try:
            found = super().invoke(context)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _Closed from None
        return found

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, None for a name that is none."""
        if name not in self.list_commands(context):
            return None
        with AtOnce():
            found: click.Command = import_module(f"aicatalog.cli.{name}").command
        return found

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is asked for; of none, say which may be meant: click does not look at modules."""
        name = arguments[0]
        known = name.startswith("-") or self.get_command(context, name)
        meant = [] if known or context.resilient_parsing else nearest(name, self.list_commands(context), ALIKE)
        if meant:
            raise click.UsageError(f"No such command '{name}'. {_meant(meant)}", context)
        return super().resolve_command(context, arguments)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="aicatalog")
@click.pass_context
def group(context: click.Context) -> int:
    """Ask a catalog of AI tools, online or from an export.

    \b
    aicatalog search speech to text --has-api yes
    aicatalog show deepgram
    aicatalog show deepgram --snippet python-httpx > call.py
    aicatalog export ./catalog && aicatalog search bark --from ./catalog

    Which catalog: --from, else (of lock and check) that of the lockfile, else the variable AICATALOG, else
    http://127.0.0.1:8000. An address is asked online; a folder is an export, which answers offline.
    """
    if context.invoked_subcommand is None:
        printing.hint(context.get_help())
    return WRONG_USAGE  # passed over where there is a command


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what goes wrong is told on stderr."""
    closed = printing.prepare()
    try:
        if closed:
            raise CatalogError(
                "Nothing can be printed: the standard output is closed.", "Lead it to /dev/null instead."
            )
        code = _ran(arguments)
        sys.stdout.flush()
        return code
    except CatalogError as error:
        return _failed(str(error), _next(error), error.exit_code)
    except (_Closed, BrokenPipeError):
        _pass_over()
        asked = sys.argv[1:] if arguments is None else arguments
        return 0 if {"-h", "--help", "--version"} & {*asked} else BROKEN_PIPE
    except RecursionError:
        return _failed("What came is nested too deeply to be read.")
    except (OSError, ValueError, RuntimeError) as error:  # the last resort: a sentence, no traceback
        return _failed(f"This cannot be done: {getattr(error, 'strerror', None) or error or type(error).__name__}.")


def _ran(arguments: Sequence[str] | None) -> int:
    try:
        code = group.main(args=arguments, prog_name="aicatalog", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        return _refused(error)
    except (click.Abort, KeyboardInterrupt):
        printing.hint("\nStopped.")
        return INTERRUPTED


def _failed(what: str, more: str = "", code: int = CatalogError.exit_code) -> int:
    """Tell what went wrong, after what was printed before it."""
    try:
        sys.stdout.flush()
    except OSError:
        _pass_over()
    with suppress(OSError):
        printing.trouble(what, more)
    return code


def _pass_over() -> None:
    """Let go of what cannot be printed: Python would try once more at its end, and complain."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _next(error: CatalogError) -> str:
    """Return what to do next."""
    meant = _meant(error.suggestions) if isinstance(error, NotFound) else ""
    return "\n".join(one for one in (meant, error.hint) if one)


def _meant(suggestions: Sequence[str]) -> str:
    """Return the question whether one of these is meant, "" for none."""
    *others, last = suggestions or [""]
    return f"Did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""


def _refused(error: click.ClickException) -> int:
    usage = error.ctx.get_usage() if isinstance(error, click.UsageError) and error.ctx else ""
    more = f"Try “{error.ctx.command_path} --help”." if isinstance(error, click.UsageError) and error.ctx else ""
    if usage:
        printing.hint(usage)
    printing.trouble(error.format_message(), more)
    return error.exit_code
