"""Who speaks for a tool: maintainers, invitations, and handing a tool over."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from catalog.models import Tool
from catalog.pages import number_of
from core import clients
from core.limited import limited, limited_all
from core.ratelimit import Ask
from submissions import handing_over, limits, maintaining, speakers
from submissions.guards import portal
from submissions.models import Handover, Maintainer
from submissions.owner_forms import EmailForm
from submissions.owner_guards import owned, spoken_for
from submissions.services import Refused
from verification.ownership.moves import Overtaken
from verification.ownership.owners import owners_of
from verification.ownership.transitions import NotAllowed

NO_LINK = "This link does not work: it was used, taken back, or is too old. Ask whoever sent it for a new one."
NO_HANDOVER = "There is no such handover, or it is not yours."


def _mails(request: HttpRequest) -> bool:
    return request.method == "POST" and "email" in request.POST


def _asks(request: HttpRequest) -> Sequence[Ask]:
    typed = request.POST.get("email", "").strip().lower()
    return [Ask(limits.INVITE, clients.who(request)), Ask(limits.INVITED, typed)]


def _named(request: HttpRequest) -> bool:
    """Say whether a form does what has to be confirmed by who is signed in; removing and leaving need not be."""
    return request.method == "POST" and "remove" not in request.POST


@portal("GET", "POST", limit=limits.OWNERS)
@reauthentication_required(enabled=_named)  # type: ignore[untyped-decorator]  # allauth has no types
@limited_all(_asks, when=_mails)
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Show who speaks for a tool; an owner invites and removes, a maintainer leaves."""
    tool = spoken_for(request, slug)
    owns = speakers.owns(request.user, tool)
    if "email" in request.POST and not owns:
        raise PermissionDenied(f"Only who has proved to own {tool.name} can invite others.")
    form = EmailForm(request.POST if "email" in request.POST else None)
    if request.method == "POST":
        if "remove" in request.POST:
            return _remove(request, tool)
        if form.is_valid():
            try:
                row = maintaining.invite(tool, email=form.cleaned_data["email"], by=request.user)
            except Refused as refused:
                form.add_error("email", str(refused))
            else:
                messages.success(request, f"An invitation went to {row.email}. Its link works once, for seven days.")
                return redirect("submissions:people", tool.slug)
        elif "email" not in request.POST:
            raise BadRequest("The form says neither whom to invite nor whom to remove.")
    now = timezone.now()
    rows = Maintainer.objects.filter(tool=tool).select_related("user", "invited_by").order_by("invited_at", "id")
    mine = [one for one in rows.active() if owns or one.user_id == request.user.pk]
    counting = set(owners_of(tool).values_list("account", flat=True))
    context = {
        "tool": tool,
        "owns": owns,
        "owners": list(owners_of(tool)) if owns else [],
        "maintainers": mine,
        "counting": counting,
        "not_mine": counting - {request.user.pk},  # whom these invited, they remove
        "invited": list(rows.invited(now)) if owns else [],
        "form": form,
    }
    return render(request, "submissions/owners/people.html", context, status=400 if form.errors else 200)


def _remove(request: HttpRequest, tool: Tool) -> HttpResponse:
    rows = Maintainer.objects.filter(tool=tool, ended_at=None).select_related("tool", "user", "invited_by")
    row = rows.filter(pk=number_of(request.POST["remove"])).first()
    if row is None:
        raise Http404("There is no such maintainer or invitation; it may have ended since the page was made.")
    try:
        maintaining.end(row, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        left = row.user_id == request.user.pk
        messages.success(request, f"You do not maintain {tool.name} any more." if left else "Removed.")
        if left:
            return redirect("submissions:portal_tools")
    return redirect("submissions:people", tool.slug)


@limited(limits.ACCEPT)
@portal("GET", "POST", limit=limits.OWNERS)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mailed link. Opening it changes nothing; its button accepts, with the account signed in."""
    now = timezone.now()
    row = maintaining.invitation(token, now) or handing_over.asked(token, now)
    if row is None:
        raise Http404(NO_LINK)
    if request.method == "POST":
        try:
            if isinstance(row, Maintainer):
                maintaining.accept(row, by=request.user)
                messages.success(request, f"You speak for {row.tool.name} now.")
                return redirect("submissions:portal_tool", row.tool.slug)
            handing_over.take(row, by=request.user)
            return redirect("submissions:take_over", row.key)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("submissions:portal_tools")
    context = {"row": row, "tool": row.tool, "handover": isinstance(row, Handover)}
    response = render(request, "submissions/owners/invitation.html", context)
    response.headers["Referrer-Policy"] = "same-origin"  # the address is the key; the button's own request needs it
    return response


@portal("GET", "POST", limit=limits.OWNERS)
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth has no types
@limited_all(_asks, when=_mails)
def handover(request: HttpRequest, slug: str) -> HttpResponse:
    """Walk an owner through handing a tool over: name somebody, wait for their proof, let go."""
    tool, now = owned(request, slug), timezone.now()
    row = Handover.objects.open(now).filter(tool=tool, giver=request.user.pk).select_related("taker", "giver").first()
    form = EmailForm(request.POST if "email" in request.POST else None)
    if request.method == "POST":
        if "email" in request.POST:
            if form.is_valid():
                try:
                    handing_over.begin(tool, email=form.cleaned_data["email"], by=request.user)
                    return redirect("submissions:handover", tool.slug)
                except Refused as refused:
                    form.add_error("email", str(refused))
        else:
            return _go_on(request, tool, row)
    proofs = handing_over.claims_for(request.user, tool, now)
    context = {
        "tool": tool,
        "row": row,
        "proved": row is not None and row.taker is not None and speakers.owns(row.taker, tool, now),
        "proofs": proofs,
        "lost": handing_over.covered(proofs, now),
        "maintainers": Maintainer.objects.active().filter(tool=tool, invited_by=request.user.pk).count(),
        "form": form,
    }
    return render(request, "submissions/owners/handover.html", context, status=400 if form.errors else 200)


def _go_on(request: HttpRequest, tool: Tool, row: Handover | None) -> HttpResponse:
    """Let go, or take the handover back."""
    does: dict[str, Callable[..., None]] = {"finish": handing_over.finish, "stop": handing_over.stop}
    step = request.POST.get("step", "")
    if row is None or step not in does:
        raise BadRequest("The form says neither to whom the tool goes nor what to do next.")
    try:
        does[step](row, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    except (NotAllowed, Overtaken):
        messages.error(request, "A proof changed a moment ago. Look at the page again before you go on.")
    else:
        if step == "finish":
            messages.success(request, f"{tool.name} is handed over. You do not speak for it any more.")
            return redirect("submissions:portal_tools")
        messages.success(request, "The handover was taken back.")
    return redirect("submissions:handover", tool.slug)


@portal("GET", "POST", limit=limits.OWNERS)
def take_over(request: HttpRequest, handover: str) -> HttpResponse:
    """Walk who takes a tool over through it: prove the name, wait for the other to let go. A POST declines."""
    mine = Handover.objects.filter(taker=request.user.pk).select_related("tool", "giver", "taker")
    row = mine.filter(key=handover).first()
    if row is None:
        raise Http404(NO_HANDOVER)
    now = timezone.now()
    if request.method == "POST":
        try:
            handing_over.stop(row, by=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, "You declined. Nothing changed.")
        return redirect("submissions:claims")
    context = {
        "row": row,
        "tool": row.tool,
        "open": row.ended_at is None and row.expires_at > now,
        "proved": speakers.owns(request.user, row.tool, now),
    }
    return render(request, "submissions/owners/take_over.html", context)
