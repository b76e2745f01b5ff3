"""Amounts of money are found in the ways that price pages write them."""

from __future__ import annotations

import time

import pytest

from verification.reading import html, prices

USD = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN")
KR = ("SEK", "NOK", "DKK", "ISK")

FORMATS = [
    ("$20/mo", "20", USD, "month", False),
    ("$ 20 / month", "20", USD, "month", False),
    ("20 €", "20", ("EUR",), "", False),
    ("20€ pro Monat", "20", ("EUR",), "month", False),
    ("€9.99 per seat", "9.99", ("EUR",), "", True),
    ("9,99 € par mois", "9.99", ("EUR",), "month", False),
    ("1.200 €", "1200", ("EUR",), "", False),
    ("1.200,50 € / Jahr", "1200.5", ("EUR",), "year", False),
    ("1 200,50 €", "1200.5", ("EUR",), "", False),
    ("US$1,200", "1200", ("USD",), "", False),
    ("US$1,200.50 per year", "1200.5", ("USD",), "year", False),
    ("$1,234,567.89", "1234567.89", USD, "", False),
    ("£15", "15", ("GBP",), "", False),
    ("₹499", "499", ("INR",), "", False),
    ("Rs. 499", "499", ("INR",), "", False),
    ("₹1,499/month", "1499", ("INR",), "month", False),
    ("USD 20", "20", ("USD",), "", False),
    ("20 USD", "20", ("USD",), "", False),
    ("EUR 1.299,00", "1299", ("EUR",), "", False),
    ("CHF 1'290.-", "1290", ("CHF",), "", False),
    ("R$ 49,90", "49.9", ("BRL",), "", False),
    ("R$1.049,90/mês", "1049.9", ("BRL",), "", False),
    ("¥1,980 / 月", "1980", ("JPY", "CNY"), "month", False),
    ("1980円", "1980", ("JPY",), "", False),
    ("₩9,900/월", "9900", ("KRW",), "month", False),
    ("99 kr", "99", KR, "", False),
    ("49 zł", "49", ("PLN",), "", False),
    ("499 Kč", "499", ("CZK",), "", False),
    ("CA$27", "27", ("CAD",), "", False),
    ("A$30 per user per month", "30", ("AUD",), "month", True),
    ("$0", "0", USD, "", False),
    ("$0.002 / 1K tokens", "0.002", USD, "unit", False),
    ("$0.50 per million input tokens", "0.5", USD, "unit", False),
    ("$3/1M tokens", "3", USD, "unit", False),
    ("0,002 € per request", "0.002", ("EUR",), "unit", False),
    ("$0.15 per minute", "0.15", USD, "unit", False),
    ("$10/user/month", "10", USD, "month", True),
    ("$8 per month, billed annually", "8", USD, "month", False),
    ("$96 billed annually ($8/mo)", "96", USD, "year", False),
    ("starting at $12.", "12", USD, "", False),
    ("only $12, every month", "12", USD, "month", False),
    ("20,- €", "20", ("EUR",), "", False),
    ("1.299,- € pro Jahr", "1299", ("EUR",), "year", False),
    ("kr. 99", "99", KR, "", False),
    ("99:- kr", "99", KR, "", False),
    ("20 dollars per month", "20", ("USD",), "month", False),
    ("20 US dollars", "20", ("USD",), "", False),
    ("20 euros", "20", ("EUR",), "", False),
    ("\uff0420", "20", USD, "", False),
    ("15¢", "0.15", USD, "", False),
    ("only 15 ¢ per minute", "0.15", USD, "unit", False),
    ("0.5¢ per request", "0.005", USD, "unit", False),
    ("$15¢", "0.15", USD, "", False),
    ("USD 15¢", "0.15", ("USD",), "", False),
    ("$0.15¢", "0.15", USD, "", False),
    ("₹1,20,000", "120000", ("INR",), "", False),
    ("₹12,34,567.50", "1234567.5", ("INR",), "", False),
]


@pytest.mark.parametrize(("text", "amount", "currencies", "period", "seat"), FORMATS, ids=[row[0] for row in FORMATS])
def test_one_amount_in_many_spellings(
    text: str, amount: str, currencies: tuple[str, ...], period: str, seat: bool
) -> None:
    found = prices.find(text)[0]
    assert (found.amount, found.currencies, found.period, found.seat) == (amount, currencies, period, seat)


@pytest.mark.parametrize(
    "text",
    [
        "We raised $20M from investors", "a $1.5 billion market", "saves $2bn a year", "$10k and more", "20 people",
        "version 2.0", "AUDIO 20", "the year 2026", "room 20 euros-free", "$", "USD", "100% of $BTC", "user$20",
    ],
)  # fmt: skip
def test_what_is_no_price(text: str) -> None:
    assert prices.find(text) == []


def test_several_amounts_keep_their_order_and_their_own_periods() -> None:
    text = "Starter $0 forever. Pro $20 / month or $192 / year. Pro $20 / month. Tokens $0.01 per request."
    found = [(price.amount, price.period) for price in prices.find(text)]
    assert found == [("0", ""), ("20", "month"), ("192", "year"), ("0.01", "unit")]


