"""The pages that a buyer sees in a browser: checkout, customer portal, receipt and invoice. Nothing is charged."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from featured.money import money
from featured.standin import checkout, payments, subscriptions
from featured.standin.account import Account, Thing
from featured.standin.refused import Refused, missing

STYLE = Path(__file__).with_name("pages.css")
COUNTRIES = {
    "US": "United States", "AT": "Austria", "BE": "Belgium", "DE": "Germany", "ES": "Spain", "FR": "France",
    "GB": "United Kingdom", "IE": "Ireland", "IT": "Italy", "JP": "Japan", "NL": "Netherlands", "PL": "Poland",
}  # fmt: skip
BANK_SAYS_AFTER = 60  # seconds until a debit that somebody chose on the page has come
SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{}</title>
<link rel="stylesheet" href="/pages.css">
</head>
<body>
<header class="test">
<p><strong>Test payments:</strong> nothing is charged. This page stands in for Stripe.</p>
</header>
<main>
{}
</main>
</body>
</html>
"""


@dataclass
class Page:
    """An answer for a browser."""

    status: int
    body: bytes
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def page(account: Account, method: str, path: str, body: str) -> Page:
    """Answer a browser: GET shows, POST does what a button says."""
    if path == "/pages.css" and method == "GET":
        return Page(200, STYLE.read_bytes(), "text/css; charset=utf-8")
    form = dict(parse_qsl(body, keep_blank_values=True))
    try:
        with account.lock:
            account.catch_up()
            for pattern, allowed, view in VIEWS:
                match = re.fullmatch(pattern, path)
                if match and method in allowed:
                    return view(account, match[1], form if method == "POST" else None)
        raise missing("page", path)
    except Refused as error:
        return _shown("Not found", format_html("<h1>Not found</h1>\n<p>{}</p>", error), status=error.status)


# -- views -----------------------------------------------------------------------------------------------------


def _checkout(account: Account, key: str, form: dict[str, str] | None) -> Page:
    session = account.get("checkout.session", key)
    if session["status"] != "open":
        return _over(session)
    if form is None:
        return _form(account, session, {})
    details = {name: form.get(name, "").strip()[:200] for name in ("email", "name", "country", "tax_id")}
    if problem := _problem(session, form, details):
        return _form(account, session, form, problem)
    how = {"pay": payments.GOOD, "decline": payments.DECLINED, "bank": payments.ASYNC}.get(form.get("how", ""))
    if how is None:
        return _form(account, session, form, "Choose one of the buttons.")
    checkout.pay(account, key, how, details)
    if how == payments.DECLINED:
        return _form(account, session, form, "Your card was declined. Try another card.")
    if how == payments.ASYNC:
        account.later(account.now() + BANK_SAYS_AFTER, _bank_says, key)
    return _see(session["success_url"].replace("{CHECKOUT_SESSION_ID}", key))


def _bank_says(account: Account, key: str) -> None:
    session = account.get("checkout.session", key)
    if account.get("payment_intent", session["payment_intent"])["status"] == "processing":
        checkout.settle(account, key)


def _problem(session: Thing, form: dict[str, str], details: dict[str, str]) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", details["email"]):
        return "Your e-mail address is not complete: it looks like name@example.com."
    if not details["name"]:
        return "Your name is missing: write it as on the card."
    if details["country"] not in COUNTRIES:
        return "Choose a country."
    if _asks_for_terms(session) and "terms" not in form:
        return "You have not agreed to the terms: tick the box to go on."
    return ""


def _asks_for_terms(session: Thing) -> bool:
    return (session["consent_collection"] or {}).get("terms_of_service") == "required"


