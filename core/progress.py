"""How far a command is, for who waits for it."""

from __future__ import annotations

from django.core.management.base import OutputWrapper


def show(out: OutputWrapper, what: str, done: int, total: int) -> None:
    """Show how far a step is: in place on a terminal, one line for each step that is done elsewhere."""
    if out.isatty():
        out.write(f"\r  {what} {done:,}/{total:,}" + ("\n" if done >= total else ""), str, ending="")
        out.flush()
    elif done >= total:
        out.write(f"  {what} {done:,}", str)
