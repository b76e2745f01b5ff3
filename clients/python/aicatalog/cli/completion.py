"""`aicatalog completion`: what a shell needs to complete commands, options and, from an export, slugs."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from aicatalog.cli import printing

SHELLS = ("bash", "zsh", "fish")


@click.command(short_help="Print the script that completes commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands and options.

    \b
    bash:  aicatalog completion bash > ~/.local/share/bash-completion/completions/aicatalog
    zsh:   aicatalog completion zsh > ~/.zfunc/_aicatalog      (a folder of $fpath)
    fish:  aicatalog completion fish > ~/.config/fish/completions/aicatalog.fish
    """
    found = get_completion_class(shell)
    assert found is not None
    script = found(context.find_root().command, {}, "aicatalog", "_AICATALOG_COMPLETE")
    printing.out((script.source_template % script.source_vars()).strip())