def test_a_price_that_is_split_over_elements_is_one() -> None:
    page = html.read(
        "<p><span>$</span><span>20</span><sup>/mo</sup></p><div>€</div><div>9<sup>99</sup></div>", "https://a.example/"
    )
    found = [(price.amount, price.currencies[0], price.period) for price in prices.find(page.text)]
    assert found == [("20", "USD", "month"), ("9.99", "EUR", "")]


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$20<sup>99</sup>", ["20.99"]), ("<b>$</b><b>20</b><sup>99</sup>/mo", ["20.99"]),
        ("$20<sup>.99</sup>", ["20.99"]),
        ("$1,299<sup><small>00</small></sup>", ["1299"]), ("<sup>$</sup>20<sup>99</sup>", ["20.99"]),
        ("$20<sup>99</sup> $30<sup>49</sup>", ["20.99", "30.49"]), ("$20<sup>/mo</sup>", ["20"]),
        ("$20<sup>1</sup>", ["20"]), ("$20<sup>*</sup>", ["20"]), ("$20.50<sup>12</sup>", ["20.5"]),
        ("20<sup>99</sup>", []), ("10<sup>12</sup> tokens for $5", ["5"]), ("$20</sup>99", ["20"]),
        ("$20<sup>99", ["20"]),
    ],
)  # fmt: skip
def test_raised_digits_behind_a_price_are_its_cents(text: str, amounts: list[str]) -> None:
    page = html.read(f"<p>{text}</p>", "https://a.example/")
    assert [price.amount for price in prices.find(page.text)] == amounts


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("$20-40 per month", [("20", "month"), ("40", "month")]), ("€20\u2013€40", [("20", ""), ("40", "")]),
        ("$20\u201340", [("20", ""), ("40", "")]), ("$20-14-day trial", [("20", "")]), ("$20-50%", [("20", "")]),
        ("$20-3", [("20", "")]), ("$20 - 40 people", [("20", "")]), ("$20-2x", [("20", "")]),
    ],
)  # fmt: skip
def test_both_ends_of_a_range_count(text: str, amounts: list[tuple[str, str]]) -> None:
    assert [(price.amount, price.period) for price in prices.find(text)] == amounts


def test_at_most_fifty_amounts_are_kept() -> None:
    assert len(prices.find(" ".join(f"${number}" for number in range(1, 500)))) == 50


@pytest.mark.parametrize("text", ["$" * 200_000, "1," * 100_000, "1.000" * 40_000, "€ " * 100_000, "1 " * 100_000])
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    start = time.process_time()
    prices.find(text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("written", "currency", "plain"),
    [
        ("1,200", "USD", "1200"), ("1,20", "EUR", "1.2"), ("1.200", "USD", "1.2"), ("1.200", "EUR", "1200"),
        ("0.002", "EUR", "0.002"), ("0,002", "EUR", "0.002"), ("1.234.567", "USD", "1234567"), ("007", "USD", "7"),
        ("1'200.50", "CHF", "1200.5"), ("99999999999", "USD", None), ("x", "USD", None),
    ],
)  # fmt: skip
def test_numbers(written: str, currency: str, plain: str | None) -> None:
    assert prices.number(written, currency) == plain


def test_offers_of_json_ld() -> None:
    data = [
        {"@graph": [{"@type": "Offer", "name": "Pro", "price": 19.99, "priceCurrency": "usd"}]},
        {"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "1,050.00", "priceCurrency": "EUR"},
        {"@type": "Offer", "price": "ask us", "priceCurrency": "EUR"},
        {"@type": "Offer", "price": True, "priceCurrency": "EUR"},
        {"@type": "Offer", "price": float("nan"), "priceCurrency": "EUR"},
    ]
    found = [(price.amount, price.currencies) for price in prices.offers(data)]
    assert found == [("19.99", ("USD",)), ("5", ("EUR",)), ("1050", ("EUR",))]


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("Free forever", True), ("It is free for one person", True), ("Kostenlos", True), ("完全無料", True),
        ("Get started for free", True), ("A free plan. A 14-day trial of Pro.", True),
        ("Start your free trial", False), ("Free 14-day trial", False), ("Try it free for 30 days", False),
        ("Feel free to write", False), ("risk-free and toll-free", False), ("Freedom", False), ("", False),
    ],
)  # fmt: skip
def test_free_is_not_free_for_a_while(text: str, free: bool) -> None:
    assert prices.free_words(text) is free


@pytest.mark.parametrize(
    ("amount", "currency", "yearly", "shown"),
    [
        ("20", "USD", False, True), ("20", "CAD", False, True), ("20", "EUR", False, False),
        ("21", "USD", False, False),
        ("100", "USD", True, True), ("99.99", "USD", True, True), ("100", "USD", False, False),
    ],
)  # fmt: skip
def test_a_listed_amount_is_shown(amount: str, currency: str, yearly: bool, shown: bool) -> None:
    found = prices.shows(prices.find("$20 and $8.33"), amount, currency, yearly=yearly)
    assert (found is not None) is shown
