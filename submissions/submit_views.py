"""Pages of people who submit."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from core.readonly import read_only
from submissions.models import Submission

NO_SUBMISSION = "There is no such submission, or it is not yours."


@read_only
@login_required
@never_cache
def submission(request: HttpRequest, key: str) -> HttpResponse:
    """One submission: where it stands, every step with its reasons, what can be done next."""
    found = Submission.objects.visible_to(request.user).filter(key=key).first()
    if found is None:
        raise Http404(NO_SUBMISSION)
    return render(request, "submissions/submission.html", {"submission": found, "moves": found.moves.all()})
