"""The page of what a person follows, its buttons, and their feed."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control

from catalog import feeds
from catalog.filters import BadParameter
from catalog.models import Category, Follow, Newsletter
from catalog.pages import number_of
from catalog.personal import digest, feed, follows
from catalog.personal.guards import on, personal, refused
from catalog.personal.keeping import Full
from catalog.personal.views import tool_of
from catalog.search import SearchTimeout
from core.outbox import lists
from core.readonly import read_only
from core.site import absolute


@personal("GET", "POST")
def following(request: HttpRequest) -> HttpResponse:
    """Show what a person follows and how they hear of it; a POST follows something, or stops."""
    if request.method == "POST":
        return _stop(request) if "stop" in request.POST else _follow(request)
    newsletter = Newsletter.objects.visible_to(request.user).first()
    context = {
        "follows": Follow.objects.visible_to(request.user).select_related("tool", "category").latest_first(),
        "newsletter": newsletter,
        "feed": absolute(reverse("catalog:feed_personal", args=[feed.token(newsletter)])) if newsletter else "",
        "most": follows.MOST,
        "most_searches": follows.MOST_SEARCHES,
        "periods": Newsletter.Period.choices,
        "period": digest.period_of(newsletter, request.user),
        "refusal": lists.refusal(request.user.email) if request.user.is_authenticated else None,
    }
    return render(request, "catalog/personal/following.html", context)


def _stop(request: HttpRequest) -> HttpResponse:
    rows = Follow.objects.visible_to(request.user)
    follow = rows.filter(pk=number_of(request.POST["stop"])).first()
    if follow is None:  # it was stopped already, in another window
        return on(request, reverse("catalog:following"), "You do not follow that.", following=False)
    follows.stop(follow=follow)
    return on(request, reverse("catalog:following"), f"You no longer follow {follow.label}.", following=False)


def _follow(request: HttpRequest) -> HttpResponse:
    try:
        if "tool" in request.POST:
            tool = tool_of(request, request.POST["tool"])
            follows.follow_tool(user=request.user, tool=tool)
            what = tool.name
        elif "category" in request.POST:
            category = get_object_or_404(Category, slug=request.POST["category"].replace("\x00", ""))
            follows.follow_category(user=request.user, category=category)
            what = category.name
        elif "query" in request.POST:
            follows.follow_search(user=request.user, query=request.POST["query"])
            what = "this search"
        else:
            raise BadRequest("The form does not say what to follow.")
    except (Full, follows.CannotFollow) as refusal:
        return refused(request, refusal, "catalog:following")
    except (BadParameter, SearchTimeout) as error:
        raise BadRequest(str(error)) from error
    told = f"You follow {what} now. How you hear of what is new is set under Account, Following."
    return on(request, reverse("catalog:following"), told, following=True)


DIGEST_TOLD = {
    "off": "You get no digest.",
    "daily": "The digest comes every day on which there is news.",
    "weekly": "The digest comes on Mondays, when there is news.",
}


@personal("POST")
def choose_digest(request: HttpRequest) -> HttpResponse:
    """Set how often a person gets a digest."""
    period = request.POST.get("period", "")
    if period not in Newsletter.Period.values:
        raise BadRequest("“period” is one of off, daily, weekly.")
    digest.choose(user=request.user, period=period)
    messages.success(request, DIGEST_TOLD[period])
    return redirect(f"{reverse('catalog:following')}#digest")


@personal("POST")
def renew_feed(request: HttpRequest) -> HttpResponse:
    """Make the address of the feed, or a new one in its place."""
    newsletter = Newsletter.objects.visible_to(request.user).first()
    if newsletter:
        feed.renew(newsletter)
    else:
        follows.newsletter_of(request.user)
    return redirect(f"{reverse('catalog:following')}#feed")


@read_only
def personal_feed(request: HttpRequest, token: str) -> HttpResponse:
    """What somebody follows, for who has the address: no cookie is read."""
    newsletter = feed.find(token)
    if newsletter is None:
        raise Http404("There is no feed at this address. The page “Following” shows the one that works now.")
    response = HttpResponse(feeds.atom(feed.of(newsletter)), content_type="application/atom+xml; charset=utf-8")
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, no_cache=True)
    return response
