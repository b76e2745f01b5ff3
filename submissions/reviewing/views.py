"""The queue and its items."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from catalog.pages import number_of, numbered
from core import audit
from submissions import checking, services, times
from submissions.models import Affiliation, Appeal, Decision, Report, State, Submission
from submissions.moving import Overtaken
from submissions.publishing import NotPublishable
from submissions.reviewing import evidence, queue
from submissions.reviewing.forms import AffiliationForm, DecisionForm, SecondForm
from submissions.reviewing.guards import reviewing
from submissions.reviewing.phrases import PHRASES
from submissions.rules import RULES
from submissions.transitions import NotAllowed

PAGE_SIZE = 50
NO_ITEM = "There is no such submission. It may have been deleted with its account."
REFUSED = (services.Refused, Overtaken, NotAllowed, NotPublishable)
SENT_ANEW = "It was sent anew since you opened this page. This is how it is now; what you typed is still in the form."
DECIDED = {"approve": "was approved", "request_changes": "went back for changes", "reject": "was rejected"}


@reviewing("GET")
def index(request: HttpRequest) -> HttpResponse:
    """The queue: what waits for a reviewer, by risk and age, and everything else that waits."""
    show = request.GET.get("show", "waiting")
    if show not in queue.FILTERS:
        raise BadRequest(f"“show” is one of {', '.join(queue.FILTERS)}.")
    found: Any = {
        "listings": Decision.objects.unconfirmed().select_related("tool", "decided_by"),
        "appeals": Appeal.objects.waiting().select_related("decision__tool", "decision__submission"),
        "reports": Report.objects.waiting().select_related("tool"),
    }.get(show, queue.submissions(show, request.user))
    page: Any = numbered(Paginator(found, PAGE_SIZE), request.GET.get("page", "1"))
    counted = queue.counts(request.user)
    context = {
        "show": show,
        "tabs": [(name, title, counted[name]) for name, title in queue.FILTERS.items()],
        "page": page,
        "rows": queue.rows(list(page), request.user) if show not in {"listings", "appeals", "reports"} else [],
        "expected": _expected(),
        "now": timezone.now(),
    }
    return render(request, "submissions/review/queue.html", context)


def _expected() -> dict[str, Any] | None:
    found = times.expected()
    return found and {"median": times.in_words(found.median), "p90": times.in_words(found.p90), "n": found.n}


@reviewing("GET", "POST")
def item(request: HttpRequest, key: str) -> HttpResponse:
    """One submission with its evidence beside the form; a POST takes it, releases it, checks it anew, or decides."""
    found = Submission.objects.visible_to(request.user).select_related("tool", "shadow", "submitter", "assigned_to")
    submission = found.filter(key=key).first() if "\x00" not in key else None
    if submission is None:
        raise Http404(NO_ITEM)
    if request.method != "POST":
        return _page(request, submission)
    act = {"take": _take, "release": _release, "again": _again, "decide": _decide, "second": _second}
    do = act.get(request.POST.get("do", ""))
    if do is None:
        raise BadRequest("The form does not say what to do.")
    return do(request, submission)


def _page(request: HttpRequest, submission: Submission, *, status: int = 200, **more: Any) -> HttpResponse:
    against, before, possible = evidence.compared_with(submission, request.GET.get("against", ""))
    checks, rows = evidence.checks(submission), evidence.fields(submission, before)
    if request.GET.get("part") == "checks":
        context = {"submission": submission, "checks": checks, "part": True}
        return render(request, "submissions/review/_checks.html", context)
    approval = submission.decisions.filter(action="approve").first() if submission.state == State.APPROVED else None
    context = {
        "submission": submission,
        "against": against,
        "possible": possible,
        "fields": rows,
        "checks": checks,
        "hindrance": evidence.hindrance(submission, request.user),
        "duplicates": evidence.twins(submission),
        "history": evidence.history(submission),
        "moves": submission.moves.select_related("decision", "by"),
        "decisions": submission.decisions.select_related("decided_by", "second_by"),
        "approval": approval,
        "own_approval": approval is not None and approval.decided_by_id == request.user.pk,
        "held": submission.assigned_to_id is not None and not queue.is_long_ago(submission.assigned_at),
        "mine": submission.assigned_to_id == request.user.pk,
        "rules": RULES,
        "phrases": PHRASES,
        "revision": _revision(submission),
        "position": times.position(submission),
        "form": DecisionForm(offered=evidence.offered(checks, rows), initial={"ground": "all-rules"}),
        "second_form": SecondForm(),
        "expected": _expected(),
        **more,
    }
    return render(request, "submissions/review/item.html", context, status=status)


def _take(request: HttpRequest, submission: Submission) -> HttpResponse:
    try:
        services.assign(submission, to=request.user, by=request.user)
    except Overtaken as overtaken:
        messages.error(request, str(overtaken))
    return _back(request, submission)


def _release(request: HttpRequest, submission: Submission) -> HttpResponse:
    try:
        services.assign(submission, to=None, by=request.user)
    except Overtaken as overtaken:
        messages.error(request, str(overtaken))
    return _back(request, submission)


def _back(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Go on where the button was: at that row of the queue, or on the page of the submission."""
    if request.POST.get("from") == "queue":
        asked = {name: request.POST.get(name, "") for name in ("show", "page")}
        shown = {name: value for name, value in asked.items() if value not in {"", "waiting", "1"}}
        return redirect(reverse("submissions:review", query=shown, fragment=submission.key))
    return redirect("submissions:review_item", key=submission.key)


