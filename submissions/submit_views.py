"""Pages of people who submit: all of their submissions, and one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from catalog.pages import numbered
from submissions import services, shown
from submissions.flow.words import difference
from submissions.guards import portal
from submissions.models import State, Submission
from submissions.moving import Overtaken
from submissions.transitions import NotAllowed

NO_SUBMISSION = "There is no such submission, or it is not yours."
PAGE_SIZE = 20


@portal("GET")
def portal_page(request: HttpRequest) -> HttpResponse:
    """My submissions, the latest first, with what I have to do next."""
    mine = Submission.objects.of(request.user).select_related("tool").latest_first()
    paginator: Any = Paginator(mine, PAGE_SIZE)
    page: Any = numbered(paginator, request.GET.get("page", "1"))
    rows = shown.rows(list(page))
    waiting = mine.filter(state__in=[State.DRAFT, State.CHANGES_REQUESTED]).count()
    return render(request, "submissions/portal.html", {"page": page, "rows": rows, "waiting": waiting})


@portal("GET", "POST")
def submission(request: HttpRequest, key: str) -> HttpResponse:
    """One submission: where it stands, every step with its reasons, what can be done next."""
    visible = Submission.objects.visible_to(request.user).select_related("tool", "shadow")
    found = visible.filter(key=key).first()
    if found is None:
        raise Http404(NO_SUBMISSION)
    if request.method == "POST":
        return _act(request, found)
    context = shown.page(found, request.user)
    if request.GET.get("part") == "live":
        return render(request, "submissions/_where.html", context)
    context |= {"rows": difference(found.base, found.record)}
    return render(request, "submissions/submission.html", context)


def _withdraw(found: Submission, by: Any) -> str:
    services.withdraw(found, by=by)
    return "It is withdrawn. Nothing of it is public, and you can open it again."


def _reopen(found: Submission, by: Any) -> str:
    services.reopen(found, by=by)
    return "It is a draft again. Change what you want and send it."


def _delete(found: Submission, by: Any) -> str:
    services.discard(found, by=by)
    return "The draft is deleted."


ACTS: dict[str, Callable[[Submission, Any], str]] = {"withdraw": _withdraw, "reopen": _reopen, "delete": _delete}


def _act(request: HttpRequest, found: Submission) -> HttpResponse:
    act = ACTS.get(request.POST.get("act", ""))
    if found.submitter != request.user:
        raise Http404(NO_SUBMISSION)  # reviewers look at it, and decide elsewhere
    if act is None:
        messages.error(request, "Nothing was done: the page named nothing that can be done here.")
        return redirect(found)
    try:
        messages.success(request, act(found, request.user))
    except (services.Refused, NotAllowed, Overtaken) as error:
        messages.error(request, str(error))
        return redirect(found)
    if act is _reopen:
        return redirect(found.step_url("what"))
    return redirect("submissions:portal") if act is _delete else redirect(found)
