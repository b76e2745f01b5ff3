"""Which IP addresses may be dialled: a table of our own, because `ipaddress` says other things on other Pythons.

Source: the IANA registries "IPv4 Special-Purpose Address Space" and "IPv6 Special-Purpose Address Space" (RFC 6890),
"IPv4 Multicast Address Space" and "IPv6 Global Unicast Address Assignments", as of 2026-11. Blocks that IANA calls
globally reachable but that are no place for a web site (AS112, AMT, anycast for protocols) are refused as well.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from core.safehttp.policy import Policy

SPECIAL: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private use"),
    ("100.64.0.0/10", "shared by carriers"),
    ("127.0.0.0/8", "loopback"),
    ("168.63.129.16/32", "the host of a cloud's virtual machines"),  # not IANA's: Azure's wire server
    ("169.254.0.0/16", "link local"),
    ("172.16.0.0/12", "private use"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "multicast tunnelling"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private use"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    # of 2000::/3; everything outside it is refused as a whole
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
TABLE = tuple((ip_network(block), name) for block, name in SPECIAL)


def native(ip: str) -> IPv4Address | IPv6Address:
    """Return `ip` as an address, IPv4-mapped IPv6 as the IPv4 it stands for. Raises ValueError, also for a zone."""
    if "%" in ip:
        raise ValueError("an address with a zone")
    address = ip_address(ip)
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def allowed_by_name(ip: str, policy: Policy) -> bool:
    """Tell whether `ip` is in a network that the policy allows in spite of the table."""
    address = native(ip)
    return any(address in network for network in policy.allow_nets)


def refusal(ip: str, policy: Policy | None = None) -> str | None:
    """Return why `ip` may not be dialled, such as "loopback 127.0.0.0/8"; None when it may."""
    try:
        address = native(ip)
    except ValueError:
        return "not an IP address"
    if allowed_by_name(ip, policy or Policy.from_settings()):
        return None
    for network, name in TABLE:
        if address in network:
            return f"{name} {network}"
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST:
        return f"outside of global unicast {GLOBAL_UNICAST}"
    return None