def _again(request: HttpRequest, submission: Submission) -> HttpResponse:
    run = checking.again(submission, by=request.user)
    if run is None:
        messages.info(request, "There is nothing about it that our robot could check.")
    return redirect("submissions:review_item", key=submission.key)


def _decide(request: HttpRequest, submission: Submission) -> HttpResponse:
    _, before, _ = evidence.compared_with(submission, request.GET.get("against", ""))
    checks, rows = evidence.checks(submission), evidence.fields(submission, before)
    form = DecisionForm(request.POST, offered=evidence.offered(checks, rows))
    if not form.is_valid():
        return _page(request, submission, status=400, form=form)
    data = form.cleaned_data
    if request.POST.get("revision", "") != str(_revision(submission)):
        return _overtaken(request, submission, services.Refused(SENT_ANEW), form=form)
    try:
        services.decide(
            submission, action=data["action"], ground=data["ground"], sentence=data["sentence"], by=request.user,
            evidence=evidence.ticked(data["evidence"], checks, rows),
        )  # fmt: skip
    except REFUSED as refused:
        return _overtaken(request, submission, refused, form=form)
    done = f"{submission} {DECIDED[data['action']]}."
    if data["action"] == "approve" and submission.needs_second:
        done = f"{submission} was approved. A second reviewer has to agree before it is listed."
    return _on(request, done)


def _revision(submission: Submission) -> int:
    """Return the number of the revision in review, 0 of none."""
    last = submission.revisions.first()
    return last.number if last else 0


def _second(request: HttpRequest, submission: Submission) -> HttpResponse:
    form = SecondForm(request.POST)
    if not form.is_valid():
        return _page(request, submission, status=400, second_form=form)
    agrees = form.cleaned_data["agrees"] == "yes"
    if submission.state != State.APPROVED:
        return _overtaken(request, submission, NotAllowed("publish", submission.state), second_form=form)
    try:
        services.second(submission, by=request.user, agrees=agrees, sentence=form.cleaned_data["sentence"])
    except REFUSED as refused:
        return _overtaken(request, submission, refused, second_form=form)
    return _on(request, f"{submission} is listed." if agrees else f"{submission} went back to the queue.")


def _overtaken(request: HttpRequest, submission: Submission, why: Exception, **forms: Any) -> HttpResponse:
    """Say why nothing was done, who did what meanwhile, and keep what was typed."""
    submission.refresh_from_db()
    last = submission.moves.select_related("by").first()
    meanwhile = last if last and last.by_id not in {None, request.user.pk} and _is_news(why) else None
    return _page(request, submission, status=409, refused=str(why), meanwhile=meanwhile, **forms)


def _is_news(why: Exception) -> bool:
    return isinstance(why, (Overtaken, NotAllowed))


def _on(request: HttpRequest, done: str) -> HttpResponse:
    """Go to the next one that this reviewer may decide, or to the queue when there is none."""
    following = queue.next_for(request.user)
    if following is None:
        messages.success(request, f"{done} Nothing else waits for you.")
        return redirect("submissions:review")
    messages.success(request, f"{done} This is the next one.")
    return redirect("submissions:review_item", key=following.key)


@transaction.atomic
def _declare(domain: str, by: Any) -> None:
    row, is_new = Affiliation.objects.get_or_create(user=by, domain=domain)
    if is_new:
        audit.record(actor=by, action="affiliation.declared", obj=row, detail={"domain": row.domain})


@transaction.atomic
def _drop(row: Affiliation | None, by: Any) -> None:
    """Forget for whom a reviewer works; that they said so stays in the audit log, beside what they decide then."""
    if row is not None:
        audit.record(actor=by, action="affiliation.dropped", obj=row, detail={"domain": row.domain})
        row.delete()


@reviewing("GET", "POST")
def affiliations(request: HttpRequest) -> HttpResponse:
    """The domains whose companies a reviewer works for: they decide nothing about their tools."""
    form = AffiliationForm(request.POST if request.method == "POST" and "drop" not in request.POST else None)
    user: Any = request.user
    mine = Affiliation.objects.filter(user=user)
    if request.method == "POST":
        number = request.POST.get("drop", "")
        if number:
            _drop(mine.filter(pk=number_of(number)).first(), user)
            return redirect("submissions:affiliations")
        if form.is_valid():
            _declare(form.cleaned_data["domain"], user)
            return redirect("submissions:affiliations")
    context = {"form": form, "mine": mine}
    return render(request, "submissions/review/affiliations.html", context, status=400 if form.errors else 200)
