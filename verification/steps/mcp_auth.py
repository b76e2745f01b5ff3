"""An MCP server that asks for credentials: can a client find out how to get them (RFC 9728, RFC 8414)."""

from __future__ import annotations

from typing import Any

from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.mcp import oauth
from verification.verdicts import Verdict

P, W, F, S, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.SKIPPED, Verdict.INCONCLUSIVE  # noqa: E741
CODES = {
    "discoverable": Code(P, "A client finds the way to sign in at {issuer}, with PKCE."),
    "no_pkce": Code(
        W, "A client finds the way to sign in at {issuer}, but its metadata does not offer PKCE with S256."
    ),
    "no_metadata": Code(W, "It asks for credentials, but there is no metadata that says how to get them."),
    "no_server": Code(W, "Its metadata names no authorization server."),
    "server_silent": Code(W, "Its authorization server {issuer} has no metadata that a client can read."),
    "other_scheme": Code(S, "It takes a key instead of signing in with OAuth, so there is no metadata to look at."),
    "open": Code(S, "It answered without asking for credentials."),
    "insecure": Code(F, "The way to sign in leads over plain http ({address}), where others can read it."),
    "resource_mismatch": Code(F, "Its metadata is for another resource, {resource}, so clients refuse it."),
    "issuer_mismatch": Code(F, "The metadata of {issuer} says that it belongs to {said}, so clients refuse it."),
}
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "registration_endpoint", "jwks_uri")


def check(context: Context) -> Outcome:
    """Follow the way that a client would go from the 401."""
    hello = context.earlier("mcp_handshake")
    if hello is None or "auth" not in hello.detail:
        spoke = hello is not None and hello.detail.get("era")
        return context.say("open") if spoke else context.unmet("mcp_handshake", "MCP handshake")
    named = str(hello.detail["auth"].get("resource_metadata") or "")
    url = context.subject.address
    if named.lower().startswith("http://"):
        return context.say("insecure", address=named)
    addresses = oauth.resource_addresses(url, named)
    resource, answer = oauth.first_document(context, addresses)
    if resource is None:
        scheme = context.subject.interface.auth if context.subject.interface else ""
        trouble = context.trouble(answer) if answer is not None else None
        if trouble is not None:
            return trouble
        return context.say("other_scheme" if not named and scheme in {"apiKey", "http"} else "no_metadata")
    said = resource.get("resource")
    if not isinstance(said, str) or not oauth.covers(said, url):
        return context.say("resource_mismatch", resource=said)
    issuers = oauth.issuers(resource)
    if not issuers:
        return context.say("no_server")
    return _server(context, issuers[0], {"resource": said[:300], "issuers": [one[:300] for one in issuers]})


def _server(context: Context, issuer: str, detail: dict[str, Any]) -> Outcome:
    if not issuer.startswith("https://"):
        return context.say("insecure", address=issuer, detail=detail)
    metadata, answer = oauth.first_document(context, oauth.server_addresses(issuer))
    if metadata is None:
        trouble = context.trouble(answer) if answer is not None else None
        return trouble or context.say("server_silent", issuer=issuer, detail=detail)
    if not oauth.same_issuer(metadata.get("issuer"), issuer):
        return context.say("issuer_mismatch", issuer=issuer, said=metadata.get("issuer"), detail=detail)
    plain = [metadata[name] for name in ENDPOINTS if str(metadata.get(name, "")).lower().startswith("http://")]
    if plain:
        return context.say("insecure", address=plain[0], detail=detail)
    methods = metadata.get("code_challenge_methods_supported")
    detail["pkce"] = [str(one)[:20] for one in methods][:10] if isinstance(methods, list) else []
    return context.say("discoverable" if "S256" in detail["pkce"] else "no_pkce", issuer=issuer, detail=detail)


STEP = Step(
    key="mcp_auth",
    title="Signing in to MCP",
    group="endpoints",
    proves="A client can find out by itself where to sign in, and the documents on that way agree with each other.",
    codes=CODES,
    check=check,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    needs=("mcp_handshake",),
    requests=5,
)
