"""`manage.py published SLUG|URL`: what a vendor publishes about a tool, beside what the listing says."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from catalog.models import Tool
from catalog.records import Record, record_of, with_record_rows
from verification.contract import Listing
from verification.domains import host_of
from verification.listing import listing_of
from verification.polite import PoliteGate
from verification.published import crawl, record, services, shown
from verification.published.crawl import SOURCES, Crawl, Look
from verification.published.proposal import FLAGS, Proposal

EMPTY: Record = {"pricing": {}}
BAD_USAGE = 2


class Command(BaseCommand):
    """Look at the sources of one tool, or of an address that is not listed yet, and print a diff."""

    help = (
        "Read what a vendor publishes (AI catalog, server.json, agent card, OpenAPI, llms.txt, JSON-LD, page with "
        "prices) and print what differs from the listing. Nothing is written without --propose; with it an editor "
        "finds the proposals in the admin. Exit code: 0, or 2 for a tool that does not exist."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the tool and the options."""
        parser.add_argument("what", metavar="SLUG|URL", help="a listed tool, or the home page of one that is not")
        parser.add_argument("--json", action="store_true", help="print one object (progress goes to stderr)")
        parser.add_argument("--propose", action="store_true", help="keep the proposals for an editor to decide on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        tool, listing = self._what(options["what"])
        if options["propose"] and tool is None:
            raise CommandError("Only a listed tool has proposals. Leave --propose out.", returncode=BAD_USAGE)
        out = self.stderr if options["json"] else self.stdout
        out.style_func = None  # progress on stderr is no error
        found = Crawl(listing.homepage)
        for look in crawl.steps(listing, gate=PoliteGate(asked_for=True)):
            found.looks.append(look)
            _progress(out, look)
        listed = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk)) if tool else EMPTY
        rows = [(one, record.current(listed, one.field, one.value)) for one in found.proposals]
        new = [(one, now) for one, now in rows if not record.same(one.field, now, one.value)]
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(tool, found, new), ensure_ascii=False, indent=2))
        else:
            for one, now in new:
                self._print(one, now)
            self.stdout.write(f"{len(new)} proposed, {len(rows) - len(new)} as the listing says.")
        if options["propose"] and tool is not None:
            kept = services.keep(tool, found)
            out.write(f"{kept.opened} new proposals, {kept.refreshed} seen again, {kept.superseded} no longer there. "
                      "An editor decides on them in the admin, under Proposed facts.")  # fmt: skip

    def _what(self, what: str) -> tuple[Tool | None, Listing]:
        if "://" in what:
            return None, Listing("", host_of(what), what)
        tool = Tool.objects.filter(slug=what).first()
        if tool is None:
            raise CommandError(f"There is no tool “{what}”. Give a slug, or an address with https://.",
                               returncode=BAD_USAGE)  # fmt: skip
        return tool, listing_of(tool)

    def _print(self, one: Proposal, now: Any) -> None:
        self.stdout.write(f"\n{shown.label(one.field)}")
        for line in shown.diff(one.field, now, one.value):
            self.stdout.write(f"  {line}")
        self.stdout.write(f"    {SOURCES[one.source_kind]}, {one.source_url}, {one.at:%Y-%m-%d}: “{one.quote}”")
        for flag in one.flags:
            self.stdout.write(f"    {FLAGS[flag]}")


def _progress(out: OutputWrapper, look: Look) -> None:
    said = look.nothing or f"{len(look.proposals)} values"
    out.write(f"{SOURCES[look.kind]:<32} {said}")
    out.flush()


def _as_json(tool: Tool | None, found: Crawl, new: list[tuple[Proposal, Any]]) -> dict[str, Any]:
    return {
        "tool": tool.slug if tool else None,
        "homepage": found.homepage,
        "requests": sum(len(one.answer.hops) for one in found.exchanges),
        "sources": [{"kind": one.kind, "url": one.url, "nothing": one.nothing} for one in found.looks],
        "proposals": [
            {"field": one.field, "current": now, "value": one.value, "source": one.source_kind, "url": one.source_url,
             "quote": one.quote, "seen_at": one.at.isoformat(timespec="seconds"), "flags": list(one.flags)}
            for one, now in new
        ],
    }  # fmt: skip
