"""Every code that a fetch can end with: its verdict and the sentence people read (docs/safehttp.md lists them)."""

from __future__ import annotations

from core.safehttp.answer import BLOCKED, DOWN, INCONCLUSIVE, PROTOCOL, TIMEOUT, TLS

CODES: dict[str, tuple[str, str]] = {
    # refused from the text of the address
    "scheme": (BLOCKED, "The address must start with https:// or http:// and name a host."),
    "too_long": (BLOCKED, "The address is longer than 2,048 characters."),
    "control_or_space": (BLOCKED, "The address holds a space or a control character. Remove it or percent-encode it."),
    "invisible_char": (BLOCKED, "The address holds an invisible character. Type it again without it."),
    "backslash": (BLOCKED, "The address holds a backslash, which programs read in different ways. Use / instead."),
    "no_host": (BLOCKED, "The address names no host."),
    "userinfo": (BLOCKED, "The address holds a user name or an @ before the host. Remove it."),
    "percent_in_host": (BLOCKED, "The host holds a percent sign. Write the name itself."),
    "bad_authority": (BLOCKED, "The part between // and the path is not a host name with at most one port."),
    "bad_ipv6": (BLOCKED, "The host in square brackets is not an address, and a listing must use a name."),
    "zone_id": (BLOCKED, "The address holds an IPv6 zone, which means something on one machine only."),
    "ip_literal": (BLOCKED, "{host} is an IP address. A listing must use a host name."),
    "bad_port": (BLOCKED, "The port is not a whole number from 1 to 65535 in plain digits."),
    "port": (BLOCKED, "Port {port} is not probed. Only 80, 443, 8080 and 8443 are."),
    "bad_label": (BLOCKED, "The host name {host} is not valid: its parts may hold letters, digits and inner hyphens."),
    "bad_punycode": (BLOCKED, "The host name {host} holds an xn-- part that stands for no valid name."),
    "host_too_long": (BLOCKED, "The host name is longer than 253 characters."),
    "numeric_tld": (BLOCKED, "The host name {host} ends in a number, which no public name does."),
    "single_label": (BLOCKED, "{host} has no dot: it can only be a name inside somebody's network."),
    "special_host": (BLOCKED, "{host} is a name for private or special use, not on the public internet."),
    # the name
    "dns_nxdomain": (BLOCKED, "The name {host} does not exist (NXDOMAIN)."),
    "dns_no_address": (BLOCKED, "The name {host} exists but has no address (no A or AAAA record)."),
    "dns_servfail": (BLOCKED, "The name servers of {host} gave no usable answer ({rcode})."),
    "dns_timeout": (TIMEOUT, "No name server answered for {host} in time."),
    "dns_unreachable": (INCONCLUSIVE, "Our own name server does not serve us, so nothing is known about {host}."),
    "private_address": (BLOCKED, "{host} resolves to {ip}, which is not a public address ({why}). Nothing was sent."),
    "wrong_peer": (BLOCKED, "The connection to {ip} reports another peer, {peer}. Nothing was sent."),
    # the connection
    "refused": (DOWN, "{ip} refused the connection on port {port}."),
    "reset": (DOWN, "The connection was reset by the other side."),
    "ipv6_only_unreachable": (
        DOWN,
        "{host} has IPv6 addresses only and this machine has no IPv6 route to them; other networks may reach it.",
    ),
    "connect_timeout": (TIMEOUT, "{ip} did not accept a connection on port {port} in time."),
    "tls_timeout": (TIMEOUT, "The TLS handshake did not finish in time."),
    "first_byte_timeout": (TIMEOUT, "The connection was accepted but no complete answer head came in time."),
    "body_timeout": (TIMEOUT, "The answer began but its body did not end in time."),
    "no_answer": (DOWN, "The server closed the connection without sending a byte."),
    # TLS
    "certificate_expired": (TLS, "The certificate of {host} has expired."),
    "certificate_not_yet_valid": (TLS, "The certificate of {host} is not valid yet."),
    "certificate_wrong_name": (TLS, "The certificate is for another name than {host}."),
    "certificate_self_signed": (TLS, "The certificate of {host} is signed by itself, not by a known authority."),
    "certificate_unknown_issuer": (
        TLS,
        "No chain of certificates leads from {host} to a known authority. Often the server leaves out an"
        " intermediate certificate.",
    ),
    "certificate_invalid": (TLS, "The certificate of {host} was refused: {why}."),
    "tls_version": (TLS, "The server offers only TLS versions older than 1.2."),
    "tls_handshake": (TLS, "The TLS handshake failed: {why}."),
    "client_certificate": (TLS, "The server asks for a certificate of its visitors, and probes have none."),
    "http2_only": (PROTOCOL, "The server refuses HTTP/1.1 in the TLS handshake. Probes speak HTTP/1.1 only."),
    # the answer
    "not_http": (PROTOCOL, "What the server sent is not HTTP/1.x: {why}."),
    "bad_answer": (PROTOCOL, "The answer breaks the rules of HTTP: {why}."),
    "body_cut_short": (PROTOCOL, "The server closed the connection before the end of the body it had announced."),
    "two_locations": (PROTOCOL, "The redirect names several different targets."),
    "headers_too_large": (BLOCKED, "The head of the answer is larger than {limit} bytes."),
    "too_many_headers": (BLOCKED, "The answer has more than {limit} header lines."),
    "content_length_too_large": (BLOCKED, "The answer announces {length} bytes. At most {limit} are read."),
    "body_too_large": (BLOCKED, "The body is larger than {limit} bytes. The rest was not read."),
    "encoding": (BLOCKED, "The body is coded as {coding}, but only gzip was offered."),
    "bad_gzip": (BLOCKED, "The body says it is gzip but is not exactly one complete gzip stream."),
    # redirects
    "downgrade": (BLOCKED, "The site redirects from https to plain http ({location}), which is not followed."),
    "redirect_loop": (BLOCKED, "The redirects lead in a circle, back to {location}."),
    "too_many_redirects": (BLOCKED, "There are more than {limit} redirects in a row."),
    # this side
    "probes_disabled": (INCONCLUSIVE, "Probes are switched off here (PROBES_ENABLED=0). Nothing was sent."),
    "bad_request": (INCONCLUSIVE, "This request cannot be written in HTTP ({why}). Nothing is said about the site."),
    "local_failure": (INCONCLUSIVE, "This machine could not open a connection ({why}). Try again later."),
}


class Refused(ValueError):
    """An address may not be asked; `flags` are those that were found before."""

    def __init__(self, code: str, flags: tuple[str, ...] = (), **values: object) -> None:
        self.code = code
        self.message = CODES[code][1].format(**values)
        self.flags = flags
        self.values = values  # for callers with sentences of their own
        super().__init__(self.message)


class Stop(Exception):
    """A fetch ends here, early; the client turns it into an Answer."""

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.verdict, sentence = CODES[code]
        self.message = sentence.format(**values)
        super().__init__(self.message)
