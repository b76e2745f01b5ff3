"""The one address of counting: a click on “Visit”."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalog import limits
from catalog.models import Tool
from catalog.reach import visitors
from catalog.reach.counting import reach
from catalog.reach.events import Event
from core import clients
from core.limited import limited_all
from core.ratelimit import Ask


def _asks(request: HttpRequest) -> Sequence[Ask]:
    network = clients.network(request)
    return [Ask(limits.VISIT, network), Ask(limits.VISIT_TOOL, f"{network} {request.path}")]


@csrf_exempt  # it changes nothing of anybody, and the page, which is everybody's, can hold no token
@require_POST
@limited_all(_asks, when=visitors.from_this_site, as_json=True)
def visit(request: HttpRequest, slug: str) -> HttpResponse:
    """Count that somebody follows the link to a tool's own site; static/js/site.js tells it.

    Answers 204 without a body, 403 when no page of this site asks, 404 for a tool that is not listed.
    """
    if not visitors.from_this_site(request):
        return HttpResponse(status=403)
    key = Tool.objects.listed().filter(slug=slug).values_list("pk", flat=True).first()
    if key is None:
        raise Http404("No tool is listed at this address.")
    if visitors.counts(request):
        reach.add([Event("visit", (key,))])
    return HttpResponse(status=204)
