"""Says hello to an MCP server in both eras and asks for its list of tools. Never calls a tool.

Modern first, unless the server was known to speak only `initialize` less than a week ago. At most eight requests.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.safehttp import Answer
from verification.common import is_challenge
from verification.context import Context
from verification.contract import Code, Outcome
from verification.mcp import classify, jsonrpc, protocol, sse, tools
from verification.verdicts import Verdict

REQUESTS = 8
WEEK = dt.timedelta(days=7)
SESSION = re.compile(r"[\x21-\x7e]{1,1024}")  # visible ASCII (2025-11-25, transports)
VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")

# What a server says to `initialize` that gave up the older era since it was last asked.
MAY_BE_MODERN = {"malformed", "no_mcp_at_url", "error_answer", "no_common_version", "refused", "legacy_sse"}
CODES = classify.CODES | {
    "speaks_modern": Code(Verdict.PASS, "It speaks MCP {version} and says what it offers."),
    "speaks_legacy": Code(Verdict.PASS, "It speaks MCP {version} (with initialize) and says what it offers."),
    "newer_version": Code(Verdict.WARN, "It speaks MCP {version}, a protocol version that we do not know."),
    "legacy_sse": Code(Verdict.WARN, "It speaks only the HTTP+SSE transport of 2024, which newer clients leave out."),
    "tools_not_listed": Code(
        Verdict.WARN, "It speaks MCP {version}, but its list of tools could not be read: {reason}"
    ),
}


@dataclass
class Talk:
    """The requests of one conversation."""

    context: Context
    version: str = ""  # what was agreed on
    session: str = ""
    left: int = REQUESTS
    number: int = 0
    facts: dict[str, Any] = field(default_factory=dict)  # the outcome's detail

    @property
    def url(self) -> str:
        """Return the server's address."""
        return self.context.subject.address

    def ask(self, method: str, params: Mapping[str, Any], *, modern: bool) -> tuple[Answer, dict[str, Any] | None]:
        """Make a request; return the HTTP answer and the JSON-RPC answer in it."""
        self.number, self.left = self.number + 1, self.left - 1
        headers = protocol.headers(
            version=protocol.MODERN if modern else self.version, method=method if modern else "", session=self.session
        )
        body = protocol.request(self.number, method, params, modern=modern)
        answer = self.context.fetch(
            self.url, method="POST", headers=headers, content=body, follow=False, until=sse.reader(self.number)
        )
        return answer, protocol.message_in(answer, self.number) if answer.verdict == "ok" else None

    def tell(self, method: str) -> None:
        """Send a notification; what comes back does not matter."""
        self.left -= 1
        headers = protocol.headers(version=self.version, session=self.session)
        self.context.fetch(
            self.url, method="POST", headers=headers, content=protocol.notification(method), follow=False
        )

    def leave(self) -> None:
        """End the session, so that the server can forget it."""
        if self.session:
            headers = protocol.headers(version=self.version, session=self.session)
            self.context.fetch(self.url, method="DELETE", headers=headers, follow=False)

    def say(self, code: str, **values: object) -> Outcome:
        """Return an outcome with all that was learned."""
        return self.context.say(code, detail=self.facts, **values)

    def with_facts(self, outcome: Outcome) -> Outcome:
        """Return an outcome with all that was learned before it."""
        return Outcome(outcome.verdict, outcome.code, outcome.sentence, self.facts | dict(outcome.detail), outcome.soft)


def converse(context: Context) -> Outcome:
    """Return what came of a conversation; its detail holds the era, the versions and the list of tools."""
    talk = Talk(context)
    tried = _known_legacy(context)
    if tried:
        talk.facts["modern_tried"] = tried
        outcome = _legacy(talk)
        if outcome.detail.get("era") or outcome.code not in MAY_BE_MODERN:
            return outcome
        talk = Talk(context, left=talk.left)
    return _modern(talk)


def _known_legacy(context: Context) -> str:
    """Return when the modern era was last tried in vain, "" when that has to be done (again)."""
    tried = context.remembered.get("modern_tried")
    if context.remembered.get("era") != "legacy" or not isinstance(tried, str):
        return ""
    try:
        age = dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(tried)
    except (ValueError, TypeError):
        return ""
    return tried if age < WEEK else ""


def _modern(talk: Talk) -> Outcome:
    talk.facts["modern_tried"] = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    answer, message = talk.ask("server/discover", {}, modern=True)
    if jsonrpc.error_code(message) == protocol.UNSUPPORTED_VERSION and protocol.MODERN in protocol.supported_versions(
        message or {}
    ):
        answer, message = talk.ask("server/discover", {}, modern=True)  # it names the very version that we asked for
    result = jsonrpc.result_of(message) if not _is_trouble(answer) else None
    if result is None:
        if _is_last_word(answer, message):
            return _said(talk, answer, message)
        return _legacy(talk)
    offered = result.get("supportedVersions")
    versions = [one[:40] for one in offered if isinstance(one, str)][:20] if isinstance(offered, list) else []
    talk.facts["versions"] = versions
    if protocol.MODERN in versions:
        talk.version = protocol.MODERN
        return _look_around(talk, result, modern=True)
    if not versions or {protocol.LEGACY, *protocol.OLDER} & set(versions):
        return _legacy(talk)  # without versions: some older servers answer an empty result to every unknown method
    newer = max(versions) > protocol.MODERN
    return talk.say(
        "newer_version" if newer else "no_common_version", version=max(versions), versions=", ".join(versions)
    )


