"""Reporting a tool, what came of it, the statement of a decision, appeals, the owner's reply."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog import moved
from catalog.models import Tool
from core import clients
from core.limited import limited, limited_all, writes
from core.ratelimit import Ask
from submissions import appeals, reports, review_mails, speakers
from submissions.limits import ANSWER, RECEIPT, REPORT
from submissions.models import Appeal, Decision, Report
from submissions.public.forms import AnswerForm, ReportForm
from submissions.rules import RULES, VERSION
from submissions.services import Refused

NO_DECISION = "There is no such decision, or it does not concern you."


def _asks(request: HttpRequest) -> list[Ask]:
    typed = request.POST.get("email", "").strip().lower()
    return [Ask(REPORT, clients.network(request)), *([Ask(RECEIPT, typed)] if typed else [])]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited_all(_asks, when=writes)
def report(request: HttpRequest, slug: str) -> HttpResponse:
    """The form by which everybody can report a listing, without an account."""
    tool = Tool.objects.listed().filter(slug=slug).first()
    if tool is None:
        return moved.tool(request, slug, "submissions:report_tool")
    known = request.user.email if request.user.is_authenticated else ""
    form = ReportForm(request.POST if request.method == "POST" else None, initial={"email": known})
    if request.method == "POST" and form.is_valid():
        by = request.user if request.user.is_authenticated else None
        made = reports.file(tool, by=by, **form.cleaned_data)
        return redirect(review_mails.notice_path(made))
    status = 400 if form.errors else 200
    return render(request, "submissions/public/report.html", {"tool": tool, "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(ANSWER, when=writes)
def notice(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """What became of a report, for whoever has its address: they sent it. A POST appeals against a refusal."""
    found = Report.objects.select_related("tool").filter(key=key).first()
    if found is None or not _signed(key, token):
        raise Http404("There is no such report. Open the address as it was given to you.")
    decision = found.decisions.order_by("-created_at", "-id").first() if found.decided_at else None
    form, refused = AnswerForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and decision is not None and form.is_valid():
        try:
            appeals.file(decision, by=found.by, text=form.cleaned_data["text"])
            return redirect(request.path)
        except Refused as error:
            refused = str(error)
    context = {
        "report": found, "decision": decision, "form": form, "refused": refused,
        "rule": RULES.get(decision.ground) if decision else None,
        "appeal": Appeal.objects.filter(decision__report=found).first(),
        "appealable": decision is not None and not appeals.hindrance(decision),
    }  # fmt: skip
    response = render(request, "submissions/public/notice.html", context, status=_status(form, refused))
    response.headers["Referrer-Policy"] = "same-origin"  # the address is the key
    return response


def _signed(key: str, token: str) -> bool:
    try:
        return review_mails.SIGNER.unsign(f"{key}:{token}") == key
    except signing.BadSignature:
        return False


def _status(form: Any, refused: str) -> int:
    return 409 if refused else 400 if form.errors else 200


def _decision(request: HttpRequest, key: str) -> Decision:
    """Return a decision that this account may read: reviewers all, others what concerns them. Raises Http404."""
    rows = Decision.objects.select_related("tool", "submission", "report__tool")
    found = rows.filter(key=key).first()
    if found is None or not (
        request.user.has_perm("submissions.view_decision") or appeals.concerns(request.user, found)
    ):
        raise Http404(NO_DECISION)
    return found


def _statement(request: HttpRequest, decision: Decision, form: AnswerForm, refused: str = "") -> HttpResponse:
    context = {
        "decision": decision, "rule": RULES.get(decision.ground), "version": VERSION, "form": form,
        "refused": refused, "appeal": Appeal.objects.filter(decision=decision).first(),
        "appealable": appeals.concerns(request.user, decision) and not appeals.hindrance(decision),
        "hindrance": appeals.hindrance(decision),
    }  # fmt: skip
    return render(request, "submissions/public/decision.html", context, status=_status(form, refused))


@require_http_methods(["GET", "HEAD"])
@login_required
@never_cache
def decision(request: HttpRequest, key: str) -> HttpResponse:
    """The statement of reasons of a decision, for whom it concerns."""
    return _statement(request, _decision(request, key), AnswerForm())


@require_http_methods(["GET", "HEAD", "POST"])
@limited(ANSWER, by=clients.who, when=writes)
@login_required
@never_cache
def appeal(request: HttpRequest, key: str) -> HttpResponse:
    """Appeal against a decision; a GET, as after a sign-in, shows its statement with the form."""
    found = _decision(request, key)
    if request.method != "POST":
        return redirect(found)
    form = AnswerForm(request.POST)
    if not appeals.concerns(request.user, found):
        raise Http404(NO_DECISION)
    if not form.is_valid():
        return _statement(request, found, form)
    try:
        made = appeals.file(found, by=request.user, text=form.cleaned_data["text"])
    except Refused as refused:
        return _statement(request, found, form, str(refused))
    messages.success(request, f"We have your appeal. You have an answer by {made.due_at.day} {made.due_at:%B %Y}.")
    return redirect(found)


@require_http_methods(["GET", "HEAD", "POST"])
@limited(ANSWER, by=clients.who, when=writes)
@login_required
@never_cache
def reply(request: HttpRequest, key: str) -> HttpResponse:
    """A report as who speaks for the tool may read it, without the notifier, and what they say to it."""
    found = Report.objects.select_related("tool").filter(key=key).first()
    if found is None or not speakers.speaks_for(request.user, found.tool):
        raise Http404("There is no such report, or it is not about a tool that you speak for.")
    form, refused = AnswerForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        try:
            reports.reply(found, by=request.user, text=form.cleaned_data["text"])
            messages.success(request, "Your reply is kept. The reviewer reads it before anything is decided.")
            return redirect(request.path)
        except Refused as error:
            refused = str(error)
    others = Report.objects.waiting().filter(tool=found.tool).exclude(pk=found.pk)[:50]
    context = {"report": found, "tool": found.tool, "form": form, "refused": refused, "others": others}
    return render(request, "submissions/public/reply.html", context, status=_status(form, refused))