def _form(account: Account, session: Thing, form: dict[str, str], problem: str = "") -> Page:
    email = form.get("email") or session["customer_email"] or ""
    if not email and session["customer"]:
        email = account.get("customer", session["customer"])["email"] or ""
    chosen = form.get("country", "US")
    weekly = session["mode"] == "subscription"
    content = format_html(
        "<h1>{}</h1>\n{}\n{}<form method=post>\n{}{}{}{}{}<p class=buttons>"
        "<button name=how value=pay>Pay with a card that works</button>\n"
        "<button name=how value=decline class=second>Pay with a card that is declined</button>\n{}</p>\n</form>\n{}",
        "Subscribe" if weekly else "Pay",
        format_html("{}{}", _lines(account, session), _said((session.get("custom_text") or {}).get("submit"))),
        format_html("<p class=problem role=alert>{}</p>\n", problem) if problem else "",
        _field("email", "E-mail address", email, "email", "email"),
        _field("name", "Name on the card", form.get("name", ""), "text", "cc-name"),
        format_html(
            "<p><label for=country>Country</label>\n"
            "<select id=country name=country autocomplete=country>{}</select></p>\n",
            format_html_join("", "<option value={}{}>{}</option>", _options(chosen)),
        ),
        _field("tax_id", "VAT number (if you have one)", form.get("tax_id", ""), "text", "off")
        if (session["tax_id_collection"] or {}).get("enabled") else "",
        format_html(
            "<p class=check><label><input type=checkbox name=terms{}> I agree to the terms</label></p>\n",
            " checked" if "terms" in form else "",
        )
        if _asks_for_terms(session) else "",
        "" if weekly else SafeString(
            "<button name=how value=bank class=second>Pay by bank debit (known in a minute)</button>"
        ),
        _back(session["cancel_url"], "Cancel and go back"),
    )  # fmt: skip
    return _shown("Pay" if not weekly else "Subscribe", content, goes_to=session["success_url"])


def _options(chosen: str) -> list[tuple[str, SafeString, str]]:
    return [(code, SafeString(" selected" if code == chosen else ""), name) for code, name in COUNTRIES.items()]


def _field(name: str, label: str, value: str, kind: str, complete: str) -> SafeString:
    return format_html(
        '<p><label for="{0}">{1}</label>\n<input id="{0}" name="{0}" type="{3}" value="{2}" autocomplete="{4}"></p>\n',
        name, label, value, kind, complete,
    )  # fmt: skip


def _lines(account: Account, session: Thing) -> SafeString:
    rows = [
        (line["description"], _how_much(line), money(line["amount_subtotal"], line["currency"]))
        for line in account.lines[session["id"]]
    ]
    taxed = session["automatic_tax"]["enabled"]
    return format_html(
        "<table>\n<caption>What you buy</caption>\n<thead><tr><th scope=col>What</th><th scope=col>How much</th>"
        "<th scope=col>Sum</th></tr></thead>\n<tbody>{}</tbody>\n"
        "<tfoot><tr><th scope=row colspan=2>Total{}</th><td>{}</td></tr></tfoot>\n</table>",
        format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        ", before the tax of your country" if taxed else "",
        money(session["amount_subtotal"], session["currency"]),
    )


def _said(text: Thing | None) -> SafeString:
    return format_html("\n<p>{}</p>", text["message"]) if text else SafeString("")


def _how_much(line: Thing) -> str:
    each = money(line["price"]["unit_amount"], line["currency"])
    return f"{line['quantity']} \N{MULTIPLICATION SIGN} {each}{_every(line['price'])}"


def _every(price: Thing) -> str:
    return f" every {price['recurring']['interval']}" if price["recurring"] else ""


def _over(session: Thing) -> Page:
    words = {
        "complete": ("Paid already", "This has been paid: it cannot be paid twice.", session["success_url"]),
        "expired": ("Too late", "The time to pay this is over. Nothing was paid.", session["cancel_url"]),
    }
    title, sentence, back = words[session["status"]]
    back = back and back.replace("{CHECKOUT_SESSION_ID}", session["id"])
    return _shown(title, format_html("<h1>{}</h1>\n<p>{}</p>\n{}", title, sentence, _back(back, "Go back")))


def _portal(account: Account, key: str, form: dict[str, str] | None) -> Page:
    session = account.get("billing_portal.session", key)
    if form is not None:
        subscription = account.get("subscription", form.get("subscription", ""))
        if subscription["customer"] != session["customer"]:
            raise missing("subscription", subscription["id"])
        ends = form.get("how") == "cancel"
        subscriptions.update(account, {"cancel_at_period_end": ends}, subscription["id"])
        return _see(f"{account.base}/portal/{key}")
    found = [one for one in account.all("subscription") if one["customer"] == session["customer"]]
    rows = format_html_join("\n", "{}", ((_subscription(account, one),) for one in found))
    content = format_html(
        "<h1>Your subscriptions</h1>\n{}\n{}", rows or SafeString("<p>You have none.</p>"),
        _back(session["return_url"], "Go back"),
    )  # fmt: skip
    return _shown("Your subscriptions", content)


