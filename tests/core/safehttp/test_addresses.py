"""The table of addresses, at its edges."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from core.safehttp import Policy, refusal
from core.safehttp.addresses import SPECIAL

NOBODY = Policy()
BLOCKS = [block for block, _ in SPECIAL]
# Next to a block there may be another one: these edges have no allowed neighbour.
ENCLOSED = {("0.0.0.0/8", -1), ("224.0.0.0/4", 1), ("240.0.0.0/4", -1), ("240.0.0.0/4", 1), ("3fff::/20", 1)}


@pytest.mark.parametrize("block", BLOCKS)
def test_first_middle_and_last_address_of_a_block_are_refused(block: str) -> None:
    network = ip_network(block)
    for offset in (0, network.num_addresses // 2, network.num_addresses - 1):
        address = network[offset]
        assert str(refusal(str(address), NOBODY)).endswith(f" {block}")
        if address.version == 4:
            assert str(refusal(f"::ffff:{address}", NOBODY)).endswith(f" {block}")


@pytest.mark.parametrize("block", BLOCKS)
def test_the_neighbours_of_a_block_are_allowed(block: str) -> None:
    network = ip_network(block)
    for number, side in ((int(network[0]) - 1, -1), (int(network[-1]) + 1, 1)):
        if (block, side) not in ENCLOSED:
            kind = type(network[0])
            assert refusal(str(kind(number)), NOBODY) is None


@pytest.mark.parametrize(
    ("ip", "why"),
    [
        ("127.0.0.1", "loopback 127.0.0.0/8"),
        ("::ffff:169.254.169.254", "link local 169.254.0.0/16"),
        ("255.255.255.255", "reserved 240.0.0.0/4"),
        ("::", "outside of global unicast 2000::/3"),
        ("::1", "outside of global unicast 2000::/3"),
        ("::127.0.0.1", "outside of global unicast 2000::/3"),
        ("::ffff:0:127.0.0.1", "outside of global unicast 2000::/3"),
        ("64:ff9b::808:808", "outside of global unicast 2000::/3"),
        ("64:ff9b:1::1", "outside of global unicast 2000::/3"),
        ("100::1", "outside of global unicast 2000::/3"),
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside of global unicast 2000::/3"),
        ("4000::", "outside of global unicast 2000::/3"),
        ("5f00::1", "outside of global unicast 2000::/3"),
        ("fd00:ec2::254", "outside of global unicast 2000::/3"),
        ("fec0::1", "outside of global unicast 2000::/3"),
        ("ff0e::1", "outside of global unicast 2000::/3"),
        ("2001::1", "protocol assignments 2001::/23"),
        ("2001:1ff:ffff::1", "protocol assignments 2001::/23"),
        ("2002:7f00:1::", "6to4 2002::/16"),
        ("fe80::1%eth0", "not an IP address"),
        ("::1%25lo", "not an IP address"),
        ("127.1", "not an IP address"),
        ("0177.0.0.1", "not an IP address"),
        ("2130706433", "not an IP address"),
        ("", "not an IP address"),
        (" 8.8.8.8", "not an IP address"),
        ("8.8.8.8\0", "not an IP address"),
    ],
)
def test_why(ip: str, why: str) -> None:
    assert refusal(ip, NOBODY) == why


@pytest.mark.parametrize("ip", ["1.1.1.1", "8.8.8.8", "2000::", "2001:200::1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_allowed(ip: str) -> None:
    assert refusal(ip, NOBODY) is None


def test_allowed_networks_open_nothing_else() -> None:
    there = Policy(allow_nets=(ip_network("10.1.0.0/16"), ip_network("fd00:1::/32")))
    allowed = ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "fd00:1::1"]
    refused = ["10.0.255.255", "10.2.0.0", "::ffff:10.2.0.0", "fd00:2::1", "127.0.0.1"]
    assert [ip for ip in allowed + refused if refusal(ip, there) is None] == allowed


def test_the_table_lists_each_block_once_and_none_inside_another() -> None:
    networks = [ip_network(block) for block in BLOCKS]
    assert len(set(networks)) == len(networks)
    for one in networks:
        for other in networks:
            if one is not other and one.version == other.version:
                assert ip_address(int(one[0])) not in other if one.version == 4 else one[0] not in other
