"""Pages of apps: those that one registered, and those that one let in."""

from __future__ import annotations

from typing import Any

from allauth.idp.oidc.models import Client
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.confirming import confirmed
from accounts.models import User
from api import limits
from api.key_views import mine
from api.oauth import clients, redirects, tokens
from api.oauth.endpoints import addresses
from api.oauth.forms import AppForm
from core import sent_forms


@mine("GET", limit=limits.APPS)
def listed(request: HttpRequest) -> HttpResponse:
    """List the apps that act for somebody, and those that they registered."""
    user: Any = request.user
    registered = [(one, one.get_scopes()) for one in Client.objects.filter(owner=user).order_by("-created_at", "pk")]
    context = {"let_in": _let_in(user), "registered": registered, "most": clients.MOST}
    return render(request, "api/apps.html", context)


def _let_in(user: User) -> list[dict[str, Any]]:
    """Return each app that has a token of somebody, what it may and since when, the latest first."""
    found: dict[str, dict[str, Any]] = {}
    for one in tokens.let_in(user).select_related("user", "client__owner").order_by("-created_at", "-pk"):
        if tokens.stands(one):
            app = found.setdefault(one.client_id, {"client": one.client, "may": set(), "since": one.created_at})
            app["may"] |= set(one.get_scopes())
            app["since"] = min(app["since"], one.created_at)
    told = tokens.ALL_SCOPES
    return [app | {"may": [words for name, words in told.items() if name in app["may"]]} for app in found.values()]


@mine("GET", "POST", limit=limits.APPS)
@confirmed
def register(request: HttpRequest) -> HttpResponse:
    """Ask what an app is, register it, and show its secret this once."""
    form = AppForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        try:
            with sent_forms.once(user, form.mark) as note:
                row, secret = clients.register(user, form.wanted)
                note(row.pk)
        except sent_forms.SentBefore as before:
            made = Client.objects.filter(owner=user, pk=before.made).first()
            return render(request, "api/app_made_before.html", {"row": made}, status=409)
        except clients.TooMany as error:
            form.add_error(None, str(error))
        else:
            context = {"row": row, "secret": secret, "addresses": addresses()}
            return render(request, "api/app_made.html", context)
    context = {"form": form, "most": redirects.MOST}
    return render(request, "api/app_new.html", context, status=422 if form.errors else 200)


@mine("GET", "POST", limit=limits.APPS)
def remove(request: HttpRequest, client: str) -> HttpResponse:
    """Say for how many people an app that one registered acts, and remove it when that is answered with yes."""
    user: Any = request.user
    row = Client.objects.filter(owner=user, pk=client).first()
    if row is None:
        raise Http404("You have registered no such app.")
    if request.method == "POST":
        clients.remove(user, client)
        messages.success(request, f"{row.name} is removed, and no token of it works any more.")
        return redirect("api:apps")
    return render(request, "api/app_remove.html", {"row": row, "people": tokens.people_of(row)})


@mine("POST", limit=limits.APPS)
def shut_out(request: HttpRequest, client: str) -> HttpResponse:
    """End everything that an app may do for somebody."""
    user: Any = request.user
    if not tokens.shut_out(user, client):
        raise Http404("No such app acts for you.")
    messages.success(request, "The app is shut out. It has to ask you again.")
    return redirect("api:apps")
