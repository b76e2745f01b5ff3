"""Which claims the results of a run support, which they refute, and which they say nothing about."""

from __future__ import annotations

import pytest

from verification.claims.evidence import Said, findings
from verification.claims.kinds import K
from verification.contract import Interface, Listing
from verification.verdicts import Verdict

P, W, F, I, S = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.SKIPPED  # noqa: E741


def said(**verdicts: Verdict) -> list[Said]:
    """Return results by the key of their step; the second of one step as key_2."""
    return [Said(key.removesuffix("_2"), verdict, sentence=key) for key, verdict in verdicts.items()]


def about(kind: K, rows: list[Said], *interfaces: Interface) -> bool | None:
    """Return whether the results support (True) or refute (False) a claim; None when they say nothing."""
    return next((one.supported for one in findings(rows, listed(*interfaces)) if one.kind == kind), None)


def listed(*interfaces: Interface) -> Listing:
    return Listing("acme", "Acme", "https://acme.example/", interfaces=interfaces)


MCP = Interface("mcp-remote", url="https://mcp.acme.example/mcp")
OTHER_MCP = Interface("mcp-remote", url="https://other.acme.example/mcp")
DESCRIBED = Interface("rest", base_url="https://api.acme.example/v1", openapi="https://api.acme.example/openapi.json")
REST = Interface("rest", base_url="https://api.acme.example/v2")
PACKAGE = Interface("sdk", registry="pypi", package="acme")


@pytest.mark.parametrize(
    ("interfaces", "rows", "expected"),
    [
        ([MCP], said(mcp_handshake=P, mcp_tools=P), True),
        ([DESCRIBED], said(openapi_document=P), True),
        ([DESCRIBED], said(openapi_document=W), False),  # a document that is not valid does not conform
        ([MCP], said(mcp_handshake=P, mcp_tools=F), False),
        ([MCP, DESCRIBED], said(mcp_handshake=P, mcp_tools=P, openapi_document=I), None),  # not the whole truth
        ([MCP, OTHER_MCP], said(mcp_handshake=P, mcp_handshake_2=F), False),
        ([REST], said(rest_base=P, home=P), None),  # that something answers is no protocol
        ([MCP], [Said("mcp_handshake", F, soft=True)], None),  # what may pass refutes nothing
        ([MCP], said(mcp_handshake=S), None),
        ([MCP, DESCRIBED], said(mcp_handshake=P, mcp_tools=P, openapi_document=S), None),  # listed, and not looked at
        ([MCP, OTHER_MCP], [*said(mcp_handshake=P, mcp_tools=P), Said("mcp_handshake", S, "too_many")], None),
        ([MCP], said(mcp_handshake=P, mcp_tools=S), None),
        ([], [], None),
        # one that was not asked at all
        ([MCP, DESCRIBED], said(mcp_handshake=P, mcp_tools=P), None),
        ([MCP, OTHER_MCP], said(mcp_handshake=P, mcp_tools=P), None),
        ([MCP], said(mcp_handshake=P), None),
        ([MCP, MCP], said(mcp_handshake=P, mcp_tools=P), True),  # listed twice, asked once
        (
            [MCP, REST, PACKAGE],
            said(mcp_handshake=P, mcp_tools=P, rest_base=P),
            True,
        ),  # these have no protocol to check
    ],
)
def test_protocol(interfaces: list[Interface], rows: list[Said], expected: bool | None) -> None:
    assert about(K.PROTOCOL, rows, *interfaces) is expected


def sentence(*interfaces: Interface) -> str:
    """Return what the claim says of interfaces that all passed."""
    rows = said(mcp_handshake=P, mcp_handshake_2=P, mcp_tools=P, mcp_tools_2=P, openapi_document=P, graphql=P)
    return next(one.sentence for one in findings(rows, listed(*interfaces)) if one.kind == K.PROTOCOL)


