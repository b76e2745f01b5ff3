"""The only way out to the network: checked addresses, fixed bounds, plain verdicts. See docs/safehttp.md."""

from __future__ import annotations

from core.safehttp.addresses import refusal
from core.safehttp.answer import Answer, Certificate, Headers, Hop, Limits, Timings
from core.safehttp.body import text
from core.safehttp.client import fetch
from core.safehttp.documents import BadDocument, load_json, load_xml, load_yaml, title
from core.safehttp.policy import Policy, name_server
from core.safehttp.reasons import Refused
from core.safehttp.resolver import Lookup, lookup, name_servers
from core.safehttp.urls import Target, canonical, parse

__all__ = [
    "Answer",
    "BadDocument",
    "Certificate",
    "Headers",
    "Hop",
    "Limits",
    "Lookup",
    "Policy",
    "Refused",
    "Target",
    "Timings",
    "canonical",
    "fetch",
    "load_json",
    "load_xml",
    "load_yaml",
    "lookup",
    "name_server",
    "name_servers",
    "parse",
    "refusal",
    "text",
    "title",
]
