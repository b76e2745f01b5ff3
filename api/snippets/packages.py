"""Snippets for what is installed or run on one's own machine."""

from __future__ import annotations

import re

from api.snippets.parts import Made, Way
from api.snippets.values import shell

NAME = re.compile(r"^@?[A-Za-z0-9][A-Za-z0-9._/:@-]*$")  # no option, no path upwards
PIN = "Pin what you run: put the digest behind it, as image@sha256:…"


def docker(way: Way) -> Made | None:
    """A container that keeps nothing."""
    image = str(way.interface.get("image", ""))
    if not image or not NAME.fullmatch(image):
        return None
    variables = [*([way.env] if way.scheme else []), *way.interface.get("environment", [])]
    given = "".join(f" -e {shell(name)}" for name in variables)
    notes = () if "@sha256:" in image else (PIN,)
    return Made(f"docker run --rm -it{given} {shell(image)}", tuple(variables), notes)


def install(way: Way) -> Made | None:
    """The command that installs its package."""
    package = str(way.interface.get("package", {}).get("name", ""))
    command = str(way.interface.get("install", ""))
    if not package or not NAME.fullmatch(package) or not command.endswith(f" {package}"):
        return None
    return Made(f"{command.removesuffix(package)}{shell(package)}")
