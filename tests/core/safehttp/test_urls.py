"""Addresses: what is refused is in the corpus; here is what the accepted ones become."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.safehttp import Policy, Refused, canonical, parse
from core.safehttp.urls import Target, join

NOBODY = Policy()
BASE = Target("https", "a.example-ai.com", 8443, "/b/c?d=e")


@pytest.mark.parametrize(
    ("url", "becomes"),
    [
        ("HTTPS://Example-AI.com", "https://example-ai.com/"),
        ("https://example-ai.com.:443/?#x", "https://example-ai.com/?"),
        ("http://example-ai.com:80/a", "http://example-ai.com/a"),
        ("https://example-ai.com:8443/a", "https://example-ai.com:8443/a"),
        ("https://example-ai.com/a/./b/../c/..", "https://example-ai.com/a/"),
        ("https://example-ai.com/../../a//b", "https://example-ai.com/a//b"),
        ("https://example-ai.com/ä|\"<>^`{}'", "https://example-ai.com/%C3%A4%7C%22%3C%3E%5E%60%7B%7D'"),
        ("https://example-ai.com/%e4%zz%", "https://example-ai.com/%e4%25zz%25"),
        ("https://example-ai.com/?q=ä[1]&r=/?@", "https://example-ai.com/?q=%C3%A4%5B1%5D&r=/?@"),
        ("https://bücher-ai.com/", "https://xn--bcher-ai-65a.com/"),
        ("https://BÜCHER-ai。com。/", "https://xn--bcher-ai-65a.com/"),
        ("https://XN--bcher-ai-65a.com/", "https://xn--bcher-ai-65a.com/"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),  # not transitional: IDNA 2008
        ("https://\uff45\uff58\uff41mple-ai.com/", "https://example-ai.com/"),
    ],
)
def test_canonical(url: str, becomes: str) -> None:
    assert canonical(url) == becomes
    assert canonical(becomes) == becomes


@pytest.mark.parametrize(
    ("url", "flags"),
    [
        ("https://example-ai.com/", ()),
        ("http://example-ai.com:8080/", ("http", "port")),
        ("https://日本語カタカナabc.com/", ("idn",)),
        ("https://한국어漢字.com/", ("idn",)),
        ("https://\u043epenai.com/", ("idn", "mixed_script")),
        ("https://\u03bfpenai.com/", ("idn", "mixed_script")),
        ("https://x.sslip.io/", ("wildcard_dns",)),
        ("https://notnip.io/", ()),
    ],
)
def test_flags(url: str, flags: tuple[str, ...]) -> None:
    assert parse(url, NOBODY).flags == flags


def test_refusals_keep_the_flags_that_were_found_before() -> None:
    with pytest.raises(Refused) as caught:
        parse("http://localhost:8080/", NOBODY)
    assert (caught.value.code, caught.value.flags) == ("special_host", ("http", "port"))
    assert caught.value.message == "localhost is a name for private or special use, not on the public internet."


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://xn--/", "bad_punycode"),
        ("https://xn--ls8h.la/", "bad_punycode"),  # an emoji: not allowed by IDNA 2008
        ("https://a_b.example-ai.com/", "bad_label"),
        ("https://example-ai.com../", "bad_label"),
        ("https://ex\u00adample.com/", "invisible_char"),
        ("https://example-ai.com/\ud800", "invisible_char"),
        ("https://example-ai.com/\u3000", "control_or_space"),
        ("https://a.example/", "special_host"),
        ("https://example-ai.com:00443/", "bad_port"),
        ("https://example-ai.com/" + "ä" * 1_000, "too_long"),
        ("https://[::1", "bad_ipv6"),
        ("https://1.2.3.4.5.6/", "numeric_tld"),
        ("https://0x/", "ip_literal"),
    ],
)
def test_more_refusals(url: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(url, NOBODY)
    assert caught.value.code == code


def test_a_policy_for_development_opens_one_reserved_name_only() -> None:
    there = Policy(special_names=True)
    assert parse("https://tool.example/", there).host == "tool.example"
    for host in ("example", "tool.test", "localhost", "a.localhost", "tool.example.local", "10.0.0.1"):
        with pytest.raises(Refused):
            parse(f"https://{host}/", there)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("https://b.example-ai.com/x", "https://b.example-ai.com/x"),
        ("//b.example-ai.com/x", "https://b.example-ai.com/x"),
        ("/x", "https://a.example-ai.com:8443/x"),
        ("x?y", "https://a.example-ai.com:8443/b/x?y"),
        ("../x", "https://a.example-ai.com:8443/x"),
        ("?y", "https://a.example-ai.com:8443/b/c?y"),
        ("#z", "https://a.example-ai.com:8443/b/c?d=e"),
        ("", "https://a.example-ai.com:8443/b/c?d=e"),
        ("./a:b", "https://a.example-ai.com:8443/b/a:b"),
    ],
)
def test_locations(location: str, url: str) -> None:
    assert parse(join(BASE, location), NOBODY).url == url


PIECES = st.text(
    st.sampled_from("aä%2e./?#&=:@!$'()*+,;[]{}|^~`\"<>-_\\\t \u200b\u0301漢🚀0ß\uff21\u3002xn--"), max_size=30
)


@given(host=PIECES, path=PIECES)
def test_what_is_accepted_has_one_reading(host: str, path: str) -> None:
    for url in (f"https://{host}.example-ai.com/{path}", f"https://example-ai.com/{path}", f"https://{host}"):
        try:
            target = parse(url, NOBODY)
        except Refused:
            continue
        read = httpx.URL(target.url)
        assert (str(read), read.raw_path.decode(), read.raw_host.decode()) == (target.url, target.path, target.host)
        assert parse(target.url, NOBODY) == target
