"""The routes of the API, the key, Idempotency-Key and errors: one call in, one answer out."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import unquote

from featured.standin import answers, catalogue, checkout, forms, parameters, payments, subscriptions
from featured.standin.account import Account, Thing
from featured.standin.refused import Refused

KEPT = 24 * 60 * 60  # seconds that a key is remembered. https://docs.stripe.com/api/idempotent_requests
LONGEST_KEY = 255
PAGING = {"limit", "starting_after", "ending_before", "created", "expand"}


@dataclass(frozen=True)
class Request:
    """A call: `text` are its parameters in form encoding; the names in `headers` are in small letters."""

    method: str
    path: str
    text: str
    headers: Mapping[str, str]

    @property
    def key(self) -> str:
        """The Idempotency-Key, which counts where something is made."""
        return self.headers.get("idempotency-key", "") if self.method == "POST" else ""

    @property
    def digest(self) -> str:
        """What tells this call from another one."""
        asked = json.dumps([self.method, self.path, forms.read(self.text)], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()


@dataclass
class Answer:
    """What goes back."""

    status: int
    body: Thing
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """The first answer to an Idempotency-Key, for those who ask again."""

    asked: str  # digest of method, path and parameters
    at: int
    status: int
    body: Thing


Handler = Callable[..., Thing]


@dataclass(frozen=True)
class Route:
    """A path of the API, the library's type of its parameters, and who answers."""

    method: str
    path: re.Pattern[str]
    parameters: str
    handler: Handler


def call(account: Account, request: Request) -> Answer:
    """Answer a call; what cannot be done is an answer too."""
    with account.lock:
        account.catch_up()
        account.calls.append((request.method, request.path))
        account.answered += 1
        identity, key = f"req_{secrets.token_hex(7)}", request.key
        account.request = {"id": identity, "idempotency_key": key or None}
        try:
            _authenticate(request.headers)
            answer = _once(account, request) if key else _handled(account, *_read(request))
        except Refused as error:
            answer = Answer(error.status, error.body())
        finally:
            account.request = {"id": None, "idempotency_key": None}
        answer.headers |= {"Request-Id": identity, "Stripe-Version": parameters.API_VERSION}
        if key:
            answer.headers["Idempotency-Key"] = key
        return answer


def _authenticate(headers: Mapping[str, str]) -> None:
    kind, _, key = headers.get("authorization", "").partition(" ")
    if kind != "Bearer" or not re.fullmatch(r"[rs]k_test_\w+", key):
        live = key.startswith(("sk_live_", "rk_live_"))
        why = "The stand-in for Stripe takes test keys only" if live else "Invalid API Key provided"
        raise Refused(f"{why}: use a key such as sk_test_standin in 'Authorization: Bearer'.", status=401)


