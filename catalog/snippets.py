"""What to paste to reach a tool: what a snippet is. The catalog shows them; they are made above it (api/snippets)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from catalog.models import Tool

LANGUAGES = {
    "bash": "Shell", "python": "Python", "json": "JSON", "yaml": "YAML", "hcl": "HCL", "url": "Link",
}  # fmt: skip


@dataclass(frozen=True)
class Snippet:
    """A text to copy: for which consumer and interface, the variables that have to be set, and what is to be known."""

    consumer: str
    title: str
    language: str
    interface: str
    code: str
    inputs: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def kept(self) -> str:
        """Return what kind of text it is, in words."""
        return LANGUAGES[self.language]

    @property
    def is_link(self) -> bool:
        """Say whether it is an address that the consumer opens, and no code."""
        return self.language == "url"

    @property
    def is_line(self) -> bool:
        """Say whether one line says it all: a command without anything to set or to know."""
        return self.language == "bash" and "\n" not in self.code and not self.inputs and not self.notes


# Returns the snippets of a tool fetched by `with_record_rows`, by the key of the interface that they reach.
Maker = Callable[[Tool], Mapping[int, Sequence[Snippet]]]
MAKERS: list[Maker] = []


def by_interface(tool: Tool) -> Mapping[int, Sequence[Snippet]]:
    """Return the snippets of a tool by the key of their interface, the usual one of each first. No statement."""
    return {key: found for make in MAKERS for key, found in make(tool).items()}
