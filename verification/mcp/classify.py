"""What one answer to an MCP request means. The order of the rules matters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.safehttp import Answer
from verification.common import is_challenge
from verification.context import Context
from verification.contract import Code, Outcome
from verification.mcp import jsonrpc, protocol
from verification.reading.addresses import joined
from verification.reading.selfdescription import is_page
from verification.verdicts import Verdict

P, W, F, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741

CODES = {
    "auth_required": Code(P, "It asks for credentials and says how to get them, as the protocol wants it."),
    "payment_required": Code(P, "It answers and asks for a payment (402)."),
    "auth_bare": Code(W, "It asks for credentials (401) without saying where a client finds out how to get them."),
    "redirect_same_host": Code(
        W, "It redirects to {target}; a client may not follow with a POST, so list that address."
    ),
    "redirect_other_host": Code(W, "It redirects to another host, {target}; a person has to look at that."),
    "no_common_version": Code(W, "It speaks MCP, but none of the protocol versions that we know ({versions})."),
    "error_answer": Code(W, "It speaks JSON-RPC but answered our first request with an error ({number}): {text}"),
    "refused": Code(I, "It refused our first request ({status}) without saying why."),
    "http_not_mcp": Code(F, "It answers with a web page instead of MCP."),
    "malformed": Code(F, "Its answer is not the JSON-RPC answer that MCP asks for."),
    "no_mcp_at_url": Code(F, "There is no MCP server at this address (POST was answered {status})."),
}
METADATA = re.compile(r'(?i)resource_metadata\s*=\s*(?:"([^"]{1,2000})"|([^\s",]{1,2000}))')


def classify(context: Context, answer: Answer, message: Mapping[str, Any] | None) -> Outcome | None:
    """Return what an answer means, None when it is a result to go on with."""
    status = answer.status or 0
    if answer.verdict != "ok" or is_challenge(answer) or status < 500:
        found = context.trouble(answer)
        if found is not None:
            return found
    if status == 402:
        return context.say("payment_required")
    if status == 401:
        return _credentials(context, answer)
    if 300 <= status < 400:
        return _redirect(context, answer)
    return _by_message(context, answer, message, status)


def _by_message(context: Context, answer: Answer, message: Mapping[str, Any] | None, status: int) -> Outcome | None:
    if jsonrpc.error_code(message) == protocol.UNSUPPORTED_VERSION:
        versions = protocol.supported_versions(message or {})[:20]
        return context.say("no_common_version", versions=", ".join(versions) or "it names none")
    if jsonrpc.result_of(message) is not None:
        return None
    if status >= 500:
        return context.trouble(answer)
    if message is not None:
        number, text = jsonrpc.error_code(message), jsonrpc.error_text(message)
        return context.say("error_answer", number=number, text=text, detail={"error": number})
    if 200 <= status < 300:
        return context.say("http_not_mcp" if is_page(answer) else "malformed")
    if status in {404, 405}:
        return context.say("no_mcp_at_url", status=status)
    return context.say("refused", status=status)


def resource_metadata(answer: Answer) -> str:
    """Return the address of the protected resource metadata that a 401 names (RFC 9728, 5.1), "" when it names none."""
    for name, value in answer.last.headers if answer.last else ():
        found = METADATA.search(value) if name.lower() == "www-authenticate" else None
        if found:
            return found[1] or found[2] or ""
    return ""


def _credentials(context: Context, answer: Answer) -> Outcome:
    metadata = resource_metadata(answer)
    detail = {"auth": {"header": answer.header("www-authenticate")[:300], "resource_metadata": metadata}}
    return context.say("auth_required" if metadata else "auth_bare", detail=detail)


def _redirect(context: Context, answer: Answer) -> Outcome:
    target = joined(answer.final_url, answer.header("location"))
    same = context.host(target) == context.host(answer.final_url)
    return context.say("redirect_same_host" if same else "redirect_other_host", target=target)