def _subscription(account: Account, one: Thing) -> SafeString:
    item = one["items"]["data"][0]
    name = account.objects[item["price"]["product"]]["name"]
    until = datetime.fromtimestamp(item["current_period_end"], UTC).strftime("%d %B %Y")
    ends = one["cancel_at_period_end"]
    button = "" if one["status"] == "canceled" else format_html(
        "<form method=post><input type=hidden name=subscription value={}>"
        "<button name=how value={}>{}</button></form>",
        one["id"], "keep" if ends else "cancel", f"Keep {name}" if ends else f"Cancel {name}",
    )  # fmt: skip
    state = "ended" if one["status"] == "canceled" else f"ends on {until}" if ends else f"renewed on {until}"
    return format_html(
        "<section>\n<h2>{}</h2>{}\n<p>{}{}: {} ({}).</p>\n{}\n</section>", name, _words(one),
        money(item["price"]["unit_amount"] * item["quantity"], one["currency"]), _every(item["price"]), state,
        one["status"].replace("_", " "), button,
    )  # fmt: skip


def _words(one: Thing) -> SafeString:
    return format_html("\n<p>{}</p>", one["description"]) if one.get("description") else SafeString("")


def _receipt(account: Account, key: str, _form: dict[str, str] | None) -> Page:
    charge = account.get("charge", key)
    paid, back = (money(charge[name], charge["currency"]) for name in ("amount", "amount_refunded"))
    state = "paid" if charge["paid"] else charge["status"]
    content = format_html("<h1>Receipt</h1>{}\n<p>{} {}.</p>\n<p>Refunded: {}.</p>", _words(charge), paid, state, back)
    return _shown("Receipt", content)


def _invoice(account: Account, key: str, _form: dict[str, str] | None) -> Page:
    invoice = account.get("invoice", key)
    rows = [(one["description"], money(one["amount"], one["currency"])) for one in invoice["lines"]["data"]]
    content = format_html(
        "<h1>Invoice {}</h1>{}\n<ul>{}</ul>\n<p>Total {}: {}.</p>", invoice["number"] or "(draft)", _words(invoice),
        format_html_join("", "<li>{}: {}</li>", rows), money(invoice["total"], invoice["currency"]), invoice["status"],
    )  # fmt: skip
    return _shown("Invoice", content)


def _index(account: Account, _key: str, _form: dict[str, str] | None) -> Page:
    content = format_html(
        "<h1>Test payments</h1>\n<p>This stands in for Stripe while the site is tried out. {} objects, {} events"
        " wait for delivery.</p>\n<p>It is described in docs/stripe-stand-in.md.</p>",
        len(account.objects), len(account.post.pending),
    )  # fmt: skip
    return _shown("Test payments", content)


VIEWS: list[tuple[str, tuple[str, ...], Callable[[Account, str, dict[str, str] | None], Page]]] = [
    (r"/pay/(cs_\w+)", ("GET", "POST"), _checkout),
    (r"/portal/(bps_\w+)", ("GET", "POST"), _portal),
    (r"/receipts/(ch_\w+)", ("GET",), _receipt),
    (r"/invoices/(in_\w+)", ("GET",), _invoice),
    (r"/()", ("GET",), _index),
]


# -- the paper they are written on -----------------------------------------------------------------------------


def _shown(title: str, content: SafeString, *, status: int = 200, goes_to: str = "") -> Page:
    """Return a page; its forms may lead to where `goes_to` is, and nothing else may be loaded or run."""
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; {_forms(goes_to)}"
    headers = {
        "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    }  # fmt: skip
    return Page(status, format_html(SHELL, f"{title} · test payments", content).encode(), headers=headers)


def _forms(goes_to: str) -> str:
    """A redirect after a form counts as where the form goes to, so that origin has to be named."""
    parts = urlsplit(goes_to)
    origin = f"{parts.scheme}://{parts.netloc}" if re.fullmatch(r"[\w.:\[\]-]+", parts.netloc) else ""
    return f"form-action 'self' {origin}".strip()


def _back(url: str | None, words: str) -> SafeString:
    return format_html('<p><a href="{}">{}</a></p>', url, words) if url else SafeString("")


def _see(url: str) -> Page:
    return Page(303, b"", headers={"Location": url})
