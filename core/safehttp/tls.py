"""TLS as browsers ask for it: 1.2 or newer, a chain to a public authority, the certificate for the name."""

from __future__ import annotations

import hashlib
import ssl
from functools import lru_cache
from typing import Any

import certifi

from core.safehttp.answer import Certificate
from core.safehttp.reasons import Stop

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h)
VERIFY_CODES = {
    9: "certificate_not_yet_valid",
    10: "certificate_expired",
    18: "certificate_self_signed",
    2: "certificate_unknown_issuer",
    19: "certificate_unknown_issuer",
    20: "certificate_unknown_issuer",
    21: "certificate_unknown_issuer",
    62: "certificate_wrong_name",
}
# Dates and names of these can be read, because a known authority vouches for them all the same.
READABLE = frozenset(("certificate_not_yet_valid", "certificate_expired", "certificate_wrong_name"))
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME (x509_vfy.h), for which Python has no name
SHORT = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C"}
OLD_VERSION = ("UNSUPPORTED_PROTOCOL", "PROTOCOL_VERSION", "VERSION_TOO_LOW")


@lru_cache(maxsize=8)
def context(ca_file: str = "") -> ssl.SSLContext:
    """Return the context for probes: Mozilla's authorities (certifi) and those of `ca_file`, no environment."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.hostname_checks_common_name = False
    made.set_alpn_protocols(["http/1.1"])
    made.load_verify_locations(certifi.where())
    if ca_file:
        made.load_verify_locations(ca_file)
    return made


@lru_cache(maxsize=8)
def reading_context(ca_file: str = "") -> ssl.SSLContext:
    """Return a context for reading a certificate that was refused: any date and any name will do.

    Nothing may be sent on such a connection. The chain is checked still: Python shows no other certificate.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_flags |= NO_CHECK_TIME
    made.set_alpn_protocols(["http/1.1"])
    made.load_verify_locations(certifi.where())
    if ca_file:
        made.load_verify_locations(ca_file)
    return made


def explains(code: str, certificate: Certificate, host: str, now: float) -> bool:
    """Whether this certificate is refused with `code`: another one of the chain, or of the host, may have been."""
    if code == "certificate_expired":
        return certificate.not_after < now
    if code == "certificate_not_yet_valid":
        return certificate.not_before > now
    return not {host, "*." + host.partition(".")[2]} & {name.lower() for name in certificate.names}


def stop_for(error: ssl.SSLError, host: str) -> Stop:
    """Return how a fetch ends after this failure of a handshake."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or "it could not be verified"
        return Stop(VERIFY_CODES.get(error.verify_code, "certificate_invalid"), host=host, why=why)
    # An alert that Python has no name for comes as text: "[SSL] tlsv1 alert no application protocol (_ssl.c:1006)"
    reason = error.reason or str(error).partition("] ")[2].partition(" (")[0].upper().replace(" ", "_")
    if any(word in reason for word in OLD_VERSION):
        return Stop("tls_version")
    if "ALERT" in reason and "CERTIFICATE" in reason:  # what it says of ours, which we did not show
        return Stop("client_certificate")
    if "NO_APPLICATION_PROTOCOL" in reason:
        return Stop("http2_only")
    if isinstance(error, ssl.SSLEOFError):
        return Stop("tls_handshake", why="the server closed the connection")
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return Stop("tls_handshake", why="the server did not answer with TLS")
    return Stop("tls_handshake", why=reason.lower().replace("_", " ") or "unknown failure")


def certificate_of(connection: ssl.SSLSocket) -> Certificate | None:
    """Return the facts of the certificate of `connection`, None where Python cannot read them (names not in UTF-8).

    Raises OSError when it is closed already.
    """
    der = connection.getpeercert(binary_form=True) or b""
    try:
        facts: dict[str, Any] = connection.getpeercert() or {}
        begins, ends = (float(ssl.cert_time_to_seconds(facts[end])) for end in ("notBefore", "notAfter"))
    except (ValueError, KeyError):
        return None
    return Certificate(
        sha256=hashlib.sha256(der).hexdigest(),
        subject=_name(facts.get("subject", ())),
        issuer=_name(facts.get("issuer", ())),
        names=tuple(value for kind, value in facts.get("subjectAltName", ()) if kind == "DNS"),
        not_before=begins,
        not_after=ends,
        version=connection.version() or "",
    )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    return ", ".join(f"{SHORT.get(key, key)}={value}" for part in parts for key, value in part)
