"""Taking secrets out of what is kept and shown to everybody: addresses, headers, bodies and details.

What is taken out is told by how it looks (keys of known kinds, see reading/content_rules.py) or by the name it goes
under (a query's parameter, a field of JSON, a variable). Prose has neither, so that ordinary pages stay as they are.
"""

from __future__ import annotations

import re
from typing import Any

from verification.reading.content_rules import SECRETS

MASK = "[redacted]"
NOT_SHOWN = "[not shown]"
# Headers that are shown. Any other may hold a session or a key under a name that nobody thought of.
SHOWN = frozenset({
    # of the answer
    "accept-ranges", "age", "allow", "alt-svc", "cache-control", "cf-cache-status", "cf-mitigated", "cf-ray",
    "connection", "content-disposition", "content-encoding", "content-language", "content-length", "content-location",
    "content-security-policy", "content-type", "date", "deprecation", "etag", "expires", "keep-alive", "last-modified",
    "link", "location", "mcp-protocol-version", "permissions-policy", "pragma", "referrer-policy", "refresh",
    "retry-after", "server", "server-timing", "strict-transport-security", "sunset", "transfer-encoding", "upgrade",
    "vary", "via", "www-authenticate", "x-amzn-waf-action", "x-cache", "x-content-type-options", "x-frame-options",
    "x-powered-by", "x-robots-tag",
    # of our requests
    "accept", "accept-encoding", "accept-language", "from", "host", "mcp-method", "origin", "user-agent",
})  # fmt: skip
SHOWN_BEGINNINGS = ("access-control-", "ratelimit", "x-ratelimit-")

_LONG_NAME = (
    r"(?:token|secret|passw(?:or)?d|passphrase|signature|credentials?|jwt|session(?:[_-]?id)?|api[_-]?key"
    r"|access[_-]?key(?:[_-]?id)?|private[_-]?key|secret[_-]?key)"
)
# ?token=…, &amp;api_key=…, #access_token=…, also inside a parameter that is itself an address (%3Ftoken%3D…)
QUERY = re.compile(
    rf"((?:\A|[?&#]|&amp;|%3F|%26|%23|\\u0026)(?:[\w.-]{{0,40}}?{_LONG_NAME}|key|sig|hmac|code|auth|authorization|pwd|pass"
    r"|sid|otp|ticket|x-(?:amz|goog)-[\w-]{1,40})(?:=|%3D))(?:(?!%26|%23)[^&#\s\"'<>\\]){1,8000}",
    re.ASCII | re.IGNORECASE,
)
USER = re.compile(r"(://[^/?#\s:@\"'<>]{0,200}:)[^/?#\s@\"'<>]{1,200}(?=@)")
# "password": "…", also with its quotes escaped; in JSON the short names are ordinary words ("code", "key", "session")
FIELD = re.compile(
    r"((?:\\?[\"'])(?:[\w.-]{0,40}?(?:secret|passw(?:or)?d|passphrase|pwd|jwt|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|secret[_-]?key|session[_-]?id|[_-]token)|token|(?:access|refresh|id|auth|bearer|session|csrf)token)"
    r"\\?[\"']\s{0,20}:\s{0,20}\\?[\"'])(?:[^\"'\s\\]|\\[^\"'\s]){6,8000}(?=\\?[\"'])",
    re.ASCII | re.IGNORECASE,
)
VARIABLE = re.compile(  # as in a file of an environment, and of credentials (aws_secret_access_key = …)
    r"(\b(?:[A-Z][A-Z0-9_]{0,40}?(?:SECRET|PASSWORD|TOKEN|API_KEY|ACCESS_KEY|PRIVATE_KEY)|aws_[a-z_]{1,30})"
    r"[ \t]{0,5}=[ \t]{0,5}[\"']?)[^\s\"'<>&;`]{8,8000}",
    re.ASCII,
)
FORM = re.compile(  # a part of multipart/form-data
    r"(name=\"[\w.-]{0,40}?(?:secret|passw(?:or)?d|token|api[_-]?key)\"\r?\n(?:[^\r\n]{1,200}\r?\n){0,4}\r?\n)[^\r\n]{1,8000}",
    re.ASCII | re.IGNORECASE,
)
NAMED = (QUERY, USER, FIELD, VARIABLE, FORM)
BLOCK = re.compile(  # whole, or from its first line on where its end was cut off
    r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY-----"
    r"(?:(?:(?!-----BEGIN)[\s\S]){0,8000}?-----END [A-Z0-9 ]{0,40}-----"
    r"|(?:\\[rn]|\s){0,4}(?:[A-Za-z0-9+/=]{5,200}(?:\\[rn]|\s){0,4}){0,200})",
    re.ASCII,
)
TOKENS = re.compile(
    r"(?<![-_A-Za-z0-9])eyJ[-_A-Za-z0-9]{10,2000}\.[-_A-Za-z0-9]{10,2000}\.[-_A-Za-z0-9]{0,2000}"
    r"|(?<![A-Za-z0-9_-])(?:sk|pk|rk)[-_][A-Za-z0-9]{16,200}(?![A-Za-z0-9_-])"
)
# a credential has a digit; "Bearer resource_metadata=…" and "bearer authentication" have none
BEARER = re.compile(
    r"(\bbearer\s{1,5})(?=[-._~+/A-Z]{0,2000}[0-9])[-._~+/A-Z0-9]{16,4000}={0,2}", re.ASCII | re.IGNORECASE
)


def text(value: str) -> str:
    """Return a text without the secrets in it. Doing it again changes nothing."""
    value = BLOCK.sub(MASK, value)
    for pattern in NAMED:
        value = pattern.sub(rf"\g<1>{MASK}", value)
    value = BEARER.sub(rf"\g<1>{MASK}", value)
    return TOKENS.sub(MASK, SECRETS.sub(MASK, value))


def header(name: str, value: str) -> str:
    """Return the value of a header as it is shown: without secrets, or not at all."""
    known = name.lower()
    if known in SHOWN or known.startswith(SHOWN_BEGINNINGS):
        return text(value)
    return NOT_SHOWN


def strings(value: Any) -> Any:
    """Return a value of JSON with the secrets taken out of all its strings."""
    if isinstance(value, str):
        return text(value) if len(value) > 5 else value
    if isinstance(value, dict):
        return {key: strings(one) for key, one in value.items()}
    if isinstance(value, list):
        return [strings(one) for one in value]
    return value
