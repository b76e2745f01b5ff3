"""One registrable domain, however its name is written."""

from __future__ import annotations

import pytest

from verification.domains import domain_of, registrable


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://bücher.de/", "xn--bcher-kva.de"),
        ("https://api.BÜCHER.de./", "xn--bcher-kva.de"),
        ("https://xn--bcher-kva.de/", "xn--bcher-kva.de"),
        ("https://a.bücher。de/", "xn--bcher-kva.de"),
        ("https://\uff41cme.com/", "acme.com"),
        ("https://api.acme.co.uk/", "acme.co.uk"),
        ("https://a.例え.テスト/", "xn--r8jz45g.xn--zckzah"),
        ("https://192.0.2.1/", "192.0.2.1"),
        ("https://\u2028.example/", "\u2028.example"),
        ("pkg:npm/x", ""),
    ],
)
def test_the_domain_of_an_address(address: str, expected: str) -> None:
    assert domain_of(address) == expected


def test_the_domain_of_a_host() -> None:
    assert (registrable("www.bücher.de"), registrable("www.xn--bcher-kva.de")) == ("xn--bcher-kva.de",) * 2
