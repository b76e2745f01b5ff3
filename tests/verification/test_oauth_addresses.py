"""Where the metadata of protected resources and authorization servers is (RFC 8414, RFC 8615, RFC 9728)."""

from __future__ import annotations

import pytest

from verification.mcp import oauth


@pytest.mark.parametrize(
    ("url", "named", "addresses"),
    [
        ("https://a.example/mcp", "https://b.example/meta", ["https://b.example/meta"]),
        (
            "https://a.example/mcp?x=1",
            "",
            [
                "https://a.example/.well-known/oauth-protected-resource/mcp",
                "https://a.example/.well-known/oauth-protected-resource",
            ],
        ),
        ("https://a.example/", "", ["https://a.example/.well-known/oauth-protected-resource"]),
    ],
)
def test_where_the_metadata_of_a_resource_is(url: str, named: str, addresses: list[str]) -> None:
    assert oauth.resource_addresses(url, named) == addresses


@pytest.mark.parametrize(
    ("issuer", "addresses"),
    [
        (
            "https://a.example",
            [
                "https://a.example/.well-known/oauth-authorization-server",
                "https://a.example/.well-known/openid-configuration",
            ],
        ),
        (
            "https://a.example/tenant/",
            [
                "https://a.example/.well-known/oauth-authorization-server/tenant",
                "https://a.example/.well-known/openid-configuration/tenant",
                "https://a.example/tenant/.well-known/openid-configuration",
            ],
        ),
    ],
)
def test_where_the_metadata_of_an_authorization_server_is(issuer: str, addresses: list[str]) -> None:
    assert oauth.server_addresses(issuer) == addresses


@pytest.mark.parametrize(
    ("resource", "covers"),
    [
        ("https://mcp.example.com/a/mcp", True),
        ("https://mcp.example.com/a/mcp/", True),
        ("https://MCP.example.com:443/a", True),
        ("https://mcp.example.com", True),
        ("https://mcp.example.com/a/mcp/other", False),
        ("https://mcp.example.com/a/mc", False),
        ("http://mcp.example.com/a/mcp", False),
        ("https://example.com/a/mcp", False),
        ("https://mcp.example.com:8443/a/mcp", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_which_resources_speak_of_a_server(resource: str, covers: bool) -> None:
    assert oauth.covers(resource, "https://mcp.example.com/a/mcp") is covers


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("https://a.example", True),
        ("https://a.example/", True),
        ("https://b.example", False),
        (None, False),
        (5, False),
    ],
)
def test_whose_metadata_it_is(said: object, same: bool) -> None:
    assert oauth.same_issuer(said, "https://a.example") is same
