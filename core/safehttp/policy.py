"""What this installation lets probes do. In production everything but the switch is fixed (config/settings.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings

Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Policy:
    """Exceptions from the rules for development and tests, and the switch."""

    enabled: bool = True
    allow_nets: tuple[Network, ...] = ()  # may be dialled although the address table refuses them
    resolver: tuple[str, int] | None = None  # instead of the system's name servers
    ports: Mapping[int, int] = field(default_factory=dict)  # URL's port -> dialled port, only inside allow_nets
    ca_file: str = ""  # PEM file of authorities trusted beside the public ones
    special_names: bool = False  # names under .example pass

    @classmethod
    def from_settings(cls) -> Policy:
        """Return the policy of Django's settings. Raises ValueError, naming the setting that cannot be read."""
        return read(
            settings.PROBES_ENABLED,
            settings.PROBE_ALLOW_NETS,
            settings.PROBE_RESOLVER,
            settings.PROBE_PORTS,
            settings.PROBE_CA_FILE,
        )


@lru_cache(maxsize=16)
def read(enabled: bool, allow_nets: str, resolver: str, ports: str, ca_file: str) -> Policy:
    """Return the policy that these settings describe. Raises ValueError, naming the setting that cannot be read."""
    server = name_server("PROBE_RESOLVER", resolver) if resolver else None
    return Policy(enabled, _networks(allow_nets), server, _ports(ports), ca_file, special_names=server is not None)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(word.strip()) for word in text.split(",") if word.strip())
    except ValueError as error:
        raise ValueError(f"PROBE_ALLOW_NETS is {text!r}: use networks such as 127.0.0.0/8 ({error}).") from error


def name_server(setting: str, text: str) -> tuple[str, int]:
    """Return the address and port of one name server. Raises ValueError, naming the setting it was read from."""
    host, _, port = text.rpartition(":")
    try:
        ip_address(host.strip("[]"))
    except ValueError as error:
        raise ValueError(f"{setting} is {text!r}: use ADDRESS:PORT, such as 127.0.0.1:5353.") from error
    return host.strip("[]"), _port(setting, text, port)


def _ports(text: str) -> dict[int, int]:
    pairs = [word.partition("=") for word in text.split(",") if word.strip()]
    return {_port("PROBE_PORTS", text, asked): _port("PROBE_PORTS", text, dialled) for asked, _, dialled in pairs}


def _port(name: str, text: str, port: str) -> int:
    number = int(port) if port.strip().isascii() and port.strip().isdigit() else 0
    if not 1 <= number <= 65535:
        raise ValueError(f"{name} is {text!r}: {port.strip()!r} is not a port.")
    return number
