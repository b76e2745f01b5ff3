"""The page of an account about mail: which lists it is on, and whether its address takes mail at all."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core.outbox import lists


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mail(request: HttpRequest) -> HttpResponse:
    """Show the lists, each with a box; a POST keeps the ticked ones, or says that the address works again.

    A list with a page of its own has no box here: it says how often it comes, and leads there.
    """
    assert request.user.is_authenticated  # for the type checker: the decorator saw to it
    address, user_pk = request.user.email, request.user.pk
    if request.method == "POST":
        if "works" in request.POST:
            lists.works_again(address)
            said = "Noted: your address works. Mails of lists are sent there again."
        else:
            _choose(address, user_pk, set(request.POST.getlist("list")))
            said = "Saved."
        get_adapter().add_message(request, messages.SUCCESS, message=said)
        return redirect("account_mail")
    left = lists.left_by(address, user_pk)
    rows = [{"name": name, "title": words[0], "about": words[1], "on": name not in left} for name, words in _boxes()]
    context = {"lists": rows, "elsewhere": _elsewhere(request.user), "refusal": lists.refusal(address)}
    return render(request, "account/mail.html", context)


def _boxes() -> list[tuple[str, tuple[str, str]]]:
    return [(name, words) for name, words in settings.MAIL_LISTS.items() if name not in lists.ELSEWHERE]


def _elsewhere(user: User) -> list[dict[str, object]]:
    found = [(words, lists.ELSEWHERE[name]) for name, words in settings.MAIL_LISTS.items() if name in lists.ELSEWHERE]
    return [{"title": words[0], "about": words[1], "said": one.said(user), "one": one} for words, one in found]


def _choose(address: str, user_pk: int, chosen: set[str]) -> None:
    for name, _ in _boxes():
        (lists.join if name in chosen else lists.leave)(name, address, user_pk)
