"""`manage.py verify SLUG`: begin a run of a tool, and watch it with --wait."""

from __future__ import annotations

import argparse
import difflib
import json
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from catalog.models import Tool
from core.site import absolute
from verification import services, summary
from verification.models import Run, RunStep, StepResult
from verification.run_json import run_json
from verification.templatetags.verification_ui import took

SILENT = 15.0  # seconds without work on a due step after which no worker seems to be there
BAD_USAGE, FAILED, STOPPED = 2, 1, 130


def pause() -> None:
    """Wait between two looks at the run."""
    sleep(0.5)


class Watch:
    """Tells what happens in a run, one line for each thing."""

    def __init__(self, run: Run, out: OutputWrapper) -> None:
        self.run, self.out = run, out
        self.begun = self.moved = monotonic()
        self.told: set[int] = set()
        self.notes: dict[int, str] = {}
        self.warned = False

    def until_finished(self) -> None:
        """Return when the run has ended."""
        while True:
            self.run.refresh_from_db()  # before the results: those of a run that has ended are all there
            self._results()
            if self.run.state == Run.State.FINISHED:
                return
            self._pending()
            pause()

    def say(self, words: str) -> None:
        """Write one line with the time since the watch began."""
        self.out.write(f"{monotonic() - self.begun:6.1f} s  {words}")
        self.out.flush()

    def _results(self) -> None:
        fresh = StepResult.objects.filter(run=self.run).exclude(pk__in=self.told).order_by("pk")
        for one in fresh:
            self.told.add(one.pk)
            self.moved = monotonic()
            spent = took((one.ended_at - one.started_at).total_seconds() * 1_000)
            where = f" [{one.subject}]" if one.subject else ""
            self.say(f"{summary.DRAWN[one.verdict][1]:<15} {one.key:<17} {one.sentence}{where} {spent}")

    def _pending(self) -> None:
        left = list(RunStep.objects.filter(run=self.run).exclude(state=RunStep.State.DONE).order_by("position"))
        for step in left:
            if step.note and self.notes.get(step.pk) != step.note:
                self.say(f"{'…':<15} {step.key:<17} {step.note}")
            self.notes[step.pk] = step.note
        due = [step for step in left if step.state == RunStep.State.QUEUED and step.not_before <= timezone.now()]
        if not due or any(step.state == RunStep.State.RUNNING for step in left):
            self.moved = monotonic()
        elif monotonic() - self.moved > SILENT and not self.warned:
            self.warned = True
            self.say(
                f"Nothing has happened for {SILENT:.0f} s, so no worker seems to be running. The run stays as it is "
                "and goes on when one is: `make run` starts one with the site, `celery -A config worker` one alone."
            )


class Command(BaseCommand):
    """Begin a run; with --wait, watch it and say by the exit code how it went."""

    help = (
        "Verify a tool: begin a run of all its steps (or go to the one under way) and print its address. With --wait, "
        "watch it. Exit code: 0 no step failed (without --wait: the run is there), 1 a step failed, 2 there is no such "
        "tool or nothing to check, or the command was not understood, 130 stopped watching with Ctrl-C."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the slug and the options."""
        parser.add_argument("slug", help="the tool, as in its address: /tools/SLUG/")
        parser.add_argument("--wait", action="store_true", help="watch the run until it ends")
        parser.add_argument("--json", action="store_true", help="print the run as JSON (progress goes to stderr)")
        parser.add_argument("--light", action="store_true", help="the home page and declared endpoints only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        run, began = self._begin(options["slug"], light=options["light"])
        address = absolute(run.get_absolute_url())
        out = self.stderr if options["json"] else self.stdout
        style = out.style_func
        out.style_func = None  # progress on stderr is no error
        out.write(f"Run {run.pk} of {run.tool.slug} {'begun' if began else 'was under way already'}: {address}")
        if options["wait"]:
            self._wait(run, out, address)
        out.style_func = style
        if options["json"]:
            self.stdout.write(json.dumps(run_json(run), ensure_ascii=False, indent=2))
        if options["wait"] and run.counts.get("fail"):
            raise SystemExit(FAILED)

    def _begin(self, slug: str, *, light: bool) -> tuple[Run, bool]:
        tool = Tool.objects.filter(slug=slug).first()
        if tool is None:
            near = difflib.get_close_matches(slug, Tool.objects.order_by("slug").values_list("slug", flat=True), n=1)
            hint = f" Did you mean “{near[0]}”?" if near else " The slug is the last part of its address."
            raise CommandError(f"There is no tool “{slug}”.{hint}", returncode=BAD_USAGE)
        try:
            return services.start_run(tool=tool, trigger=Run.Trigger.COMMAND, light=light)
        except LookupError as error:
            raise CommandError(f"{error} No run was begun.", returncode=BAD_USAGE) from error

    def _wait(self, run: Run, out: OutputWrapper, address: str) -> None:
        try:
            Watch(run, out).until_finished()
        except KeyboardInterrupt:
            out.write(f"\nStopped watching. The run goes on: {address}")
            raise SystemExit(STOPPED) from None
        out.write(f"Ended after {took((run.finished_at - run.created_at).total_seconds() * 1_000)}. "  # type: ignore[operator]
                  f"{summary.in_words(run.counts)}")  # fmt: skip
