"""Which host names may be asked, and which deserve a human's look."""

from __future__ import annotations

import re
import unicodedata

from core.safehttp.policy import Policy
from core.safehttp.reasons import Refused

# Names that never lead to a public site: IANA's Special-Use Domain Names (RFC 6761 and later), names that networks
# and containers use inside, and top-level names that ICANN will not delegate because of that.
SPECIAL_SUFFIXES = frozenset(
    (  # noqa: SIM905
        "alt arpa corp domain example home i2p internal intranet invalid kubernetes lan local localdomain "
        "localhost mail onion private svc test workgroup cluster.local"
    ).split()
)
# Names that answer with whatever address is written in them, or always with this machine's.
WILDCARD_DNS = frozenset(
    (  # noqa: SIM905
        "1u.ms backname.io lacolhost.com localtest.me lvh.me nip.io rbndr.us sslip.io traefik.me vcap.me xip.io"
    ).split()
)
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)
# Scripts that are written together (UTS 39, "highly restrictive")
TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


def check_name(host: str, flags: tuple[str, ...], policy: Policy) -> None:
    """Raise Refused when `host` (ASCII, lower case) cannot be or must not be a public name."""
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        # 127.1, 0x7f.1, 2130706433: what getaddrinfo takes for an IPv4 address
        legacy = len(labels) <= 4 and all(NUMBER.fullmatch(label) for label in labels)
        raise Refused("ip_literal" if legacy else "numeric_tld", flags, host=host)
    if len(host) > 253:
        raise Refused("host_too_long", flags)
    if not all(LABEL.fullmatch(label) for label in labels):
        raise Refused("bad_label", flags, host=host[:80])
    if policy.special_names and labels[-1] == "example" and len(labels) > 1:
        return
    if any(ends_with(host, suffix) for suffix in SPECIAL_SUFFIXES):
        raise Refused("special_host", flags, host=host)
    if len(labels) == 1:
        raise Refused("single_label", flags, host=host)


def name_flags(host: str, readable: str) -> tuple[str, ...]:
    """Return what is worth a look: "idn", "mixed_script", "wildcard_dns"."""
    found = []
    if host != readable:
        found.append("idn")
    if any(_mixes_scripts(label) for label in readable.split(".")):
        found.append("mixed_script")
    if any(ends_with(host, suffix) for suffix in WILDCARD_DNS):
        found.append("wildcard_dns")
    return tuple(found)


def ends_with(host: str, suffix: str) -> bool:
    """Tell whether `host` is `suffix` or a name below it."""
    return host == suffix or host.endswith(f".{suffix}")


def _mixes_scripts(label: str) -> bool:
    scripts = {unicodedata.name(char, "?").split()[0] for char in label if unicodedata.category(char)[0] == "L"}
    scripts -= {"KATAKANA-HIRAGANA", "IDEOGRAPHIC", "MODIFIER"}  # marks that several scripts share
    return len(scripts) > 1 and not any(scripts <= together for together in TOGETHER)
