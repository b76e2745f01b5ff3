"""Our MCP handshake as a client of the protocol's own conformance suite: python -m tests.zoo.conformance_client URL."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit


def main(url: str) -> None:
    """Say hello to the suite's server on this machine, under a name that the safe client accepts."""
    from tests.zoo.server import Zoo
    from verification.contract import Interface, Listing
    from verification.inline import run_inline

    parts = urlsplit(url)
    address = f"http://peer.example{parts.path or '/'}"
    listing = Listing("peer", "Peer", "http://peer.example/", interfaces=(Interface("mcp-remote", url=address),))
    with tempfile.TemporaryDirectory() as folder, Zoo({}, Path(folder)) as zoo:
        policy = zoo.policy(ports={80: parts.port})
        for one in run_inline(listing, keys=["mcp_handshake", "mcp_tools"], policy=policy):
            sys.stdout.write(f"{one.key}: {one.outcome.code}\n")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    main(sys.argv[-1])
