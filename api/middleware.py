"""What every request to the API passes before anything else: who calls, how much is left, and how it is answered.

Stands outside the page cache, so that an answer from memory is counted like any other and says what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe

from api import keys, limits, problems, usage
from api.base import PUBLIC
from api.callers import Caller, caller_of
from core import clients
from core.limited import PROBLEM, headers, refusal
from core.ratelimit import Ask, Decision, take_all

GetResponse = Callable[[HttpRequest], HttpResponse]
PREFIX = "/api/v1/"
SAFE = {"GET", "HEAD"}
CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"}
MOST_PARAMETERS = 1_000  # as DATA_UPLOAD_MAX_NUMBER_FIELDS has it
EXPOSED = "ETag, Last-Modified, Link, Location, RateLimit, RateLimit-Policy, Retry-After"


def api_requests(get_response: GetResponse) -> GetResponse:
    """Know the caller, count the request, answer 304 for free, and make every error a problem."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not f"{request.path_info}/".startswith(PREFIX):
            return get_response(request)
        response = _answer(request, get_response)
        if "Access-Control-Allow-Origin" not in response.headers and _is_public(request):
            response.headers["Access-Control-Allow-Origin"] = "*"  # of refusals and 304, which no view made
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    return middleware


def _unreadable(request: HttpRequest) -> problems.Problem | None:
    """Return what makes a request one that no view reads, whatever is kept in memory; None for all others."""
    accept = request.META.get("HTTP_ACCEPT", "*/*")
    if accept != "*/*" and not (request.accepts("application/json") or request.accepts(PROBLEM)):
        return problems.Problem("not-acceptable", "This address answers in JSON. Accept application/json.")
    query = request.META.get("QUERY_STRING", "")
    if query.count("&") >= MOST_PARAMETERS:
        return problems.Problem("bad-parameter", f"An address has {MOST_PARAMETERS:,} parameters at most.")
    if "%" in query:
        for pair in query.split("&"):
            name, _, value = (unquote_to_bytes(part.replace("+", " ")) for part in pair.partition("="))
            if b"\0" in name + value or not (_is_text(name) and _is_text(value)):
                shown = name.decode(errors="replace")[:60]
                told = f"“{shown}” holds a byte that is not text: broken UTF-8 or a NUL."
                return problems.Problem("bad-parameter", told, errors=[{"parameter": shown, "detail": told}])
    return None


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_public(request: HttpRequest) -> bool:
    """Say whether what is asked for is a read that everybody may make."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(getattr(view, "cls", None), "scopes", {}).get("GET") == PUBLIC


def _answer(request: HttpRequest, get_response: GetResponse) -> HttpResponse:
    if request.method == "OPTIONS":
        return get_response(request)
    try:
        caller = caller_of(request)
    except problems.Problem as problem:
        refused = problems.response(problem, request)
        return _counted(request, None, lambda: refused)[0]
    request.caller = caller  # type: ignore[attr-defined]
    wrong = _unreadable(request)

    def read() -> HttpResponse:
        if wrong is not None:
            return problems.response(wrong, request)
        return _as_problem(request, _conditional(request, get_response(request)))

    response, units = _counted(request, caller, read)
    if caller.kind != "anonymous":
        usage.note(caller, response.status_code, units)
        if caller.key is not None:
            keys.note_use(caller.key, clients.network(request), timezone.now())
    return response


def _counted(
    request: HttpRequest, caller: Caller | None, answer: Callable[[], HttpResponse]
) -> tuple[HttpResponse, int]:
    """Take the units of a request, before it is answered; of one that may end in 304, after. Return what was taken."""
    cost = _cost(request)
    asked = limits.asks(request, caller, cost)
    knows = request.META.get("HTTP_IF_NONE_MATCH", request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
    if request.method not in SAFE or knows.strip() in {"", "*"}:  # "*" fits whatever there is: it knows nothing
        return _charged(request, asked, cost, answer)
    looks = take_all([Ask(one.limit, one.key, 0) for one in asked])
    if any(one.remaining < cost for one in looks):
        return _charged(request, asked, cost, answer)  # nothing is left: no work is done to find out
    response = answer()
    if response.status_code == 304:
        return _told(response, looks), 0
    return _charged(request, asked, cost, lambda: response)


def _charged(
    request: HttpRequest, asked: Sequence[Ask], cost: int, answer: Callable[[], HttpResponse]
) -> tuple[HttpResponse, int]:
    """Take units; where that is refused, nothing is answered and nothing taken."""
    decisions = take_all(asked)
    refused = refusal(request, decisions, as_json=True)
    return (refused, 0) if refused else (_told(answer(), decisions), cost)


def _cost(request: HttpRequest) -> int:
    """Return the units that a request costs."""
    if request.method != "POST":
        return 1
    try:
        route = resolve(request.path_info).view_name
    except Resolver404:
        return 1
    return limits.COSTS.get(route, (1, ""))[0]


def _told(response: HttpResponse, decisions: Sequence[Decision]) -> HttpResponse:
    for name, value in headers(decisions).items():
        response.headers[name] = value
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Answer 304 where the client has what it would get (RFC 9110, section 13)."""
    if request.method not in SAFE or response.status_code != 200 or CONDITIONS.isdisjoint(request.META):
        return response
    changed = parse_http_date_safe(response.headers.get("Last-Modified", ""))
    answer = get_conditional_response(request, response.headers.get("ETag"), changed, response)
    assert isinstance(answer, HttpResponse)
    return answer


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Replace a page that says what went wrong, made before a view of the API was reached, by a problem."""
    kinds = {
        400: "bad-parameter", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
        412: "precondition-failed", 413: "too-large", 415: "unsupported-media-type", 503: "unavailable",
    }  # fmt: skip
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(PROBLEM):
        return response
    kind = kinds.get(response.status_code, "server-error")
    told = {
        "bad-parameter": "The address cannot be read: it holds a byte that is not text (broken UTF-8 or a NUL), or"
        " names a host that this site does not answer for.",
        "not-found": "The API has nothing at this address. /api/docs/ lists what there is.",
        "precondition-failed": "What is there now is not what If-Match or If-Unmodified-Since names.",
        "server-error": "The fault is ours and has been written down. Try again in a minute.",
    }.get(kind, problems.reason(response.status_code))
    kept = {name: response.headers[name] for name in ("Allow", "Retry-After") if name in response.headers}
    return problems.response(problems.Problem(kind, told, headers=kept), request)
