"""Proving to own a name, and one's own proofs. All of the logic is in verification/ownership."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tool
from core.clean import shown
from submissions import claims_page, limits, proving
from submissions.guards import portal
from submissions.handing_over import covered
from submissions.models import Handover, Submission
from submissions.owner_forms import ProveForm
from verification import ownership
from verification.domains import host_of, registrable
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import ChallengeState, ClaimState, Method
from verification.ownership.methods import http_file
from verification.ownership.moves import Overtaken
from verification.ownership.transitions import NotAllowed
from verification.verdicts import Verdict

NO_CHALLENGE = "There is no such challenge, or it is not yours."
NO_CLAIM = "There is no such proof, or it is not yours."
MOVED = "This proof changed a moment ago. Load the page again and look before you go on."
UNSTORED = {"too_soon", "no_turn", "mail_open", "expired", "not_open"}  # outcomes that no row of the challenge keeps
# how an outcome is drawn
DRAWN = {Verdict.PASS: "ok", Verdict.FAIL: "fail", Verdict.INCONCLUSIVE: "unk"}


@portal("GET", limit=limits.PROVE)
def claims(request: HttpRequest) -> HttpResponse:
    """Show what one has proved: until when it counts, and what is open."""
    now = timezone.now()
    handovers = Handover.objects.visible_to(request.user).open(now).select_related("tool", "giver", "taker")
    context = {"rows": claims_page.rows(request.user, now), "handovers": list(handovers.order_by("begun_at", "id"))}
    return render(request, "submissions/owners/claims.html", context)


@portal("GET", "POST", limit=limits.PROVE)
def prove(request: HttpRequest) -> HttpResponse:
    """Choose what to prove and how; a POST begins it and leads to what has to be published."""
    if request.method != "POST":
        initial, about = _prefilled(request)
        context = {"form": ProveForm(initial=initial), "about": about}
        return render(request, "submissions/owners/prove.html", context)
    form = ProveForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            begun = ownership.start(
                account=request.user, typed=data["name"], method=data["method"], address=data.get("address", "")
            )
        except ownership.BadName as refused:
            form.refuse(refused)
        else:
            response = redirect("submissions:challenge", begun.challenge.token_id)
            if begun.token:
                proving.keep(response, request, begun.challenge, begun.token)
            return response
    return render(request, "submissions/owners/prove.html", {"form": form}, status=400)


def _prefilled(request: HttpRequest) -> tuple[dict[str, str], Any]:
    """Return the answers that an address brings along, and the tool or submission that they are about."""
    if slug := request.GET.get("tool", ""):
        tool = Tool.objects.listed().filter(slug=shown(slug)).first()
        if tool is None:
            raise Http404(f"No tool is listed as “{slug}”.")
        return {"name": host_of(tool.homepage) or ""}, tool
    if key := request.GET.get("for", ""):
        submission = Submission.objects.visible_to(request.user).filter(key=shown(key)).first()
        if submission is None:
            raise Http404("There is no such submission, or it is not yours.")
        return {"name": host_of(str(submission.record.get("homepage", ""))) or ""}, submission
    given = {name: shown(request.GET.get(name, ""))[:300] for name in ("name", "method")}
    return {name: value for name, value in given.items() if value}, None


def _challenge(request: HttpRequest, token_id: str) -> OwnershipChallenge:
    mine = OwnershipChallenge.objects.filter(claim__account=request.user.pk, token_id=token_id)
    found = mine.select_related("claim__account").first()
    if found is None:
        raise Http404(NO_CHALLENGE)
    return found


@portal("GET", limit=limits.PROVE)
def challenge(request: HttpRequest, token_id: str) -> HttpResponse:
    """Say what has to be published, with the token while this browser keeps it, and what the last look saw."""
    found = _challenge(request, token_id)
    response = render(request, "submissions/owners/challenge.html", _shown(request, found))
    if found.state != ChallengeState.OPEN:
        proving.drop(response, found)
    return response


def _shown(request: HttpRequest, found: OwnershipChallenge) -> dict[str, Any]:
    claim, now = found.claim, timezone.now()
    is_open = found.state == ChallengeState.OPEN and found.expires_at > now
    token = proving.kept(request, found) if is_open and claim.method != Method.EMAIL else ""
    last = found.outcome or {}
    return {
        "challenge": found,
        "claim": claim,
        "open": is_open,
        "by_mail": claim.method == Method.EMAIL,
        "token": token,
        "how": proving.instructions(found, token) if token else None,
        "downloads": claim.method == Method.HTTP_FILE and bool(token),
        "last": last,
        "drawn": DRAWN.get(last.get("verdict", ""), "unk"),
        "row": claims_page.row(claim, now) if found.state == ChallengeState.PROVED else None,
        "domain": registrable(claim.name) if claim.method != Method.PACKAGE else "",
    }


@portal("POST", limit=limits.PROVE)
def challenge_check(request: HttpRequest, token_id: str) -> HttpResponse:
    """Look now, while the person waits (at most 20 seconds), and say what was seen."""
    found = _challenge(request, token_id)
    outcome = ownership.check(challenge=found)
    found.refresh_from_db()
    if request.headers.get("HX-Request") == "true":
        context = _shown(request, found)
        if outcome.code in UNSTORED:
            context |= {"last": {"sentence": outcome.sentence, "code": outcome.code}, "drawn": DRAWN[outcome.verdict]}
        response = render(request, "submissions/owners/_proof.html", {**context, "live": True})
    else:
        if outcome.code in UNSTORED:
            messages.warning(request, outcome.sentence)
        response = redirect(f"{reverse('submissions:challenge', args=[found.token_id])}#proof")
    if found.state != ChallengeState.OPEN:
        proving.drop(response, found)
    return response


@portal("GET", limit=limits.PROVE)
def challenge_file(request: HttpRequest, token_id: str) -> HttpResponse:
    """The file to put on the site, for the browser that keeps the token."""
    found = _challenge(request, token_id)
    token = proving.kept(request, found) if found.claim.method == Method.HTTP_FILE else ""
    if not token:
        raise Http404("This browser does not keep the token of this challenge. Begin a new one; its token is another.")
    response = HttpResponse(token, content_type="text/plain; charset=utf-8")
    name = http_file.address(found.claim.name, found.token_id).rpartition("/")[2]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _claim(request: HttpRequest, pk: int) -> OwnershipClaim:
    """Return a claim of who is signed in that there is something to give up of. Raises Http404."""
    mine = OwnershipClaim.objects.filter(account=request.user.pk).exclude(state=ClaimState.UNVERIFIED)
    found = mine.select_related("account").filter(pk=pk).first() if pk < 2**63 else None
    if found is None:
        raise Http404(NO_CLAIM)
    return found


@portal("GET", "POST", limit=limits.OWNERS)
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth has no types
def release(request: HttpRequest, claim: int) -> HttpResponse:
    """Say what is lost when a proof is given up; a POST gives it up."""
    found, now = _claim(request, claim), timezone.now()
    if request.method == "POST":
        try:
            ownership.release(claim=found, by=request.user)
        except (NotAllowed, Overtaken):
            messages.error(request, MOVED)
        else:
            messages.success(request, f"The proof of {found.name} is given up. You can prove it again at any time.")
        return redirect("submissions:claims")
    others = [one for one in OwnershipClaim.objects.holding(now).filter(account=request.user.pk) if one.pk != found.pk]
    kept = {tool.pk for tool in covered(others, now)}
    lost = [tool for tool in covered([found], now) if tool.pk not in kept] if found.holds(now) else []
    context = {"claim": found, "lost": lost, "what": claims_page.WHAT.get(Method(found.method), "")}
    return render(request, "submissions/owners/release.html", context)


@portal("GET", "POST", limit=limits.OWNERS)
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth has no types
def evict(request: HttpRequest, claim: int, other: int) -> HttpResponse:
    """Say what ends when another account's claim to a name is taken away; a POST takes it away."""
    ours = _claim(request, claim)
    theirs = next((one for one in ownership.neighbours(ours) if one.pk == other), None)
    if theirs is None:
        raise Http404("There is no such proof of another account, or it does not hold any more.")
    if request.method == "POST":
        try:
            ownership.evict(claim=ours, other=theirs)
        except ownership.NotEvictable as refused:
            messages.error(request, str(refused))
        except (NotAllowed, Overtaken):
            messages.error(request, MOVED)
        else:
            messages.success(request, f"The claim of another account to {theirs.name} has ended. It was told by mail.")
        return redirect("submissions:claims")
    return render(request, "submissions/owners/evict.html", {"claim": ours, "other": theirs})
