"""Reading a tool's site in the background, and the draft that comes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog.logos import Picture, RefusedLogo
from catalog.records import Record
from catalog.wording import value_at
from submissions import changes, prefill, services
from submissions.models import Prefill, Submission, SubmissionLogo
from submissions.prefill import Prefilled

State = Prefill.State
LEASE = dt.timedelta(seconds=130)  # longer than the task may run
LATE = dt.timedelta(seconds=20)  # a message that nobody took by then is sent again
TRIES = 3
LOST = (
    "Our reader was stopped several times while it was at this site, so it gave up. You can fill in the form by hand."
)
LINES = 40  # of progress that are kept


def begin(*, by: Any, url: str) -> Prefill:
    """Have a site read for this account; the same address that is being read already is not read twice."""
    same = Prefill.objects.of(by).filter(url=url, state__in=[State.QUEUED, State.RUNNING]).order_by("-id").first()
    if same is not None:
        return same
    made = Prefill.objects.create(by=by, url=url)
    made.refresh_from_db()
    transaction.on_commit(lambda: hint(made.pk), robust=True)
    return made


def hint(pk: int) -> None:
    """Tell a worker. A lost message does no harm: the sweep sends it again."""
    from submissions.tasks import read_site  # noqa: PLC0415 - tasks import this

    read_site.apply_async(args=(pk,), expires=600, retry=False)


def work(pk: int) -> str:
    """Read one site, if it is still to be read and nobody else is at it; return its state afterwards."""
    due = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())
    claimed = Prefill.objects.filter(due, pk=pk, tries__lt=TRIES).update(
        state=State.RUNNING, tries=F("tries") + 1, lease_until=timezone.now() + LEASE
    )
    row = Prefill.objects.select_related("by").filter(pk=pk).first()
    if row is None or not claimed:
        return row.state if row else ""
    tell = _teller(row)
    found = prefill.read(row.url, tell=tell)
    if found.trouble is not None:
        _end(row, State.FAILED, error=f"{found.trouble.sentence} {found.trouble.advice}"[:500])
    else:
        _draft(row, found, _logo(found, tell))
    row.refresh_from_db()
    return row.state


def _logo(found: Prefilled, tell: Callable[[str], None]) -> tuple[Picture, str] | None:
    """Return the first of the two likeliest pictures that can be a logo, and where it was."""
    for candidate in found.logos[:2]:
        tell("Fetching a picture that may be the logo")
        try:
            return prefill.fetch_logo(candidate.url, found.record["homepage"]), candidate.url
        except RefusedLogo:
            continue
    return None


def _teller(row: Prefill) -> Callable[[str], None]:
    lines: list[str] = []

    def tell(sentence: str) -> None:
        lines.append(sentence[:300])
        Prefill.objects.filter(pk=row.pk, tries=row.tries).update(progress=lines[-LINES:])

    return tell


@transaction.atomic
def _draft(row: Prefill, found: Prefilled, logo: tuple[Picture, str] | None) -> None:
    """Begin the draft and end the reading, both or none: who went on by hand meanwhile has a draft already."""
    record = changes.theirs(found.record)
    beside = {name: one for name, one in found.as_json().items() if name not in {"record", "sources", "trouble"}}
    try:
        with transaction.atomic():
            made = services.begin(by=row.by, record=record, sources=with_found(record, found.sources))
            if logo is not None:
                keep_logo(made, logo[0], source=logo[1])
            if not _end(row, State.DONE, submission=made, found=beside):
                made.delete()
    except services.Refused as error:
        _end(row, State.FAILED, error=str(error)[:500])


def keep_logo(submission: Submission, picture: Picture, *, source: str = "") -> None:
    """Let a submission propose this logo."""
    values = {"large": picture.large, "small": picture.small, "source": source[:500], "set_at": Now()}
    SubmissionLogo.objects.update_or_create(submission=submission, defaults=values)


def with_found(record: Record, sources: dict[str, Any]) -> dict[str, Any]:
    """Return sources that also keep what was found, so that what is typed later can be compared with it."""
    return {name: {**source, "found": value_at(record, name)} for name, source in sources.items()}


def _end(row: Prefill, state: str, **values: Any) -> bool:
    mine = Prefill.objects.filter(pk=row.pk, state=State.RUNNING, tries=row.tries)
    return bool(mine.update(state=state, finished_at=Now(), lease_until=None, **values))


@transaction.atomic
def by_hand(row: Prefill) -> Submission:
    """Begin a draft that holds the address only, whether the reading failed or is not waited for."""
    row = Prefill.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.submission is not None:
        return row.submission
    made = services.begin(by=row.by, record={"homepage": row.url})
    state = State.FAILED if row.state == State.FAILED else State.SKIPPED
    Prefill.objects.filter(pk=row.pk).update(state=state, submission=made, finished_at=Now(), lease_until=None)
    return made


def sweep() -> int:
    """Send messages again that nobody took, and give up on what was stopped too often; return how many."""
    stopped = Q(state=State.RUNNING, lease_until__lt=Now())
    given_up = Prefill.objects.filter(stopped, tries__gte=TRIES).update(
        state=State.FAILED, error=LOST, finished_at=Now(), lease_until=None
    )
    late = Q(state=State.QUEUED, created_at__lt=timezone.now() - LATE)
    due = list(Prefill.objects.filter(late | stopped).order_by("created_at", "id").values_list("pk", flat=True)[:100])
    for pk in due:
        hint(pk)
    return given_up + len(due)
