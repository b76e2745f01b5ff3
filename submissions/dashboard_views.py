"""The dashboard: one's own tools, how they stand, how far they reach, and what can be done about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tool
from catalog.pages import number_of
from core import clients
from core.limited import limited, writes
from submissions import dashboard, limits, reach_shown, replying
from submissions import maintenance as announcing
from submissions.guards import portal
from submissions.models import Reply
from submissions.owner_forms import MaintenanceForm, ReplyForm
from submissions.owner_guards import spoken_for
from submissions.services import Refused
from verification import services as verification
from verification.models import Incident, MaintenanceWindow, Run, StepResult
from verification.templatetags.verification_ui import snippets

PERIODS = {"30": 30, "90": 90, "365": 365}
NOTHING = "There is no such incident or verdict of this tool, or it cannot be answered."


@portal("GET", limit=limits.OWNERS)
def tools(request: HttpRequest) -> HttpResponse:
    """List the tools that who is signed in speaks for."""
    context = {"mine": dashboard.my_tools(request.user), "away": dashboard.away(request.user)}
    return render(request, "submissions/owners/tools.html", context)


@portal("GET", limit=limits.OWNERS)
def tool(request: HttpRequest, slug: str) -> HttpResponse:
    """One tool of one's own, with all that can be done."""
    return _page(request, spoken_for(request, slug))


def _page(request: HttpRequest, found: Tool, *, form: MaintenanceForm | None = None) -> HttpResponse:
    asked = request.GET.get("days", "90")
    if asked not in PERIODS:
        raise BadRequest(f"“days” is one of {', '.join(PERIODS)}.")
    today = timezone.now().astimezone(dt.UTC).date()
    context = {
        "tool": found,
        "mine": dashboard.overview(request.user, found),
        **reach_shown.context(found, PERIODS[asked], today),
        "days": asked,
        "periods": PERIODS,
        "badge": snippets(found),
        "form": form or MaintenanceForm(),
    }
    status = 400 if form is not None and form.errors else 200
    return render(request, "submissions/owners/tool.html", context, status=status)


@portal("POST", limit=limits.OWNERS)
@limited(limits.RERUN, by=clients.who)
def rerun(request: HttpRequest, slug: str) -> HttpResponse:
    """Run all checks of a tool again, now."""
    found = spoken_for(request, slug)
    try:
        run, is_new = verification.start_run(tool=found, trigger=Run.Trigger.OWNER, by=request.user)
    except LookupError as error:
        messages.error(request, str(error))
        return redirect("submissions:portal_tool", found.slug)
    if not is_new:
        messages.info(request, "A run was under way already, so none was begun. This is the one.")
    return redirect("verification:run", slug=found.slug, run=run.pk)


def _about(request: HttpRequest, found: Tool) -> tuple[str, Incident | StepResult]:
    """Return what a reply is about, and as what an address names it: "incident" or "result". Raises Http404."""
    asked = request.POST if request.method == "POST" else request.GET
    about: Incident | StepResult | None = None
    for name in ("incident", "result"):
        if pk := number_of(asked.get(name, "")):
            if name == "incident":
                about = Incident.objects.filter(endpoint__tool=found, pk=pk).select_related("endpoint").first()
            else:
                about = StepResult.objects.filter(replying.answerable(found), pk=pk).first()
            if about is not None:
                return name, about
    raise Http404(NOTHING)


@portal("GET", "POST", limit=limits.OWNERS)
@limited(limits.REPLY, by=clients.who, when=writes)
def reply(request: HttpRequest, slug: str) -> HttpResponse:
    """Answer an incident or a negative verdict in public, or take an answer back."""
    found = spoken_for(request, slug)
    name, about = _about(request, found)
    standing = Reply.objects.shown().filter(**{name: about}).first()
    form = ReplyForm(
        request.POST if request.method == "POST" else None, initial={"text": standing.text if standing else ""}
    )
    if request.method == "POST":
        does = _take_back(standing, request) if "take_back" in request.POST else _post(form, found, about, request)
        if does is not None:
            try:
                does()
            except Refused as refused:
                messages.error(request, str(refused))
            return redirect(f"{reverse('submissions:portal_tool', args=[found.slug])}#answers")
    context = {"tool": found, "name": name, "about": about, "form": form, "standing": standing}
    return render(request, "submissions/owners/reply.html", context, status=400 if form.errors else 200)


def _post(
    form: ReplyForm, found: Tool, about: Incident | StepResult, request: HttpRequest
) -> Callable[[], object] | None:
    if not form.is_valid():
        return None
    text = form.cleaned_data["text"]
    return lambda: replying.reply(found, about=about, text=text, by=request.user)


def _take_back(standing: Reply | None, request: HttpRequest) -> Callable[[], object] | None:
    if standing is None:
        raise Http404(NOTHING)
    return lambda: replying.take_back(standing, by=request.user)


@portal("POST", limit=limits.OWNERS)
def maintenance(request: HttpRequest, slug: str) -> HttpResponse:
    """Announce that a tool may be away, or take such an announcement back."""
    found = spoken_for(request, slug)
    here = f"{reverse('submissions:portal_tool', args=[found.slug])}#maintenance"
    if "take_back" in request.POST:
        rows = MaintenanceWindow.objects.filter(tool=found, ends_at__gt=timezone.now()).select_related("tool")
        window = rows.filter(pk=number_of(request.POST["take_back"])).first()
        if window is None:
            raise Http404("There is no such announcement, or it is over.")
        announcing.take_back(window, by=request.user)
        messages.success(request, "The announcement was taken back.")
        return redirect(here)
    form = MaintenanceForm(request.POST)
    if form.is_valid():
        begins, ends = form.span
        try:
            announcing.announce(
                found, starts_at=begins, ends_at=ends, reason=form.cleaned_data["reason"], by=request.user
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Announced on the page of the tool. What fails then is not counted.")
            return redirect(here)
    return _page(request, found, form=form)
