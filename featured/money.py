"""Money: whole numbers in minor units (cents, yen) with the code of a currency, never a float."""

from __future__ import annotations

# https://docs.stripe.com/currencies#zero-decimal and #three-decimal: what one unit of an amount is worth
ZERO = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())  # noqa: SIM905
THREE = frozenset("bhd jod kwd omr tnd".split())  # noqa: SIM905
SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def digits(currency: str) -> int:
    """Return how many digits of an amount in minor units stand behind the point."""
    return 0 if currency in ZERO else 3 if currency in THREE else 2


def money(amount: int, currency: str) -> str:
    """Return an amount in minor units for people: "$149", "€42.86", "¥1,200", "-$3.00", "CHF 49"."""
    places = digits(currency)
    whole, part = divmod(abs(amount), 10**places)
    text = f"{whole:,}" + (f".{part:0{places}}" if part else "")
    sign = SIGNS.get(currency)
    return f"{'-' if amount < 0 else ''}{sign or currency.upper() + ' '}{text}"


def plain(amount: int, currency: str) -> str:
    """Return an amount in minor units as a decimal number for programs: "149.00", "1200"."""
    places = digits(currency)
    whole, part = divmod(abs(amount), 10**places)
    return f"{'-' if amount < 0 else ''}{whole}" + (f".{part:0{places}}" if places else "")


def share(amount: int, part: int, whole: int) -> int:
    """Return `part` of `whole` of an amount, rounded up to a minor unit, at most all of it: in favour of who paid.

    `part` and `whole` are in one unit, such as seconds; `whole` is more than 0.
    """
    return -(-amount * max(0, min(part, whole)) // whole)
