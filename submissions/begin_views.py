"""Where a submission begins: the address, what is listed already, the reading of the site, a file; the rules."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from catalog import moved
from catalog.models import Tool
from core.kept_forms import typed
from core.readonly import read_only
from submissions import changes, duplicates, limits, rules, services, shown, speakers, upload
from submissions.flow import reading
from submissions.flow.begin_forms import AddressForm, UploadForm
from submissions.guards import portal
from submissions.models import Prefill, Submission
from submissions.models.submission import OPEN


def start(request: HttpRequest) -> HttpResponseBase:
    """What submitting is; for who is signed in the field for the address."""
    if not request.user.is_authenticated and request.method in {"GET", "HEAD"}:
        return render(request, "submissions/start.html", {"rules": rules.RULES, "expected": shown.expected_in_words()})
    return _start(request)


@portal("GET", "POST", limit=limits.READ_SITE, fills=True)
def _start(request: HttpRequest) -> HttpResponse:
    data = request.POST if request.method == "POST" else typed(request)
    form = AddressForm(data) if data is not None else AddressForm(initial={"url": request.GET.get("url", "")[:500]})
    context = {"form": form, "rules": rules.RULES, "expected": shown.expected_in_words()}
    if request.method != "POST" or not form.is_valid():
        return render(request, "submissions/start.html", context)
    url = form.cleaned_data["url"]
    found = duplicates.find(url=url)
    certain = any(one.strength == duplicates.SAME for one in found)
    if found and (certain or "anyway" not in request.POST):
        return render(request, "submissions/start.html", context | {"matches": found, "certain": certain, "url": url})
    return redirect("submissions:reading", key=reading.begin(by=request.user, url=url).key)


@portal("GET", "POST")
def read_site(request: HttpRequest, key: str) -> HttpResponse:
    """The site is being read: how far that is, and on when it is done. A POST goes on by hand."""
    row = Prefill.objects.of(request.user).select_related("submission").filter(key=key).first()
    if row is None:
        raise Http404("There is no such reading, or it is not yours. Paste the address again.")
    if request.method == "POST" and row.submission is None:
        try:
            row.submission = reading.by_hand(row)
        except services.Refused as error:
            messages.error(request, str(error))
            return redirect("submissions:portal")
    if row.submission is not None:
        return _on(request, row.submission.step_url("what"))
    live = request.GET.get("part") == "live"
    template = "submissions/_reading.html" if live else "submissions/reading.html"
    running = row.state in {Prefill.State.QUEUED, Prefill.State.RUNNING}
    return render(request, template, {"row": row, "running": running})


def _on(request: HttpRequest, path: str) -> HttpResponse:
    """Lead on; a script that only asked for a part of the page is told to load the other one."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": path})
    return redirect(path)


@portal("GET", "POST", limit=limits.READ_SITE, fills=True)
def upload_record(request: HttpRequest) -> HttpResponse:
    """A record as JSON, pasted or as a file; what comes of it is a draft, with what is wrong by field."""
    data = request.POST if request.method == "POST" else typed(request)
    form = UploadForm(data, request.FILES) if data is not None else UploadForm()
    if request.method == "POST" and form.is_valid():
        try:
            record = upload.read(form.content())
            made = services.begin(by=request.user, record=record)
        except (upload.BadFile, services.Refused) as error:
            form.add_error(None, str(error))
        else:
            wrong = len([name for name in services.problems(made.record) if name != "slug"])
            told = "It has all that a listing needs." if not wrong else "Some answers need another look: see below."
            messages.success(request, f"The file is a draft now. {told}")
            if twice := upload.listed_already(made.record):
                messages.error(request, twice)
            if same := services.same_before(made):
                told = f"You have another draft that says the very same, {same.get_absolute_url()}. Delete one of them."
                messages.warning(request, told)
            return redirect(made.step_url("send"))
    return render(request, "submissions/upload.html", {"form": form, "most": upload.MOST_BYTES // 1024})


@read_only
def show_rules(request: HttpRequest) -> HttpResponse:
    """What a listing has to be: the grounds of all decisions."""
    context = {"rules": rules.RULES, "version": rules.VERSION, "expected": shown.expected_in_words()}
    return render(request, "submissions/rules.html", context)


@portal("GET", "POST")
def suggest(request: HttpRequest, slug: str) -> HttpResponse:
    """Suggest a change of a listed tool, or go on with one's own that is open."""
    tool = Tool.objects.listed().filter(slug=slug).first()
    if tool is None:
        return moved.tool(request, slug, "submissions:suggest")
    mine = Submission.objects.of(request.user).filter(tool=tool, kind=Submission.Kind.CHANGE, state__in=OPEN)
    if request.method == "POST":
        try:
            return redirect(services.begin(by=request.user, tool=tool).step_url("what"))
        except services.Refused as error:
            messages.error(request, str(error))
    context = {
        "tool": tool,
        "open": mine.latest_first().first(),
        "speaks": speakers.speaks_for(request.user, tool),
        "always": sorted(changes.ALWAYS),
    }
    return render(request, "submissions/suggest.html", context)
