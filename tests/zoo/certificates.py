"""Certificates of the zoo, made when it opens: one authority, one good leaf per host, and the bad ones."""

from __future__ import annotations

import datetime as dt
import ssl
import threading
from pathlib import Path

import trustme


class Authority:
    """Makes TLS contexts by host and kind; the file at `ca_file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._ca, self._stranger = trustme.CA(), trustme.CA()
        self.ca_file = folder / "zoo-ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def context(self, host: str, kind: str) -> ssl.SSLContext:
        """Return the server's context for one host; `kind` as in Animal.certificate."""
        with self._lock:
            if (host, kind) not in self._contexts:
                self._contexts[host, kind] = self._make(host, kind)
            return self._contexts[host, kind]

    def _make(self, host: str, kind: str) -> ssl.SSLContext:
        now = dt.datetime.now(dt.UTC)
        day = dt.timedelta(days=1)
        spans = {
            "expired": (now - 90 * day, now - day),
            "not_yet": (now + day, now + 90 * day),
            "soon": (now - 89 * day, now + dt.timedelta(hours=30)),
            "short": (now - 3 * day, now + dt.timedelta(days=3, hours=16)),  # of 160 hours, as some authorities issue
            "short_late": (now - 6 * day, now + dt.timedelta(hours=16)),
        }
        before, after = spans.get(kind, (now - day, now + 89 * day))
        name = "somebody-else.example" if kind == "wrong_host" else host
        ca = self._stranger if kind == "unknown_issuer" else self._ca
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind == "self_signed":
            self_made = trustme.CA()  # a root is signed by itself
            pem = self.ca_file.with_name("self-signed.pem")
            pem.write_bytes(self_made.private_key_pem.bytes() + self_made.cert_pem.bytes())
            context.load_cert_chain(pem)
        else:
            ca.issue_cert(name, not_before=before, not_after=after).configure_cert(context)
        return context
