"""Nothing but core/safehttp goes out, and its documentation lists what it says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from core.safehttp.documents import SENTENCES
from core.safehttp.reasons import CODES

ROOT = Path(__file__).parents[3]
APPS = [path.parent.name for path in sorted(ROOT.glob("*/apps.py"))] + ["config"]
# Modules that open connections to anywhere
OUTWARD = {
    "aiohttp", "asyncio", "dns", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "poplib", "requests",
    "smtplib", "socket", "socketserver", "telnetlib", "urllib.request", "urllib3", "websockets", "xmlrpc",
}  # fmt: skip
# What runs the embedded servers and asks whether the site itself answers: sockets of this machine only; and mail
LOCAL = {
    "core/demo.py": {"socket"},
    "core/instance.py": {"socket"},
    "core/outbox/smtp.py": {"smtplib"},  # to the mail server that the operator named
    "core/ready.py": {"http.client"},
    "core/streams.py": {"socket"},  # options of connections that came in
    "core/supervisor.py": {"socket"},
    "core/valkey.py": {"socket"},
    "featured/standin/posting.py": {"http.client"},  # the stand-in for Stripe tells a site on this machine (debug mode)
    "featured/standin/server.py": {"socket"},
}


def outward_imports(source: str) -> set[str]:
    """Return the modules of OUTWARD that `source` imports, however it spells it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            names |= {str(node.args[0].value)} if called in {"__import__", "importlib.import_module"} else set()
    return {outward for outward in OUTWARD for name in names if name == outward or name.startswith(f"{outward}.")}


def test_only_safehttp_imports_what_opens_connections() -> None:
    assert {"accounts", "catalog", "config", "core"} <= set(APPS)
    found = {}
    for file in (file for app in APPS for file in (ROOT / app).rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if name.startswith("api/examples/"):
            continue  # programs for clients, which pages show as text: the site never runs them
        if not name.startswith("core/safehttp/") and (modules := outward_imports(file.read_text(encoding="utf-8"))):
            found[name] = modules
    assert found == LOCAL


@pytest.mark.parametrize(
    ("source", "modules"),
    [
        ("import urllib.request", {"urllib.request"}),
        ("from urllib import request, parse", {"urllib.request"}),
        ("from http import client", {"http.client"}),
        ("import dns.resolver as d", {"dns"}),
        ("def f():\n    import httpx", {"httpx"}),
        ("importlib.import_module('socket')", {"socket"}),
        ("from urllib.parse import quote\nimport http\nfrom . import socket", set()),
    ],
)
def test_the_search_finds_every_spelling(source: str, modules: set[str]) -> None:
    assert outward_imports(source) == modules


def test_only_one_file_opens_sockets() -> None:
    files = (ROOT / "core" / "safehttp").rglob("*.py")
    assert [file.name for file in files if "socket.socket(" in file.read_text(encoding="utf-8")] == ["wire.py"]


def test_the_documentation_lists_every_code() -> None:
    text = (ROOT / "docs" / "safehttp.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9_]+)` \| (\w+) \|", text, re.M)
    assert dict(rows) == {code: verdict for code, (verdict, _) in CODES.items()}
    documents = re.search(r"^Codes of `BadDocument`: (.+?)\.$", text, re.M | re.S)
    assert documents
    assert sorted(re.findall(r"`(\w+)`", documents[1])) == sorted(SENTENCES)


def test_every_sentence_is_for_people() -> None:
    for sentence in [sentence for _, sentence in CODES.values()] + list(SENTENCES.values()):
        assert re.fullmatch(r"[A-Z{][^!]+\.", sentence), sentence
