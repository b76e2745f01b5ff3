"""The pages of the verification: fetch, one call, render."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from catalog import moved
from catalog.models import Tool
from catalog.pages import numbered
from core import clients
from core.limited import limited, writes
from core.readonly import read_only
from verification import history_page, ledger, limits, polite, robots, rules_page, services, summary, trust_page
from verification.models import OwnershipChallenge, Run, RunStep
from verification.over_time import over_time
from verification.ownership import services as ownership
from verification.run_json import run_json, stored_text

PAGE_SIZE = 20
MAY_START = "catalog.change_tool"


def _tool(request: HttpRequest, slug: str) -> Tool | None:
    return Tool.objects.visible_to(request.user).prefetch_related("plans", "interfaces").filter(slug=slug).first()


def _run(request: HttpRequest, slug: str, pk: int) -> Run:
    """Return a run of that tool that this user may see. Raises Http404."""
    runs = Run.objects.visible_to(request.user).select_related("tool")
    found = runs.filter(pk=pk, tool__slug=slug).first() if pk < 2**63 else None
    if found is None:
        raise Http404("There is no such run. The page of the tool's verification names all there are.")
    return found


def _fresh(response: HttpResponse, *, running: bool) -> HttpResponse:
    """Let nobody keep a page that is about to change."""
    if running:
        add_never_cache_headers(response)
    return response


@read_only
def runs(request: HttpRequest, slug: str) -> HttpResponse:
    """What we know of a tool, and all runs of it; with `show`, all claims or all incidents instead."""
    tool = _tool(request, slug)
    if tool is None:
        return moved.tool(request, slug, "verification:runs")
    show = request.GET.get("show", "runs")
    if show not in history_page.SHOWN:
        raise BadRequest(f"“show” is one of {', '.join(history_page.SHOWN)}.")
    checked = summary.checked(tool)
    page: Any = numbered(Paginator(history_page.rows(tool, show), PAGE_SIZE), request.GET.get("page", "1"))
    context = {
        "tool": tool,
        "checked": checked,
        "over": over_time(tool, hours=True),
        "show": show,
        "tabs": history_page.SHOWN,
        "page": page,
        "shown": history_page.shown(tool, show, page),
        "may_start": request.user.has_perm(MAY_START),
        "tally": summary.tally(checked.run.counts) if checked.run else [],
    }
    response = render(request, "verification/runs.html", context)
    return _fresh(response, running=checked.running is not None)


@read_only
def run(request: HttpRequest, slug: str, run: int) -> HttpResponse:
    """The evidence of one run; with `part=live`, what has changed of it since (htmx asks every second)."""
    found = _run(request, slug, run)
    running = found.state == Run.State.RUNNING
    live = request.GET.get("part") == "live"
    if live and running and request.GET.get("mark") == _mark(found):
        return _fresh(HttpResponse(status=204), running=True)
    after = _number(request.GET.get("after", "0")) if live else 0
    context = shown_run(found, after=after, live=live, may_start=request.user.has_perm(MAY_START))
    response = render(request, "verification/_run.html" if live else "verification/run.html", context)
    return _fresh(response, running=running or live)


def shown_run(found: Run, *, after: int = 0, live: bool = False, may_start: bool = False) -> dict[str, Any]:
    """Return what templates/verification/_run.html shows of a run: all of it, or what came after a result."""
    running = found.state == Run.State.RUNNING
    shown = ledger.of(found, after=after, sees_all=may_start)
    said = [summary.Said(one.key, one.verdict, one.soft) for one in shown.results]
    return {
        "run": found,
        "tool": found.tool,
        "ledger": shown,
        "seen": summary.seen(said),
        "meaning": summary.MEANINGS.get(summary.seen(said), ""),
        "looked": len(summary.telling(said)),
        "running": running,
        "live": live,
        "tally": summary.tally(found.counts),
        "in_words": "" if running else summary.in_words(found.counts),
        "before": Run.objects.filter(tool=found.tool, light=found.light, pk__lt=found.pk).newest_first().first(),
        "may_start": may_start,
    }


def _mark(found: Run) -> str:
    return ledger.mark(RunStep.objects.filter(run=found).order_by("position", "id"))


def _number(text: str) -> int:
    """Return a number of the address. Raises BadRequest."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadRequest("“after” is the number of a result.")
    return int(text)


@read_only
def run_as_json(request: HttpRequest, slug: str, run: int) -> HttpResponse:
    """The same run for programs."""
    found = _run(request, slug, run)
    data = run_json(found, sees_all=request.user.has_perm(MAY_START))
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False})
    return _fresh(response, running=found.state == Run.State.RUNNING)


@read_only
def body(request: HttpRequest, slug: str, run: int, sha256: str) -> HttpResponse:
    """A body that this run stored, as text to download, whatever it was."""
    found = _run(request, slug, run)
    text = stored_text(found, sha256)
    if text is None:
        raise Http404(
            "This run has no such text, or it is no longer kept: texts are kept for 90 days, and nothing else."
        )
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{sha256[:12]}.txt"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@limited(limits.START, by=clients.who)
def start(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Begin a run of a tool, or go to the one under way."""
    if not request.user.has_perm(MAY_START):
        raise PermissionDenied("Only who may change tools can begin a run.")
    tool = _tool(request, slug)
    if tool is None:
        raise Http404(f"No tool is listed as “{slug}”.")
    begun, is_new = services.start_run(tool=tool, trigger=Run.Trigger.STAFF, by=request.user)
    if not is_new:
        messages.info(request, "A run was under way already, so none was begun. This is the one.")
    return redirect("verification:run", slug=tool.slug, run=begun.pk)


@read_only
def bot(request: HttpRequest) -> HttpResponse:
    """What our robot does, and how to keep it away."""
    context = {
        "agent": robots.agent(),
        "user_agent": settings.PROBE_USER_AGENT,
        # as in the From header of its requests: Django's default is nobody's address
        "contact": "" if settings.DEFAULT_FROM_EMAIL == "webmaster@localhost" else settings.DEFAULT_FROM_EMAIL,
        "spacing": polite.SPACING,
        "daily": settings.PROBE_DAILY_BUDGET,
        "enabled": settings.PROBES_ENABLED,
        "scheduled": settings.PROBES_ENABLED and settings.PROBES_SCHEDULED,
        **rules_page.visits(),
        **rules_page.amounts(),
    }
    return render(request, "verification/bot.html", context)


@read_only
def trust(request: HttpRequest) -> HttpResponse:
    """What is checked, what each step proves, and how often we were right."""
    context = {"trust": trust_page.trust(), "scheduled": settings.PROBES_ENABLED and settings.PROBES_SCHEDULED}
    return render(request, "verification/trust.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(limits.CONFIRM, when=writes)
def ownership_confirm(request: HttpRequest, token_id: str, token: str) -> HttpResponse:
    """The page behind a mailed link. Programs that look into mails open links, so only its button changes anything."""
    try:
        challenge, wrong = ownership.opened(token_id=token_id, token=token, at=timezone.now())
    except OwnershipChallenge.DoesNotExist:
        raise Http404("There is no such link. Open the latest mail, or ask for a new link.") from None
    pressed = request.method == "POST"
    outcome = ownership.confirm(token_id=token_id, token=token) if pressed else wrong
    status = 200 if outcome is None or outcome.verdict == "pass" else 410
    context = {"challenge": challenge, "claim": challenge.claim, "outcome": outcome}
    response = render(request, "verification/ownership_confirm.html", context, status=status)
    response.headers["Referrer-Policy"] = "same-origin"  # the address is the key; the button's own request needs it
    return response
