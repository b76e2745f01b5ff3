"""Listed tools, appeals and reports: what reviewers decide besides submissions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from catalog.models import Tool
from submissions import appeals, listings, reports
from submissions.models import Appeal, Decision, Report
from submissions.reviewing.forms import AppealDecisionForm, ListingForm, ReportDecisionForm, SecondForm
from submissions.reviewing.guards import reviewing
from submissions.reviewing.phrases import PHRASES
from submissions.rules import RULES
from submissions.services import Refused

ACTIONS = {
    "suspend": "Suspend: out of the lists at once, for now",
    "archive": "Archive: out of the lists for good, once a second reviewer agrees",
    "reinstate": "Reinstate: list it again",
}
WORDS = {"rules": RULES, "phrases": PHRASES}


@reviewing("GET", "POST")
def listing(request: HttpRequest, slug: str) -> HttpResponse:
    """Suspend, archive or reinstate a listed tool."""
    tool = Tool.objects.exclude(status="draft").select_related("category").filter(slug=slug).first()
    if tool is None:
        raise Http404(f"No tool is or was listed as “{slug}”.")
    held = listings.in_force(tool)
    possible = _possible(tool, held)
    form = ListingForm(
        request.POST if request.method == "POST" else None, actions=[(one, ACTIONS[one]) for one in possible]
    )
    refused = ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        seen = [{"label": data["evidence"][:300], "url": data["evidence"]}] if data["evidence"] else []
        try:
            act: Any = {"suspend": listings.suspend, "archive": listings.archive, "reinstate": listings.reinstate}
            act[data["action"]](tool, by=request.user, ground=data["ground"], sentence=data["sentence"], evidence=seen)
            messages.success(request, f"{tool}: decided. Its owners are told what takes effect.")
            return redirect("submissions:review_listing", slug=tool.slug)
        except Refused as error:
            refused = str(error)
            tool.refresh_from_db()
            held = listings.in_force(tool)
    context = WORDS | {
        "tool": tool, "held": held, "proposed": listings.proposed(tool), "form": form, "refused": refused,
        "possible": possible, "hindrance": listings.conflict(request.user, tool),
        "decisions": Decision.objects.of_listing().filter(tool=tool).select_related("decided_by", "second_by"),
        "reports": Report.objects.waiting().filter(tool=tool),
    }  # fmt: skip
    status = 409 if refused else 400 if form.errors else 200
    return render(request, "submissions/review/listing.html", context, status=status)


def _possible(tool: Tool, held: Decision | None) -> list[str]:
    if tool.is_listed:
        return ["suspend", "archive"]
    if held is None:
        return []
    return ["reinstate", "archive"] if held.action == "suspend" else ["reinstate"]


@reviewing("GET", "POST")
def confirmation(request: HttpRequest, key: str) -> HttpResponse:
    """Let a second reviewer agree with a suspension or an archiving, or not."""
    found = Decision.objects.of_listing().filter(confirm_by__isnull=False)
    decision = found.select_related("tool", "decided_by", "second_by").filter(key=key).first()
    if decision is None or decision.tool is None:
        raise Http404("There is no such decision to confirm.")
    form, refused = SecondForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["agrees"] == "yes":
                listings.confirm(decision, by=request.user)
            else:
                listings.refuse(decision, by=request.user, sentence=form.cleaned_data["sentence"])
            messages.success(request, f"{decision.tool}: your answer is kept.")
            return redirect("submissions:review_listing", slug=decision.tool.slug)
        except Refused as error:
            refused = str(error)
            decision.refresh_from_db()
    hindrance = listings.conflict(request.user, decision.tool)
    if not hindrance and decision.decided_by_id == request.user.pk:
        hindrance = "You decided this yourself: somebody else has to agree."
    context = {"decision": decision, "tool": decision.tool, "form": form, "refused": refused, "hindrance": hindrance,
               "rule": RULES.get(decision.ground)}  # fmt: skip
    status = 409 if refused else 400 if form.errors else 200
    return render(request, "submissions/review/confirmation.html", context, status=status)


@reviewing("GET", "POST")
def appeal(request: HttpRequest, key: str) -> HttpResponse:
    """Decide about an appeal."""
    rows = Appeal.objects.select_related("decision__tool", "decision__submission", "decision__report__tool", "by")
    found = rows.filter(decision__key=key).first()
    if found is None:
        raise Http404("There is no appeal against this decision.")
    form, refused = AppealDecisionForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        overturned = form.cleaned_data["outcome"] == "overturned"
        try:
            appeals.decide(found, by=request.user, overturned=overturned, sentence=form.cleaned_data["sentence"])
            messages.success(request, "The appeal is answered, and who appealed is told.")
            return redirect("/review/?show=appeals")
        except Refused as error:
            refused = str(error)
            found.refresh_from_db()
    context = {
        "appeal": found, "decision": found.decision, "rule": RULES.get(found.decision.ground), "form": form,
        "refused": refused, "hindrance": appeals.conflict(request.user, found),
    }  # fmt: skip
    status = 409 if refused else 400 if form.errors else 200
    return render(request, "submissions/review/appeal.html", context, status=status)


@reviewing("GET", "POST")
def report(request: HttpRequest, key: str) -> HttpResponse:
    """Decide about a report of a visitor."""
    found = Report.objects.visible_to(request.user).select_related("tool", "by").filter(key=key).first()
    if found is None:
        raise Http404("There is no such report.")
    form, refused = ReportDecisionForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            _decide_report(found, form.cleaned_data, request.user)
            messages.success(request, "The report is decided, and whoever sent it is told where they left an address.")
            return redirect("/review/?show=reports")
        except Refused as error:
            refused = str(error)
            found.refresh_from_db()
    context = WORDS | {
        "report": found, "tool": found.tool, "form": form, "refused": refused,
        "hindrance": reports.conflict(request.user, found), "decisions": found.decisions.select_related("decided_by"),
        "others": Report.objects.waiting().filter(tool=found.tool).exclude(pk=found.pk),
    }  # fmt: skip
    status = 409 if refused else 400 if form.errors else 200
    return render(request, "submissions/review/report.html", context, status=status)


def _decide_report(found: Report, data: dict[str, Any], by: Any) -> None:
    if data["action"] == "dismiss":
        reports.dismiss(found, by=by, ground=data["ground"], sentence=data["sentence"])
        return
    to_owner = data["to_owner"] if data["action"] == "suspend" else ""
    reports.follow(found, by=by, ground=data["ground"], sentence=data["sentence"], to_owner=to_owner)
