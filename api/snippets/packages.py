"""Snippets for what is installed or run on one's own machine."""

from __future__ import annotations

from api.snippets.parts import Made, Way
from api.snippets.values import shell
from catalog.validation import PACKAGE

PIN = "Pin what you run: put the digest behind it, as image@sha256:…"


def docker(way: Way) -> Made | None:
    """A container that keeps nothing."""
    image = str(way.interface.get("image", ""))
    if not image or not PACKAGE.fullmatch(image):
        return None
    variables = way.variables
    given = "".join(f" -e {name}" for name in variables)
    notes = () if "@sha256:" in image else (PIN,)
    return Made(f"docker run --rm -it{given} {shell(image)}", tuple(variables), notes)


def install(way: Way) -> Made | None:
    """The command that installs its package."""
    package = str(way.interface.get("package", {}).get("name", ""))
    command = str(way.interface.get("install", ""))
    if not package or not PACKAGE.fullmatch(package) or not command.endswith(f" {package}"):
        return None
    return Made(f"{command.removesuffix(package)}{shell(package)}")
