"""What a place in a manifest is about: it decides whether a change of it fails a check."""

from __future__ import annotations

Path = tuple[str, ...]  # the parts of a JSON pointer
TOLD = {"text", "provenance"}  # areas that fail a check only where it is strict
ANY = "*"
# the first that fits; what is in none is text
AREAS: tuple[tuple[Path, str], ...] = (
    (("interfaces", ANY, "auth"), "auth"),
    (("interfaces", ANY, "limits"), "terms"),
    (("interfaces", ANY, "docs"), "text"),
    (("interfaces",), "interface"),
    (("authSchemes",), "auth"),
    (("limits",), "terms"),
    (("modalities",), "interface"),  # what goes in and what comes out
    (("pricing", "source"), "licence"),  # whether it is open
    (("pricing", "plans", ANY, "seenOn"), "provenance"),  # the same price, seen again
    (("pricing", "meters", ANY, "seenOn"), "provenance"),
    (("pricing",), "price"),
    (("licence",), "licence"),
    (("vendor",), "terms"),  # with whom one deals
    (("homepage",), "address"),
    (("tool",), "address"),  # its slug, by which pipelines name it
    (("status",), "status"),
    (("provenance",), "provenance"),
)


def area_of(path: Path) -> str:
    """Return the area of a place in a manifest."""
    for begins, area in AREAS:
        if len(path) >= len(begins) and all(one in {ANY, part} for one, part in zip(begins, path, strict=False)):
            return area
    return "text"
