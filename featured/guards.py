"""What every page of who buys passes: who is signed in, how often they may write, what they typed is kept."""

from __future__ import annotations

from collections.abc import Callable

from core.kept_forms import away, offering
from core.signed_in import View, signed_in
from featured import limits


def mine(*methods: str, fills: bool = False) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back; what they typed waits there. A view that `fills` puts it into its form
    itself (core.kept_forms.typed); for others it is shown with a button that sends it.
    """

    def decorate(view: View) -> View:
        shown = signed_in(view, methods, limit=limits.BOOK, away=away)
        return shown if fills else offering(shown, "featured:mine")

    return decorate
