"""What snippets are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from api.snippets.values import Unsafe, plain
from api.snippets.vendors import may_read
from catalog.validation import VARIABLE

RUNNERS = {"npm": ("npx", ["-y"]), "pypi": ("uvx", [])}  # run a package of a registry without installing it
PLACE = re.compile(r"\{[A-Za-z][A-Za-z0-9_.-]*\}")
RUN_HERE = {"mcp-package", "container", "sdk", "cli"}  # a program of one's own machine reads its variables anyway
BEARER = "If it wants another header than “Authorization: Bearer”, its documents say so."
NO_HEADER = "How the key is sent is not known: its documents say so."
NOT_KNOWN = "Whether it wants a key is not known: its documents say so."

OF_THE_MACHINE = re.compile(
    r"PATH|HOME|USER|SHELL|IFS|ENV|BASH_ENV|PS\d|PROMPT_COMMAND|(LD|DYLD|PYTHON|NODE|NPM_CONFIG|PIP|UV|GIT|SSH|JAVA)_\w*"
    r"|PYTHON(PATH|HOME|STARTUP|WARNINGS)|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|(PERL5|RUBY)(LIB|OPT)"
)


def variable(name: str) -> str:
    """Return the name of a variable. Raises Unsafe for what is none, as it stands in commands without quotes.

    And for one by which the reader's own machine works: a listing sets nothing there, nor does it have it sent.
    """
    if not VARIABLE.fullmatch(name):
        raise Unsafe("It is no name of a variable.")
    if OF_THE_MACHINE.fullmatch(name.upper()):
        raise Unsafe("It is a variable of the machine itself.")
    return name


@dataclass(frozen=True)
class Made:
    """A text to copy, the variables that it reads, and what is to be known."""

    code: str
    inputs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Way:
    """An interface of a tool, for who writes code for it."""

    manifest: dict[str, Any]
    interface: dict[str, Any]
    scheme: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        names = self.interface.get("auth", [])
        object.__setattr__(self, "scheme", self.manifest["authSchemes"][names[0]] if names else {})

    @property
    def kind(self) -> str:
        """Its kind."""
        return str(self.interface["kind"])

    @property
    def name(self) -> str:
        """What the tool is called in a configuration: its slug."""
        return plain(self.manifest["tool"])

    @property
    def url(self) -> str:
        """Where it answers. Raises Unsafe for what is no https address (or http on this machine)."""
        found = plain(str(self.interface.get("url") or self.interface.get("baseUrl") or ""))
        if not found.startswith(("https://", "http://127.0.0.1:", "http://localhost:")) or " " in found:
            raise Unsafe("It is no https address.")
        return found

    @property
    def docs(self) -> str:
        """Where its documents are: the interface's, else the tool's; "" where none are known."""
        return str(self.interface.get("docs") or self.manifest.get("links", {}).get("docs") or "")

    @property
    def places(self) -> list[str]:
        """The parts of its address that each customer has of their own, as “{region}”."""
        return list(dict.fromkeys(PLACE.findall(self.interface.get("url") or self.interface.get("baseUrl") or "")))

    @property
    def env(self) -> str:
        """The variable that its key is read from: the vendor's, else one made of the slug; "" for no key."""
        if not self.scheme:
            return ""
        return self._read(self.scheme.get("env") or self.own)

    @property
    def own(self) -> str:
        """A variable of nobody else, made of the slug."""
        return variable(f"TOOL_{self.name.upper().replace('-', '_')}_KEY")

    @property
    def foreign(self) -> str:
        """The variable that its listing names although it is another vendor's; "" for none."""
        named = [self.scheme.get("env", ""), *self.interface.get("environment", [])]
        return next((one for one in named if one and self._read(one) != one), "")

    def _read(self, name: str) -> str:
        """Return a variable, or one of its own in the place of one that holds a secret of another vendor."""
        name = variable(name)
        return name if self.kind in RUN_HERE or may_read(name, self.url) else self.own

    @property
    def variables(self) -> list[str]:
        """Every variable that it reads when it runs on one's own machine."""
        return [*([self.env] if self.scheme else []), *map(self._read, self.interface.get("environment", []))]

    @property
    def signs(self) -> str:
        """How it signs in, as OpenAPI names it; "" for not at all, or not known."""
        return str(self.scheme.get("type", ""))
