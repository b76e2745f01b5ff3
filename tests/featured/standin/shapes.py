"""Holds an answer against the classes of the installed library: no key that they do not know, and each of its type."""

from __future__ import annotations

from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import stripe as library
from stripe import ListObject, StripeObject

CLASSES: dict[str, type[StripeObject]] = {
    "billing_portal.session": library.billing_portal.Session,
    "charge": library.Charge,
    "checkout.session": library.checkout.Session,
    "customer": library.Customer,
    "dispute": library.Dispute,
    "event": library.Event,
    "invoice": library.Invoice,
    "invoice_payment": library.InvoicePayment,
    "item": library.LineItem,
    "line_item": library.InvoiceLineItem,
    "payment_intent": library.PaymentIntent,
    "plan": library.Plan,
    "price": library.Price,
    "product": library.Product,
    "refund": library.Refund,
    "subscription": library.Subscription,
    "subscription_item": library.SubscriptionItem,
}
ENVELOPE = {"object", "data", "has_more", "url", "next_page"}


def problems(value: Any, where: str = "") -> list[str]:
    """Return what is wrong with an object of the API and all objects in it, as sentences."""
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    kind = value.get("object")
    if kind in {"list", "search_result"}:
        wrong = [f"{where}: unknown key {key}" for key in value.keys() - ENVELOPE]
        return wrong + [
            one for place, thing in enumerate(value["data"]) for one in problems(thing, f"{where}[{place}]")
        ]
    if kind not in CLASSES:
        return [f"{where}: unknown object {kind!r}"]
    if value.get("deleted"):
        return [] if set(value) == {"id", "object", "deleted"} else [f"{where}: more than was deleted"]
    return _of_class(value, CLASSES[kind], where or str(kind))


def _of_class(value: dict[str, Any], kind: type[StripeObject], where: str) -> list[str]:
    hints = {name: hint for name, hint in kind.__annotations__.items() if not name.isupper()}
    wrong = [f"{where}: unknown key {key}" for key in sorted(value.keys() - hints.keys())]
    wrong += [
        f"{where}: {name} is missing" for name, hint in hints.items() if name not in value and not _may_lack(hint)
    ]
    for name in value.keys() & hints.keys():
        wrong += _of_hint(value[name], hints[name], f"{where}.{name}")
    return wrong


def _may_lack(hint: Any) -> bool:
    return NoneType in get_args(hint)


def _of_hint(value: Any, hint: Any, where: str) -> list[str]:
    """Hold one value against an annotation; names that only type checkers can read stand for objects by themselves."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        if value is None:
            return [] if NoneType in arguments else [f"{where}: is None"]
        tries = [_of_hint(value, one, where) for one in arguments if one is not NoneType]
        return [] if [] in tries else tries[-1]
    if origin is Literal:
        return [] if value in arguments else [f"{where}: {value!r} is not one of {arguments[:8]}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [one for place, item in enumerate(value) for one in _of_hint(item, arguments[0], f"{where}[{place}]")]
    if not isinstance(hint, type) and origin is None:  # a forward reference: "Customer"
        return problems(value, where)
    return _of_type(value, origin or hint, arguments, where)


def _of_type(value: Any, kind: type, arguments: tuple[Any, ...], where: str) -> list[str]:
    if kind is ListObject:
        return problems(value, where)
    if issubclass(kind, StripeObject):
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        if arguments or not kind.__annotations__:  # metadata, and the object of an event
            return []
        return (
            problems(value, where) if "object" in value and kind in CLASSES.values() else _of_class(value, kind, where)
        )
    if kind is Decimal:
        return [] if isinstance(value, str) else [f"{where}: {value!r} is no decimal number in a text"]
    wanted: Any = (int, float) if kind is float else kind
    good = isinstance(value, wanted) and not (kind is int and isinstance(value, bool))
    return [] if good else [f"{where}: {value!r} is no {kind.__name__}"]
