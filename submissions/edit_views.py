"""The steps of a draft, one page each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from catalog import logos
from core.kept_forms import typed
from core.readonly import read_only
from submissions import checking, limits, services, shown
from submissions.flow import finding, reading, saving, steps
from submissions.flow.steps import Step
from submissions.flow.words import difference
from submissions.guards import portal
from submissions.models import Submission, SubmissionLogo
from submissions.moving import Overtaken
from submissions.publishing import NotPublishable
from submissions.transitions import NotAllowed
from verification.models import Run
from verification.views import shown_run

SENT = "It was sent already, so it cannot be changed here just now."


@portal("GET", "POST", fills=True)
def edit(request: HttpRequest, key: str, step: str) -> HttpResponse:
    """One step of a draft."""
    submission, found = finding.mine(request.user, key), steps.BY_KEY.get(step)
    if found is None:
        raise Http404("There is no such step.")
    if not submission.is_with_submitter and request.method != "POST":
        messages.info(request, SENT)
        return redirect(submission)
    if not found.fields:
        return SPECIAL[found.key](request, submission, found)
    if request.method == "POST":
        return _save(request, submission, found)
    data = typed(request)
    page = saving.page(found, submission.record, data)
    if request.GET.get("add") == found.rows == "plans" and page.rows and page.rows.count < 20:
        page.rows.add_blank()
    context = finding.asked(submission, page, data, look="look" in request.GET)
    return render(request, "submissions/steps/asking.html", context)


def _save(request: HttpRequest, submission: Submission, step: Step) -> HttpResponse:
    data, quiet = request.POST, request.headers.get("HX-Request") == "true"
    try:
        saved, page = saving.save(submission, step, data, by=request.user)
    except Overtaken as error:
        if quiet:
            return HttpResponse(f"Not saved: {error}")
        context = finding.asked(submission, saving.page(step, submission.record, data), data) | {"gone": str(error)}
        return render(request, "submissions/steps/asking.html", context, status=409)
    if quiet:
        context = {
            "clash": page.clash,
            "unclean": [] if page.clash else page.unclean(),
            "was": steps.mark_of(saved.record, step),
            "now": timezone.now(),
        }
        return render(request, "submissions/steps/_saved.html", context)
    if page.clash or not page.clean:
        context = finding.asked(saved, page, data)
        return render(request, "submissions/steps/asking.html", context, status=409 if page.clash else 200)
    return redirect(_onward(saved, step, data))


def _onward(saved: Submission, step: Step, data: Any) -> str:
    """Return the page after a save: the same one for its rows and while something is wrong, else the next."""
    if data.get("add") == "plans":
        return f"{saved.step_url(step.key)}?add=plans#rows"
    if {"add", "remove", "use"} & data.keys():
        return f"{saved.step_url(step.key)}#rows" if "use" not in data else saved.step_url(step.key)
    if "stay" in data:
        return saved.step_url(step.key)
    if "later" not in data and steps.told(services.problems(saved.record), step):
        return f"{saved.step_url(step.key)}?look=1"
    return saved.step_url(steps.after(step).key)


def checks(request: HttpRequest, submission: Submission, step: Step) -> HttpResponse:
    """The self-check: begin it, and watch it."""
    if request.method == "POST":
        return _check(request, submission)
    run = None
    if submission.shadow_id:
        runs = Run.objects.full().filter(tool=submission.shadow_id).select_related("tool")
        run = runs.newest_first().first()
    context: dict[str, Any] = finding.frame(submission, step) | {"checked": run}
    if run is not None:
        context |= shown_run(run)
        context |= {"failed": checking.failed(run) if run.state == Run.State.FINISHED else []}
        context |= {"stale": not checking.is_checked_as_it_is(submission)}
    if request.GET.get("part") == "outcome":
        return render(request, "submissions/steps/_outcome.html", context)
    return render(request, "submissions/steps/checks.html", context)


def _check(request: HttpRequest, submission: Submission) -> HttpResponse:
    if not services.problems(submission.record):
        try:
            if checking.self_check(submission, by=request.user) is None:
                messages.info(request, "There is nothing about it that our robot could check.")
        except Overtaken:
            messages.info(request, SENT)
            return redirect(submission)
    else:
        messages.error(request, "Some answers are missing or wrong, so there is nothing whole to check yet.")
    return redirect(submission.step_url("checks"))


def ownership(request: HttpRequest, submission: Submission, step: Step) -> HttpResponse:
    """What a proof of ownership is good for, and the way to it."""
    if request.method == "POST":
        return redirect(submission.step_url("send"))
    context = finding.frame(submission, step) | {"owner": services.speaks(submission, request.user)}
    return render(request, "submissions/steps/ownership.html", context)


def send(request: HttpRequest, submission: Submission, step: Step) -> HttpResponse:
    """The summary, and the button that sends it."""
    if request.method == "POST":
        return _send(request, submission)
    context = finding.frame(submission, step) | {
        "rows": difference(submission.base, submission.record),
        "expected_words": shown.expected_in_words(),
        "why": services.why_reviewed(submission, request.user),
    }
    return render(request, "submissions/steps/send.html", context)


def _send(request: HttpRequest, submission: Submission) -> HttpResponse:
    try:
        sent = services.send(submission, by=request.user)
    except services.Incomplete as error:
        messages.error(request, f"{error} Nothing was sent.")
    except (services.Refused, NotPublishable) as error:
        messages.error(request, str(error))
    except (NotAllowed, Overtaken):  # pressed twice, or in two windows: the first one counts
        messages.info(request, SENT)
        return redirect(submission)
    else:
        messages.success(request, "It is published." if sent.state == "published" else "It is sent. You hear from us.")
        return redirect(sent)
    return redirect(submission.step_url("send"))


@portal("POST", limit=limits.CHECK)
def logo(request: HttpRequest, key: str) -> HttpResponse:
    """Take a file as the logo, or take the proposed one away."""
    submission = finding.mine(request.user, key)
    file = request.FILES.get("logo")
    if not submission.is_with_submitter:
        messages.info(request, SENT)
        return redirect(submission)
    if "remove" in request.POST:
        SubmissionLogo.objects.filter(submission=submission).delete()
        messages.success(request, "The logo is taken out. Two letters of the name stand in its place.")
    elif file is None:
        messages.error(request, "No file came with this. Choose a picture first.")
    elif file.size is None or file.size > logos.MOST_BYTES:
        messages.error(request, "The file is larger than 1 MB. Save it smaller, such as 512 by 512 pixels as PNG.")
    else:
        try:
            reading.keep_logo(submission, logos.accept(file.read()))
        except logos.RefusedLogo as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The logo is kept, drawn anew at 256 by 256 pixels.")
    return redirect(f"{submission.step_url('what')}#logo")


@read_only
@login_required
@never_cache
def logo_picture(request: HttpRequest, key: str) -> HttpResponse:
    """The logo that a submission proposes."""
    found = SubmissionLogo.objects.filter(
        submission__in=Submission.objects.visible_to(request.user).filter(key=key)
    ).first()  # fmt: skip
    if found is None:
        raise Http404("This submission proposes no logo.")
    response = HttpResponse(bytes(found.large), content_type="image/png")
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


SPECIAL = {"checks": checks, "ownership": ownership, "send": send}