def _once(account: Account, request: Request) -> Answer:
    """Answer a call with an Idempotency-Key: the same again gets what it got, another one an error."""
    key = request.key
    if len(key) > LONGEST_KEY:
        raise Refused(f"Idempotency keys are at most {LONGEST_KEY} characters long.", kind="idempotency_error")
    kept = account.answers.get(key)
    if isinstance(kept, Kept) and account.now() < kept.at + KEPT:
        if kept.asked != request.digest:
            raise Refused(
                "Keys for idempotent requests can only be used with the same parameters they were first used with."
                f" Try using a key other than '{key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        return Answer(kept.status, kept.body, {"Idempotent-Replayed": "true"})
    route, keys, given = _read(request)  # what cannot be read is not remembered
    try:
        answer = _handled(account, route, keys, given)
    except Refused as error:
        answer = Answer(error.status, error.body())
    account.answers[key] = Kept(request.digest, account.now(), answer.status, answer.body)
    return answer


def keep_error(account: Account, request: Request, error: Refused) -> None:
    """Let whoever repeats this call with its Idempotency-Key get that error again, as Stripe keeps even a 500."""
    with account.lock:
        if request.key:
            kept = Kept(request.digest, account.now(), error.status, error.body())
            account.answers.setdefault(request.key, kept)


def _read(request: Request) -> tuple[Route, tuple[str, ...], Thing]:
    for route in ROUTES:
        match = route.path.fullmatch(request.path)
        if match and route.method == request.method:
            given = parameters.check(forms.read(request.text), route.parameters)
            return route, tuple(unquote(one) for one in match.groups()), given
    raise Refused(
        f"Unrecognized request URL ({request.method}: {request.path}). The stand-in for Stripe answers only what this"
        " site asks.",
        status=404,
    )


def _handled(account: Account, route: Route, keys: tuple[str, ...], given: Thing) -> Answer:
    expand = given.get("expand", [])
    thing = route.handler(account, given, *keys)
    if thing["object"] in {"list", "search_result"} or thing.get("deleted"):
        return Answer(200, thing)
    return Answer(200, answers.rendered(account, thing, expand))


# -- lists and single objects ------------------------------------------------------------------------------------


def _retrieve(kind: str, account: Account, given: Thing, key: str) -> Thing:
    return account.get(kind, key)


def _list(kind: str, url: str, keep: Callable[[Thing, Thing], bool], account: Account, given: Thing) -> Thing:
    return answers.page(account, (one for one in account.all(kind) if keep(one, given)), given, url)


def _equal(thing: Thing, given: Thing) -> bool:
    """Keep what has the given values; a parameter that names no key of the object is looked at elsewhere."""
    return all(thing[name] == value for name, value in given.items() if name not in PAGING and name in thing)


def _price_fits(price: Thing, given: Thing) -> bool:
    keys, recurring = given.get("lookup_keys"), given.get("recurring")
    plain = {name: value for name, value in given.items() if name in {"active", "currency", "product", "type"}}
    return (
        _equal(price, plain)
        and (not keys or price["lookup_key"] in keys)
        and (not recurring or bool(price["recurring"] and price["recurring"] | recurring == price["recurring"]))
    )


def _product_fits(product: Thing, given: Thing) -> bool:
    plain = {name: value for name, value in given.items() if name in {"active", "url", "shippable"}}
    return _equal(product, plain) and ("ids" not in given or product["id"] in given["ids"])


def _session_fits(session: Thing, given: Thing) -> bool:
    details = given.get("customer_details")
    plain = {name: value for name, value in given.items() if name != "customer_details"}
    return _equal(session, plain) and (not details or (session["customer_details"] or {})["email"] == details["email"])


def _subscription_fits(subscription: Thing, given: Thing) -> bool:
    status = given.get("status")
    if status is None and subscription["status"] == "canceled":
        return False
    plain = {name: value for name, value in given.items() if name in {"customer", "collection_method"}}
    prices = {item["price"]["id"] for item in subscription["items"]["data"]}
    right = status in {None, "all", subscription["status"]} or (status == "ended" and subscription["ended_at"])
    return _equal(subscription, plain) and bool(right) and ("price" not in given or given["price"] in prices)


def _invoice_fits(invoice: Thing, given: Thing) -> bool:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    plain = {name: value for name, value in given.items() if name != "subscription"}
    return _equal(invoice, plain) and (
        "subscription" not in given or details.get("subscription") == given["subscription"]
    )


def _invoice_payment_fits(one: Thing, given: Thing) -> bool:
    wanted = given.get("payment", {})
    plain = {name: value for name, value in given.items() if name in {"invoice", "status"}}
    return _equal(one, plain) and one["payment"] | wanted == one["payment"]


def _event_fits(event: Thing, given: Thing) -> bool:
    types: Iterable[str] = given.get("types") or ([given["type"]] if "type" in given else [])
    patterns = [re.escape(one).replace(r"\*", ".*") for one in types]
    delivered = given.get("delivery_success")
    return (not patterns or any(re.fullmatch(one, event["type"]) for one in patterns)) and (
        delivered is None or delivered == (event["pending_webhooks"] == 0)
    )


def _search_products(account: Account, given: Thing) -> Thing:
    found = answers.search(account.all("product"), given["query"])
    limit = given.get("limit", 10)
    data = [answers.rendered(account, one) for one in found[:limit]]
    return {
        "object": "search_result", "data": data, "has_more": len(found) > limit, "next_page": None,
        "url": "/v1/products/search",
    }  # fmt: skip


def _line_items(account: Account, given: Thing, key: str) -> Thing:
    account.get("checkout.session", key)
    return answers.page(account, account.lines[key], given, f"/v1/checkout/sessions/{key}/line_items")


def _change_metadata(kind: str, account: Account, given: Thing, key: str) -> Thing:
    thing = account.get(kind, key)
    thing["metadata"] = catalogue.metadata(given.get("metadata"), thing["metadata"])
    return thing


# -- routes ------------------------------------------------------------------------------------------------------


def _route(method: str, path: str, of: str, handler: Handler) -> Route:
    return Route(method, re.compile(path.replace("{}", r"([^/]+)")), of, handler)


def _reading(path: str, kind: str, of: str, keep: Callable[[Thing, Thing], bool] = _equal) -> list[Route]:
    """Return the routes of a list and of a single object."""
    return [
        _route("GET", path, f"{of}ListParams", partial(_list, kind, path, keep)),
        _route("GET", f"{path}/{{}}", f"{of}RetrieveParams", partial(_retrieve, kind)),
    ]


ROUTES = [
    _route("GET", "/v1/products/search", "ProductSearchParams", _search_products),
    *_reading("/v1/products", "product", "Product", _product_fits),
    _route("POST", "/v1/products", "ProductCreateParams", catalogue.create_product),
    _route("POST", "/v1/products/{}", "ProductUpdateParams", catalogue.update_product),
    *_reading("/v1/prices", "price", "Price", _price_fits),
    _route("POST", "/v1/prices", "PriceCreateParams", catalogue.create_price),
    _route("POST", "/v1/prices/{}", "PriceUpdateParams", catalogue.update_price),
    *_reading("/v1/customers", "customer", "Customer"),
    _route("POST", "/v1/customers", "CustomerCreateParams", catalogue.create_customer),
    _route("POST", "/v1/customers/{}", "CustomerUpdateParams", catalogue.update_customer),
    _route("DELETE", "/v1/customers/{}", "CustomerDeleteParams", catalogue.delete_customer),
    *_reading("/v1/checkout/sessions", "checkout.session", "checkout.Session", _session_fits),
    _route("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams", checkout.create),
    _route("POST", "/v1/checkout/sessions/{}/expire", "checkout.SessionExpireParams", checkout.expire),
    _route("GET", "/v1/checkout/sessions/{}/line_items", "checkout.SessionLineItemListParams", _line_items),
    *_reading("/v1/payment_intents", "payment_intent", "PaymentIntent"),
    *_reading("/v1/charges", "charge", "Charge"),
    *_reading("/v1/refunds", "refund", "Refund"),
    _route("POST", "/v1/refunds", "RefundCreateParams", payments.refund),
    _route("POST", "/v1/refunds/{}", "RefundUpdateParams", partial(_change_metadata, "refund")),
    *_reading("/v1/subscriptions", "subscription", "Subscription", _subscription_fits),
    _route("POST", "/v1/subscriptions/{}", "SubscriptionUpdateParams", subscriptions.update),
    _route("DELETE", "/v1/subscriptions/{}", "SubscriptionCancelParams", subscriptions.cancel),
    *_reading("/v1/invoices", "invoice", "Invoice", _invoice_fits),
    *_reading("/v1/invoice_payments", "invoice_payment", "InvoicePayment", _invoice_payment_fits),
    _route("POST", "/v1/billing_portal/sessions", "billing_portal.SessionCreateParams", checkout.create_portal),
    *_reading("/v1/disputes", "dispute", "Dispute"),
    _route("POST", "/v1/disputes/{}", "DisputeUpdateParams", payments.answer_dispute),
    *_reading("/v1/events", "event", "Event", _event_fits),
]
