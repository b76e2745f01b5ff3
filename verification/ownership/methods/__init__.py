"""The methods of proof, one file each: a pure function that judges, and one that asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.safehttp import Limits
from verification.models.ownership import Method
from verification.ownership.asking import Probe
from verification.ownership.methods import dns_txt, email, http_file, meta, package


@dataclass(frozen=True)
class Way:
    """What one method needs to be asked for."""

    probe: Probe
    instructions: Callable[[str, str, str], str]  # name, token id, token
    limits: Limits


WAYS: dict[Method, Way] = {
    Method.DNS_TXT: Way(dns_txt.probe, dns_txt.instructions, Limits()),
    Method.HTTP_FILE: Way(http_file.probe, http_file.instructions, http_file.LIMITS),
    Method.META: Way(meta.probe, meta.instructions, meta.LIMITS),
    Method.EMAIL: Way(email.probe, email.instructions, email.LIMITS),
    Method.PACKAGE: Way(package.probe, package.instructions, package.LIMITS),
}