def test_the_claim_of_protocol_names_the_interfaces_that_were_held_to_one() -> None:
    held = "Remote MCP https://mcp.acme.example/mcp, REST https://api.acme.example/openapi.json"
    assert sentence(MCP, REST, PACKAGE, DESCRIBED).partition(". ")[0] == (
        f"2 of its 4 listed interfaces can be held to a protocol, and were: {held}"
    )
    assert sentence(MCP, DESCRIBED).partition(". ")[0] == f"All its listed interfaces were held to a protocol: {held}"
    assert sentence(MCP).partition(". ")[0] == (
        "All its listed interfaces were held to a protocol: Remote MCP https://mcp.acme.example/mcp"
    )


def test_many_long_addresses_leave_the_sentence_whole() -> None:
    long = tuple(Interface("graphql", url=f"https://acme.example/{number}/{'x' * 300}") for number in range(9))
    rows = [Said("graphql", P, sentence="It answered.")] * 9
    found = next(one for one in findings(rows, listed(*long)) if one.kind == K.PROTOCOL)
    head, end = found.sentence.split(" and 5 more. ")
    assert (head.count("GraphQL https://acme.example/"), end.startswith("It answered. It answered.")) == (4, True)


CLEAN = {"content_lint": P, "blocklist": P, "parked": P, "redirects": P}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"content_lint": W}, True),  # style
        ({"blocklist": S}, None),
        ({"mcp_poisoning": S}, None),  # there are tools, and nobody could read them
        ({"mcp_poisoning": P}, True),
        ({"mcp_poisoning": W}, None),
        ({"mcp_poisoning": I}, None),
        ({"mcp_poisoning": F}, False),
        ({"parked": W}, None),
        ({"parked": F}, False),
        ({"redirects": W}, None),
        ({"blocklist": F}, False),
        ({"parked": I}, None),
        ({"parked": S}, None),
    ],
)
def test_scanned(changes: dict[str, Verdict], expected: bool | None) -> None:
    assert about(K.SCANNED, said(**{**CLEAN, **changes})) is expected


@pytest.mark.parametrize("key", ["content_lint", "parked", "redirects"])
def test_what_was_not_looked_at_is_not_scanned(key: str) -> None:
    rows = said(**{name: verdict for name, verdict in CLEAN.items() if name != key})
    assert about(K.SCANNED, rows) is None


def test_without_a_blocklist_the_sentence_says_only_what_was_looked_at() -> None:
    rows = said(content_lint=P, parked=P, redirects=P)
    found = findings([*rows, Said("blocklist", S, "no_list", sentence="This catalog keeps no blocklist.")], listed())
    assert [(one.kind, one.supported, one.sentence) for one in found] == [
        (K.SCANNED, True, "content_lint parked redirects")
    ]


@pytest.mark.parametrize("key", ["parked", "redirects", "mcp_poisoning", "blocklist"])
def test_a_fail_that_may_pass_neither_supports_nor_refutes_a_scan(key: str) -> None:
    rows = said(**{name: verdict for name, verdict in CLEAN.items() if name != key})
    assert about(K.SCANNED, [*rows, Said(key, F, soft=True)]) is None


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (said(privacy=P, terms=P, contact=P), True),
        (said(privacy=P, terms=P, contact=W, security_txt=P), True),
        (said(privacy=P, terms=W, contact=P), False),
        (said(privacy=P, terms=I, contact=P), None),
        (said(privacy=P, terms=P, contact=W), None),
        (said(privacy=P, terms=P), None),
    ],
)
def test_documented(rows: list[Said], expected: bool | None) -> None:
    assert about(K.DOCUMENTED, rows) is expected


@pytest.mark.parametrize(("verdict", "expected"), [(P, True), (W, False), (I, None), (S, None)])
def test_the_price(verdict: Verdict, expected: bool | None) -> None:
    assert about(K.PRICING_SEEN, said(pricing_claim=verdict)) is expected
