"""Addresses that there are none of."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.base import PUBLIC, View
from api.problems import Problem


class Missing(View):
    """Any other address below /api/v1/."""

    scopes = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), PUBLIC)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say that nothing is there before anything else is wrong. Raises Problem."""
        told = "A path of the API has no slash at its end." if request.path.endswith("/") else "Look at /api/docs/."
        raise Problem("not-found", f"The API has nothing at {request.path[:200]}. {told}")

    @extend_schema(exclude=True)
    def get(self, request: Request, rest: str) -> None:
        """Never reached."""

    post = put = patch = delete = get
