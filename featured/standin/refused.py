"""What the stand-in answers when it does not do what was asked, in the form of Stripe's errors."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer other than 200. https://docs.stripe.com/api/errors"""

    def __init__(
        self, message: str, *, status: int = 400, kind: str = "invalid_request_error", code: str = "", param: str = ""
    ) -> None:
        """`kind` is Stripe's `type`; `param` names the parameter in Stripe's spelling: line_items[0][price]."""
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind}
        self.error |= {name: value for name, value in (("code", code), ("param", param)) if value}

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON."""
        return {"error": self.error}


def missing(kind: str, key: str, param: str = "id") -> Refused:
    """Return the error for an object that there is not; `kind` as Stripe writes it: checkout.session."""
    return Refused(f"No such {kind}: '{key}'", status=404, code="resource_missing", param=param)


def not_here(what: str, param: str = "") -> Refused:
    """Return the error for what Stripe can do and the stand-in cannot."""
    return Refused(f"The stand-in for Stripe cannot do this: {what}. Stripe itself can.", code="standin", param=param)