def _is_trouble(answer: Answer) -> bool:
    return answer.verdict != "ok" or is_challenge(answer)


def _is_last_word(answer: Answer, message: Mapping[str, Any] | None) -> bool:
    """Whether the answer to the modern hello settles it. A server may know only the older one: then we ask that too.

    Some hold a request that they do not know open, so a timeout after a connection settles nothing. A bare 401
    neither: some servers list their tools to anybody, but only after `initialize`.
    """
    status = answer.status or 0
    if answer.verdict == "timeout" and answer.last is not None and answer.last.timings.connect is not None:
        return False
    if _is_trouble(answer) or status in {402, 403, 410, 429, 451} or 300 <= status < 400:
        return True
    if status == 401:
        return bool(classify.resource_metadata(answer))
    code = jsonrpc.error_code(message)
    if code == protocol.UNSUPPORTED_VERSION:
        return not {protocol.LEGACY, *protocol.OLDER} & set(protocol.supported_versions(message or {}))
    return code in protocol.MODERN_ERRORS or (status == 503 and answer.retry_after is not None)


def _said(talk: Talk, answer: Answer, message: Mapping[str, Any] | None) -> Outcome:
    found = classify.classify(talk.context, answer, message)
    return talk.with_facts(found or talk.say("malformed"))


def _legacy(talk: Talk) -> Outcome:
    params = {"protocolVersion": protocol.LEGACY, "capabilities": {}, "clientInfo": protocol.client_info()}
    answer, message = talk.ask("initialize", params, modern=False)
    found = classify.classify(talk.context, answer, message)
    if found is not None:
        if found.code == "no_mcp_at_url" and _streams(talk):
            return talk.say("legacy_sse")
        return talk.with_facts(found)
    result = jsonrpc.result_of(message) or {}
    version = result.get("protocolVersion")
    if not isinstance(version, str) or not version:
        return talk.say("malformed")
    session = answer.header("mcp-session-id")
    talk.session = session if SESSION.fullmatch(session) else ""
    talk.version = version if VERSION.fullmatch(version) else protocol.LEGACY
    talk.tell("notifications/initialized")
    if version not in {protocol.LEGACY, *protocol.OLDER}:
        _introduce(talk, result, "legacy", version)
        outcome = talk.say("newer_version", version=version)
    else:
        outcome = _look_around(talk, result, modern=False)
    talk.leave()
    return outcome


def _streams(talk: Talk) -> bool:
    """Whether GET opens the event stream of the transport of 2024-11-05, which refuses a POST here."""
    talk.left -= 1
    headers = {"Accept": "text/event-stream"}
    answer = talk.context.fetch(talk.url, headers=headers, follow=False, until=sse.has_endpoint)
    return answer.verdict == "ok" and answer.content_type == "text/event-stream" and sse.has_endpoint(answer.body)


def _introduce(talk: Talk, result: Mapping[str, Any], era: str, version: str) -> None:
    meta = result.get("_meta")
    info = result.get("serverInfo") or (meta.get(f"{protocol.META}serverInfo") if isinstance(meta, dict) else None)
    info = info if isinstance(info, dict) else {}
    capabilities = result.get("capabilities")
    instructions = result.get("instructions")
    talk.facts |= {
        "era": era,
        "version": version[:40],
        "server": {name: str(info[name])[:300] for name in ("name", "title", "version") if info.get(name)},
        "capabilities": sorted(str(one)[:60] for one in capabilities)[:50] if isinstance(capabilities, dict) else None,
        "instructions": instructions[: tools.TEXT] if isinstance(instructions, str) else "",
    }


def _look_around(talk: Talk, result: Mapping[str, Any], *, modern: bool) -> Outcome:
    _introduce(talk, result, "modern" if modern else "legacy", talk.version)
    code = "speaks_modern" if modern else "speaks_legacy"
    capabilities = talk.facts["capabilities"]
    if capabilities is not None and "tools" not in capabilities:
        return talk.say(code, version=talk.version)  # a server of prompts or resources
    found, trouble = _pages(talk, modern=modern)
    if trouble is None:
        talk.facts |= tools.kept(found)
        return talk.say(code, version=talk.version)
    if trouble.code in {"auth_required", "auth_bare", "payment_required"}:
        return talk.with_facts(trouble)
    if trouble.verdict == Verdict.INCONCLUSIVE or trouble.soft:
        return talk.say(code, version=talk.version)  # it did speak; the list was out of reach this time
    return talk.say("tools_not_listed", version=talk.version, reason=trouble.sentence)


def _pages(talk: Talk, *, modern: bool) -> tuple[list[Any], Outcome | None]:
    """Return all tools and what went wrong; notes in the facts when not all pages were read."""
    found: list[Any] = []
    cursors: set[str] = set()
    cursor, size = "", 0
    while True:
        answer, message = talk.ask("tools/list", {"cursor": cursor} if cursor else {}, modern=modern)
        trouble = classify.classify(talk.context, answer, message)
        if trouble is not None:
            return found, trouble
        result = jsonrpc.result_of(message) or {}
        page = result.get("tools")
        if not isinstance(page, list):
            return found, talk.context.say("malformed")
        found += page
        size += len(answer.body)
        following = result.get("nextCursor")
        cursor = following[:4096] if isinstance(following, str) else ""
        if not cursor:
            return found, None
        if cursor in cursors:
            talk.facts["paging_loop"] = True
            return found, None
        cursors.add(cursor)
        if len(found) >= tools.MANY or size > tools.BYTES or talk.left <= (0 if modern else 1):
            talk.facts["more_tools"] = True
            return found, None
