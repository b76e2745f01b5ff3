"""`aicatalog show`: one tool, or what to paste to wire it in."""

from __future__ import annotations

import sys

import click

from aicatalog.cli import completing, options, printing
from aicatalog.errors import NotFound
from aicatalog.shapes import Interface, Plan, Snippet, Tool
from aicatalog.source import Source

INTERFACE = ("url", "base_url", "package", "registry", "image", "install", "openapi", "docs")


@click.command(short_help="Show one tool, or a snippet that wires it in.")
@click.argument("slug", shell_complete=completing.slugs)
@click.option(
    "--snippet",
    metavar="CONSUMER",
    help="Print what to paste for curl, langchain, vscode …; “list” names all.",
    shell_complete=completing.values_of("snippet"),
)
@click.option("--interface", metavar="ID", help="The interface that the snippet shall reach.")
@options.catalog
def command(
    slug: str, snippet: str | None, interface: str | None, where: str | None, key: str | None, as_json: bool
) -> None:
    """Show the tool SLUG: what it costs, how programs reach it, whether it answers.

    With --snippet only the snippet is printed, so that it can go into a file:

    \b
    aicatalog show deepseek --snippet python-httpx > call.py
    """
    if interface and not snippet:
        raise click.UsageError("“--interface” chooses among snippets; give “--snippet” too.")
    with options.opened(where, key) as catalog:
        if snippet:
            _snippet(catalog, slug, snippet, interface or "", as_json)
            return
        tool = catalog.tool(slug)
        if as_json:
            printing.as_json(tool)
            return
        show(tool)
        if catalog.exported_at:
            printing.told(f"From the export of {catalog.exported_at}; it does not know what answers now.")


def show(tool: Tool) -> None:
    """Print all that is known of a tool."""
    printing.out(printing.style(printing.clean(tool["name"]), "bold"))
    printing.out(printing.wrapped(tool["tagline"]))
    printing.out()
    printing.out(printing.wrapped(tool["description"]))
    printing.out()
    printing.fields(facts_of(tool))
    if tool["plans"]:
        printing.heading("Prices")
        printing.fields([(printing.cut(printing.clean(one["name"]), 24), _plan(one)) for one in tool["plans"]], "  ")
    if tool["interfaces"]:
        printing.heading("Interfaces")
        for one in tool["interfaces"]:
            printing.out(f"  {printing.style(printing.clean(one['id']), 'bold')}")
            printing.fields(_interface(one), "    ")
    if links := [(name, address) for name, address in tool["links"].items() if address]:
        printing.heading("Links")
        printing.fields(links, "  ")


def facts_of(tool: Tool) -> list[tuple[str, str]]:
    """Return what is said of a tool, by name; "" for what is not known."""
    standing = tool["verification"]
    level = f"{standing['level']} {standing['name']}" if standing["level"] is not None else ""
    away = "" if standing["away"] in {"no", "unknown"} else standing["away"]
    return [
        ("Slug", tool["slug"]),
        ("Vendor", tool["vendor"] or ""),
        ("Kind", tool["kind"].replace("_", " ")),
        ("Category", ", ".join([tool["category"], *tool["also_in"]])),
        ("Price", printing.price(tool["pricing"])),
        ("Charged by", ", ".join(tool["pricing"]["model"])),
        ("Source", tool["pricing"]["source"].replace("_", " ")),
        ("Licence", tool["licence"] or ""),
        ("Launched", tool["launched"] or ""),
        ("Platforms", ", ".join(tool["platforms"])),
        ("Input", ", ".join(tool["input"])),
        ("Output", ", ".join(tool["output"])),
        ("API", tool["has_api"]),
        ("MCP", tool["has_mcp"]),
        ("Self-hosted", tool["self_hosted"]),
        ("Level", level),
        ("Last seen", "" if standing["seen"] == "unknown" else standing["seen"].replace("_", " ")),
        ("Away", away),
        ("Status", tool["status"]),
        ("Tags", ", ".join(tool["tags"])),
        ("Homepage", tool["homepage"]),
        ("Page", tool["url"]),
    ]


def _plan(plan: Plan) -> str:
    per = {"unit": f"per {plan['unit'] or 'unit'}", "once": "once"}.get(plan["period"], f"per {plan['period']}")
    old = ", may be out of date" if plan["stale"] else ""
    return f"{plan['amount']} {plan['currency']} {per} (seen {plan['seen_on']}{old})"


def _interface(one: Interface) -> list[tuple[str, str]]:
    works = one["works"]
    since = f" since {works['since']}" if works["since"] else ""
    auth = one["auth"] or "not known"
    known = [(name.replace("_", " "), str(one[name] or "")) for name in INTERFACE]  # type: ignore[literal-required]
    return [*known, ("signs in", auth), ("variable", one["env"] or ""), ("now", works["state"] + since)]


def _snippet(catalog: Source, slug: str, consumer: str, interface: str, as_json: bool) -> None:
    listing = consumer == "list"
    found = catalog.snippets(slug, "" if listing else consumer, interface)
    if as_json:
        printing.as_json(found)
        return
    if listing and found["results"]:
        _list(found["results"])
        return
    if not found["results"]:
        there = [] if listing else sorted({one["consumer"] for one in catalog.snippets(slug)["results"]})
        told = f"There are: {', '.join(there)}." if there else "There is none for it: no interface of it is known."
        raise NotFound(f"“{slug}” has no snippet{'' if listing else f' for {consumer}'}.", told)
    one, *others = found["results"]
    printing.out(printing.clean_lines(one["code"]).rstrip("\n"))
    notes = [*(f"Set {name}." for name in one["inputs"]), *one["notes"]]
    if others:
        ids = ", ".join(other["interface"] for other in others)
        notes.append(f"It reaches the interface {one['interface']}; there are also: {ids} (--interface).")
    for note in notes:
        printing.hint(printing.wrapped(f"# {note}", most=None if sys.stderr.isatty() else 10_000))


def _list(snippets: list[Snippet]) -> None:
    """Print which snippets there are."""
    left = max((len(one["consumer"]) for one in snippets), default=0) + 2
    for one in snippets:
        printing.out(printing.clean(f"{one['consumer']:{left}}{one['title']} ({one['interface']})"))
