"""`manage.py submit FILE --account EMAIL`: make a draft of a record as JSON; with --send, hand it in."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from core.site import absolute
from submissions import services, upload
from submissions.flow import steps
from submissions.models import State, Submission

WRONG_RECORD, BAD_USAGE, STOPPED = 1, 2, 130
UNDER_WAY = {State.SUBMITTED, State.CHECKING}


def pause() -> None:
    """Wait between two looks at the submission."""
    sleep(0.5)


class Command(BaseCommand):
    """Submit a tool from a file."""

    help = (
        "Make a draft of a record as JSON (see /submit/upload/). With --send, send it; with --wait as well, wait until "
        "its checks are through. Exit code: 0 the draft is there (with --send: it is sent; with --wait: its checks "
        "passed), 1 the record is not complete, could not be sent, or its checks failed, 2 no such file or account, or "
        "the file is no record, 130 stopped waiting with Ctrl-C."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the file and the options."""
        parser.add_argument("file", help="a record as JSON; - reads it from the standard input")
        parser.add_argument("--account", required=True, metavar="EMAIL", help="whose submission it is")
        parser.add_argument("--send", action="store_true", help="send it when nothing is wrong with it")
        parser.add_argument("--wait", action="store_true", help="with --send: wait until its checks have ended")
        parser.add_argument(
            "--json", action="store_true", help="print what came of it as JSON (progress goes to stderr)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["wait"] and not options["send"]:
            raise CommandError("--wait waits for checks, which begin with --send.", returncode=BAD_USAGE)
        self.out = self.stderr if options["json"] else self.stdout
        self.out.style_func = None  # progress on stderr is no error
        self.begun = monotonic()
        made = self._draft(options["file"], options["account"])
        wrong = steps.told(services.problems(made.record))
        for sentence in wrong.values():
            self._say(sentence)
        twice = upload.listed_already(made.record)
        if twice:
            self._say(f"{twice} Nothing is sent.")
        code = 0
        if options["send"]:
            code = WRONG_RECORD if wrong or twice else self._send(made, wait=options["wait"])
        if wrong:
            self._say("Mend this in the form, or in the file and submit it again." if options["send"] else
                      "This has to be mended before it can be sent.")  # fmt: skip
        if options["json"]:
            told = {"key": made.key, "state": made.state, "problems": wrong, "url": absolute(made.get_absolute_url())}
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        if code:
            raise SystemExit(code)

    def _say(self, words: str) -> None:
        self.out.write(f"{monotonic() - self.begun:6.1f} s  {words}")
        self.out.flush()

    def _draft(self, file: str, email: str) -> Submission:
        account = User.objects.filter(email__iexact=email, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no account {email}. Sign up at /account/sign-up/.", returncode=BAD_USAGE)
        try:
            if file == "-":
                data = sys.stdin.buffer.read(upload.MOST_BYTES + 1)
            else:
                with Path(file).open("rb") as opened:
                    data = opened.read(upload.MOST_BYTES + 1)
            made = services.begin(by=account, record=upload.read(data))
        except OSError as error:
            raise CommandError(f"{file} could not be read: {error.strerror}.", returncode=BAD_USAGE) from error
        except (upload.BadFile, services.Refused) as error:
            raise CommandError(f"{file}: {error} Nothing was stored.", returncode=BAD_USAGE) from error
        self._say(f"Draft made: {absolute(made.get_absolute_url())}")
        return made

    def _send(self, made: Submission, *, wait: bool) -> int:
        try:
            services.send(made, by=made.submitter)
        except (services.Incomplete, services.Refused) as error:
            self._say(f"Not sent: {error}")
            return WRONG_RECORD
        made.refresh_from_db()
        self._say(f"Sent. It is “{made.get_state_display().lower()}” now.")
        return self._wait(made) if wait else 0

    def _wait(self, made: Submission) -> int:
        done = -1
        try:
            while made.state in UNDER_WAY:
                revision = made.revisions.select_related("run").first()
                run = revision.run if revision else None
                now = run.steps.filter(state="done").count() if run else 0
                if run and now != done:
                    self._say(f"{now} of {run.steps.count()} steps are done.")
                    done = now
                pause()
                made.refresh_from_db()
        except KeyboardInterrupt:
            self.out.write("\nStopped waiting. The checks go on.")
            raise SystemExit(STOPPED) from None
        last = made.moves.select_related("decision").first()
        sentence = last.decision.sentence if last and last.decision else ""
        self._say(f"{made.get_state_display()}. {sentence}".strip())
        return WRONG_RECORD if made.state == State.CHANGES_REQUESTED else 0
