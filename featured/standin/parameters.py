"""Reads the types that the installed stripe library declares: what may be asked, and which keys an answer has.

Only this module of the stand-in imports the library.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import stripe
import stripe.params
from stripe import RequestOptions, StripeObject
from typing_extensions import is_typeddict

from featured.standin.refused import Refused

API_VERSION = str(stripe.api_version)
OPTIONS = frozenset(RequestOptions.__annotations__)  # of the library's call, not of the request
# Answered only when they are asked for by `expand`, or about something that is no more
LEFT_OUT = frozenset(
    (  # noqa: SIM905
        "line_items payments refunds deleted subscriptions sources tax_ids currency_options cash_balance "
        "confirmation_secret presentment_details managed_payments tiers"
    ).split()
)


# -- what may be asked ---------------------------------------------------------------------------------------


@functools.cache
def parameters(name: str) -> type:
    """Return the library's type of a request: "checkout.SessionCreateParams"."""
    found: Any = stripe.params
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    # the library imports StripeContext for type checkers only
    hints = get_type_hints(kind, localns={"StripeContext": object, "Mapping": Mapping})
    return {name: hint for name, hint in hints.items() if name not in OPTIONS}


def check(given: Any, name: str) -> dict[str, Any]:
    """Return the parameters of a request in their types; `given` are texts, dicts and lists as read from the form.

    Raises Refused in Stripe's words for a parameter that is unknown, missing or of another type.
    """
    return _typed_dict(given, parameters(name), "")


def _typed_dict(given: Any, kind: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refused("Invalid object", param=path)
    hints = _hints(kind)
    for key in given:
        if key not in hints:
            name = _join(path, key)
            raise Refused(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)
    for key in sorted(kind.__required_keys__ - OPTIONS):
        if given.get(key) in (None, ""):
            name = _join(path, key)
            raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    return {key: value(one, hints[key], _join(path, key)) for key, one in given.items()}


def _join(path: str, key: str) -> str:
    return f"{path}[{key}]" if path else key


def value(given: Any, hint: Any, path: str) -> Any:
    """Return one parameter in the type that `hint` says. Raises Refused; `path` is its name."""
    origin = get_origin(hint)
    if origin in {Union, UnionType}:
        return _one_of(given, get_args(hint), path)
    if is_typeddict(hint):
        return _typed_dict(given, hint, path)
    if origin is list:
        if not isinstance(given, list):
            raise Refused("Invalid array", param=path)
        return [value(one, get_args(hint)[0], f"{path}[{place}]") for place, one in enumerate(given)]
    if origin is dict:
        if not isinstance(given, dict):
            raise Refused("Invalid object", param=path)
        return {key: value(one, get_args(hint)[1], f"{path}[{key}]") for key, one in given.items()}
    return _plain(given, hint, path)


def _one_of(given: Any, hints: tuple[Any, ...], path: str) -> Any:
    """A union: an enumeration that the library leaves open (Literal | str) is closed at Stripe."""
    words = [word for hint in hints if get_origin(hint) is Literal for word in get_args(hint)]
    others = [hint for hint in hints if get_origin(hint) is not Literal and hint is not NoneType]
    if given in words:
        return given
    if [word for word in words if word] and others in ([], [str]):
        raise Refused(f"Invalid {path}: must be one of {', '.join(word for word in words if word)}", param=path)
    # a container of strings stands before the library's own class for the same
    for hint in others[:-1]:
        try:
            return value(given, hint, path)
        except Refused as error:
            if get_origin(hint) is dict or is_typeddict(hint):
                raise error from None
    return value(given, others[-1], path)


def _plain(given: Any, hint: Any, path: str) -> Any:
    if not isinstance(given, str):
        raise Refused(f"Invalid {_word(hint)}", param=path)
    if hint is bool:
        if given not in {"true", "false"}:
            raise Refused(f"Invalid boolean: {given}", param=path)
        return given == "true"
    if hint is int:
        if not re.fullmatch(r"-?\d{1,18}", given):
            raise Refused(f"Invalid integer: {given}", code="parameter_invalid_integer", param=path)
        return int(given)
    if hint in {float, Decimal}:
        try:
            return hint(given)
        except (ValueError, InvalidOperation):
            raise Refused(f"Invalid decimal: {given}", param=path) from None
    return given


def _word(hint: Any) -> str:
    return {bool: "boolean", int: "integer", str: "string"}.get(hint, "value")


# -- what is answered ----------------------------------------------------------------------------------------


@functools.cache
def shape(name: str) -> type[StripeObject]:
    """Return the library's class of an object: "checkout.Session"."""
    found: Any = stripe
    for part in name.split("."):
        found = getattr(found, part)
    return found  # type: ignore[no-any-return]


def blank(name: str) -> dict[str, Any]:
    """Return an object of that class with all its keys, empty: None where that is allowed, else nothing, 0 or no."""
    return _blank(shape(name))


def _blank(kind: type) -> dict[str, Any]:
    keys = {key: hint for key, hint in kind.__annotations__.items() if not key.isupper() and key not in LEFT_OUT}
    return {key: _empty(hint) for key, hint in keys.items()}


def _empty(hint: Any) -> Any:
    arguments = get_args(hint)
    if NoneType in arguments:
        return None
    origin = get_origin(hint)
    if origin is list:
        return []
    if origin is Literal:
        return arguments[0] if len(arguments) == 1 else None
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        return _blank(hint)
    if isinstance(origin, type) and issubclass(origin, StripeObject):  # metadata
        return {}
    return {bool: False, int: 0, str: ""}.get(hint)
