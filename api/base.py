"""What every view of the API is: who may call it is written on it, its parameters are named, its answers are JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import bodies, parameters
from api.callers import Caller
from api.found import Moved
from api.parsing import StrictJSONParser
from api.problems import Problem, too_many, unauthorized
from api.rendering import JSONRenderer
from api.scopes import SCOPES
from core.ratelimit import Limit, take
from core.site import absolute

PUBLIC = ""  # as a scope: everybody may
KEPT = "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"


class CallerAuthentication(BaseAuthentication):
    """Takes over who the middleware knows the caller to be."""

    def authenticate(self, request: Request) -> tuple[Any, Caller]:
        """Return the user and the caller."""
        caller: Caller = request._request.caller  # type: ignore[attr-defined]
        return caller.user, caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a 401."""
        return 'Bearer realm="api"'


class Scoped(BasePermission):
    """Lets those pass whom the view's `scopes` name for the method. Raises Problem."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return True, or say what is missing."""
        assert isinstance(view, View)
        needed = view.scopes.get("GET" if request.method == "HEAD" else str(request.method))
        if needed is None:
            raise MethodNotAllowed(str(request.method))
        if needed != PUBLIC:
            require(cast("Caller", request.auth), needed)
        return True


def require(caller: Caller, scope: str) -> None:
    """Let a caller pass that has a scope. Raises Problem, which says what is missing."""
    if caller.kind == "anonymous":
        where = absolute(reverse("api:keys"))
        raise unauthorized(f"This needs a key or a token: send “Authorization: Bearer …”. Keys are made at {where}.")
    if scope not in caller.scopes:
        told = f"This needs the scope {scope} ({SCOPES[scope].rstrip('.')}), which this {caller.kind} does not have."
        challenge = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
        raise Problem("missing-scope", told, headers={"WWW-Authenticate": challenge})


class View(APIView):
    """A view of the API. Says for each method which scope it needs, and which parameters its GET knows.

    `several` are those of the parameters that may be given more than once.
    """

    authentication_classes = [CallerAuthentication]
    permission_classes = [Scoped]
    renderer_classes = [JSONRenderer]
    parser_classes = [StrictJSONParser]
    scopes: ClassVar[Mapping[str, str]]
    parameters: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[tuple[str, ...]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check caller, scope and parameters before the method runs. Raises Problem, BadParameter."""
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS":  # a browser asks before a GET, with the parameters of that
            return
        known = self.parameters if request.method in {"GET", "HEAD"} else ()
        parameters.check(request.query_params, known, self.several)
        if getattr(getattr(self, str(request.method).lower(), None), "bodyless", False):
            bodies.none(request)

    @property
    def query(self) -> QueryDict:
        """The query parameters."""
        data: QueryDict = self.request.query_params
        return data

    @property
    def caller(self) -> Caller:
        """Who calls."""
        return cast("Caller", self.request.auth)

    def allow(self, limit: Limit, who: str = "") -> None:
        """Count by a limit that pages and API share: the caller's account, or `who`. Raises Problem."""
        decision = take(limit, who or f"account {self.caller.user.pk}")
        if not decision.allowed:
            raise too_many(decision)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """Say which methods there are; for browsers, what scripts of other sites may do with public reads."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Let OPTIONS pass without a caller: nothing is counted or told."""
        if request.method == "OPTIONS":
            request.caller = Caller("anonymous", AnonymousUser(), "")
        return super().initialize_request(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        """Check the scope, but for OPTIONS."""
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def handle_exception(self, exc: Exception) -> Any:
        """Lead on to the new address of what has moved; all else is a problem."""
        return exc.response if isinstance(exc, Moved) else super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what every answer has: how long it may be kept, an ETag, and for public reads who may read it."""
        response = super().finalize_response(request, response, *args, **kwargs)
        public = self.scopes.get("GET") == PUBLIC
        if public:
            _open(response, self.allowed_methods)
        if request.method in {"GET", "HEAD"} and response.status_code == 200:
            caller = getattr(request, "auth", None)
            anonymous = caller is None or caller.kind == "anonymous"
            response.headers.setdefault("Cache-Control", KEPT if public and anonymous else "private, no-cache")
            _tag(response)
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Accept, Authorization" if not public else "Accept"
        return response


def _open(response: Any, methods: list[str]) -> None:
    """Let scripts of other sites read what is public (CORS). No cookie is ever read, so none is allowed."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = ", ".join(
        one for one in methods if one in {"GET", "HEAD", "OPTIONS"}
    )
    response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, If-None-Match, If-Modified-Since"
    response.headers["Access-Control-Max-Age"] = "86400"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


def _tag(response: Any) -> None:
    """Give an answer an ETag of what it says, whoever asked."""

    def tag(rendered: Any) -> None:
        if not rendered.has_header("ETag"):
            rendered.headers["ETag"] = f'W/"{hashlib.sha256(rendered.content).hexdigest()[:32]}"'

    if hasattr(response, "add_post_render_callback"):
        response.add_post_render_callback(tag)
    else:
        tag(response)
