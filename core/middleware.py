"""Middleware that every response passes: security headers, refusal of text that cannot be stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.exceptions import BadRequest, MiddlewareNotUsed, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError

from core import views

GetResponse = Callable[[HttpRequest], HttpResponse]


def csp(forms_lead_to: Sequence[str] = ()) -> str:
    """Return the content security policy; `forms_lead_to` are origins that answers to forms of the page redirect to.

    No inline script or style anywhere; images only ours (logos are re-hosted, never hot-linked).
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            " ".join(["form-action 'self'", *forms_lead_to]),
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "manifest-src 'self'",
        ]
    )


CSP = csp()

# Nothing that a browser could lend to a page, but passkeys. Copying to the clipboard is not in it: pages offer that.
PERMISSIONS = ", ".join(
    [
        *(
            f"{feature}=()"
            for feature in (  # noqa: SIM905
                "accelerometer autoplay camera display-capture encrypted-media fullscreen geolocation gyroscope hid "
                "idle-detection magnetometer microphone midi payment picture-in-picture screen-wake-lock serial usb "
                "xr-spatial-tracking"
            ).split()
        ),
        "publickey-credentials-create=(self)",
        "publickey-credentials-get=(self)",
    ]
)

BROKEN = (
    "The address holds a byte that is not text (broken UTF-8 or a NUL). Type the search again instead of pasting it."
)

CUT = "Only a part of the form came. Nothing was saved: go back and send it again."
FORM = "application/x-www-form-urlencoded"


def security_headers(get_response: GetResponse) -> GetResponse:
    """Set the content security policy and friends on every response (OWASP ASVS 5, 3.4)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CSP)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def own_error_pages(get_response: GetResponse) -> GetResponse:
    """In debug, show the site's own 400, 403 and 404 pages instead of Django's technical ones; 500 keeps its traceback.

    `make run` runs in debug, and what a newcomer sees there should be the product.
    """
    if not settings.DEBUG:
        raise MiddlewareNotUsed

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        as_page = response.headers.get("Content-Type", "").startswith("text/html")  # programs get what their view says
        if response.status_code == 404 and as_page and not hasattr(response, "told"):
            return views.not_found(request, Http404())
        return response

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        pages: dict[type[Exception], Callable[[HttpRequest, Exception], HttpResponse]] = {
            Http404: views.not_found,
            BadRequest: views.bad_request,
            PermissionDenied: views.forbidden,
        }
        page = pages.get(type(exception))
        return page(request, exception) if page else None

    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def refuse_broken_text(get_response: GetResponse) -> GetResponse:
    """Answer 400 to a path or a query string that is not UTF-8 or holds a NUL byte.

    PostgreSQL cannot store or compare either, and a replaced character would find something that was
    not asked for.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        for key, values in request.GET.lists():
            for text in [key, *values]:
                if "\x00" in text or "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text):
                    return views.bad_request(request, BadRequest(BROKEN))
        if "\x00" in request.path or "\ufffd" in request.path:
            return views.bad_request(request, BadRequest(BROKEN))
        return get_response(request)

    return middleware


def refuse_cut_forms(get_response: GetResponse) -> GetResponse:
    """Answer 400 to a form of which less came than was announced: half of a text would be saved as the whole.

    Of uploads (multipart) the end is marked, and what holds them checks what they are.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        announced, most = request.META.get("CONTENT_LENGTH") or "", settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request.content_type == FORM and announced.isdigit() and int(announced) <= most:
            try:
                cut = len(request.body) < int(announced)
            except UnreadablePostError:
                cut = True
            if cut:
                return views.bad_request(request, BadRequest(CUT))
        return get_response(request)

    return middleware
