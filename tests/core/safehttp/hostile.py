"""What a server does in each row of tests/corpora/hostile_http.csv, and the code that the client must find."""

from __future__ import annotations

import gzip
import io
import socket
import struct
import threading
import zipfile

from tests.core.safehttp.world import Handler, page, reply

OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1_048_576
NOBODY = threading.Event()  # never set: waiting for it is doing nothing


def silent(connection: socket.socket, head: str) -> None:
    connection.recv(1)  # until the client goes away


def body_drip(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"Content-Length: 1000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        NOBODY.wait(0.1)


def header_drip(connection: socket.socket, head: str) -> None:
    connection.sendall(OK)
    for number in range(1_000):
        connection.sendall(b"X-%d: x\r\n" % number)
        NOBODY.wait(0.1)


def hints_forever(connection: socket.socket, head: str) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")


def hints_drip(connection: socket.socket, head: str) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        NOBODY.wait(0.1)


def endless_chunks(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")


def endless_tiny_chunks(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1;" + b"e" * 1_000 + b"\r\nx\r\n")


def endless_trailers(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
    while True:
        connection.sendall(b"X-Trailer: x\r\n" * 100)


def reset(connection: socket.socket, head: str) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() sends RST


def reset_in_body(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"Content-Length: 1000\r\n\r\nhello")
    NOBODY.wait(0.1)
    reset(connection, head)


def endless(connection: socket.socket, head: str) -> None:
    connection.sendall(OK + b"\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def redirect(location: str, rest: bytes = b"", status: str = "302 Found") -> Handler:
    """Return a handler that sends "/" to `location` and answers "hello" elsewhere."""
    target = location.encode("utf-8") if location else b""

    def handle(connection: socket.socket, head: str) -> None:
        if head.split()[1] != "/" or "Host: other" in head:
            connection.sendall(page())
            return
        line = b"Location: " + target + b"\r\n" if location else b""
        connection.sendall(b"HTTP/1.1 %s\r\n%sContent-Length: 0\r\n\r\n" % (status.encode(), line))

    return handle


def redirect_endlessly(connection: socket.socket, head: str) -> None:
    connection.sendall(page(b"", f"Location: {head.split()[1]}x", status="302 Found"))


def redirect_and_talk(connection: socket.socket, head: str) -> None:
    if head.split()[1] != "/":
        connection.sendall(page())
        return
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def zip_file() -> bytes:
    """Return a small ZIP file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.txt", "hello")
    return file.getvalue()


GZIP = "Content-Encoding: gzip"
BOMB = gzip.compress(bytes(64 * MIB))
REFRESH = b'<meta http-equiv="refresh" content="0;url=http://10.0.0.1/">'
REDIRECTED = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "

# id of the row -> what the server does, code
HTTP: dict[str, tuple[Handler, str]] = {
    "silent_accept": (silent, "first_byte_timeout"),
    "fin_without_bytes": (reply(b""), "no_answer"),
    "smtp_banner": (reply(b"220 mail.example ESMTP ready\r\n"), "not_http"),
    "http09": (reply(b"<html>hello</html>"), "not_http"),
    "status_99": (reply(b"HTTP/1.1 99 Low\r\n\r\n"), "not_http"),
    "status_1000": (reply(b"HTTP/1.1 1000 Big\r\n\r\n"), "not_http"),
    "status_999": (reply(page(b"", status="999 No")), "999"),
    "switching_protocols": (
        reply(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
        "bad_answer",
    ),
    "ten_thousand_headers": (reply(page(b"", *[f"X-{n}: {n}" for n in range(10_000)])), "headers_too_large"),
    "header_nul": (reply(page(b"", "X-A: a\0b")), "bad_answer"),
    "header_obs_fold": (reply(page(b"", "X-A: a", " b")), "200"),
    "header_latin1": (reply(page(b"hi", "X-Ä: ö".replace("Ä", "A"))), "200"),
    "set_cookie_flood": (reply(page(b"", *[f"Set-Cookie: a{n}=1" for n in range(500)])), "too_many_headers"),
    "same_content_length_twice": (reply(page(b"hi", "Content-Length: 2")), "200"),
    "cl_and_te": (
        reply(OK + b"Content-Length: 999\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
        "200",
    ),
    "cl_short": (reply(OK + b"Content-Length: 1000\r\n\r\n123456789"), "body_cut_short"),
    "cl_ten_tb": (reply(OK + b"Content-Length: 10995116277760\r\n\r\n"), "content_length_too_large"),
    "endless_chunked": (endless_chunks, "body_too_large"),
    "chunk_size_overflow": (
        reply(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 21 + b"\r\nx\r\n0\r\n\r\n"),
        "bad_answer",
    ),
    "chunk_ext_flood": (
        reply(OK + b"Transfer-Encoding: chunked\r\n\r\n2;" + b"e" * 2 * MIB + b"\r\nhi\r\n0\r\n\r\n"),
        "bad_answer",
    ),
    "body_drip": (body_drip, "body_timeout"),
    "brotli_unasked": (reply(page(b"\x0b\x02\x80hello\x03", "Content-Encoding: br")), "encoding"),
    "gzip_corrupt": (reply(page(b"plain text", GZIP)), "bad_gzip"),
    "gzip_trailing": (reply(page(gzip.compress(b"hello") + b"more", GZIP)), "bad_gzip"),
    "204_with_body": (reply(page(b"body", status="204 No Content")), "204"),
    "utf7_charset": (reply(page(b"+ADw-script+AD4-", "Content-Type: text/html; charset=utf-7")), "200"),
    "retry_after_garbage": (reply(page(b"", "Retry-After: soon", status="503 Busy")), "503"),
    "redirect_missing_location": (redirect(""), "302"),
    "redirect_to_loopback": (redirect("http://127.0.0.1/"), "ip_literal"),
    "redirect_to_v6_loopback": (redirect("http://[::1]/"), "ip_literal"),
    "redirect_to_private_name": (redirect("http://internal.example-ai.com/"), "private_address"),
    "redirect_to_file": (redirect("file:///etc/passwd"), "scheme"),
    "redirect_to_ftp": (redirect("ftp://files.example-ai.com/"), "scheme"),
    "redirect_to_javascript": (redirect("javascript:alert(1)"), "scheme"),
    "redirect_to_odd_port": (redirect("http://other.example-ai.com:22/"), "port"),
    "redirect_to_tabs": (redirect("http://other.example-ai.com/\tx"), "control_or_space"),
    "redirect_to_nip_io": (redirect("http://127.0.0.1.nip.io/"), "private_address"),
    "redirect_utf8": (redirect("/ä/✓?q=ü"), "200"),
    "redirect_cross_host": (redirect("http://other.example-ai.com/"), "200"),
    "redirect_300": (redirect("/x", status="300 Multiple Choices"), "300"),
    "redirect_endless": (redirect_endlessly, "too_many_redirects"),
    "redirect_with_endless_body": (redirect_and_talk, "200"),
    "html_meta_refresh": (reply(page(REFRESH, "Content-Type: text/html", "Refresh: 0;url=http://10.0.0.1/")), "200"),
    "html_entities_flood": (reply(page(b"&amp;" * (MIB // 5), "Content-Type: text/html")), "200"),
    "wrong_content_type": (reply(page(zip_file(), "Content-Type: text/html")), "200"),
    "login_redirect": (redirect("/login"), "200"),
    "geo_block_451": (reply(page(b"not here", status="451 Unavailable For Legal Reasons")), "451"),
    "hsts_on_http": (reply(page(b"", "Strict-Transport-Security: max-age=31536000")), "200"),
    "link_preload_header": (reply(page(b"", "Link: <http://10.0.0.1/>; rel=preload")), "200"),
}

# Beyond the corpus: name -> what the server does, verdict, code
MORE: dict[str, tuple[Handler, str, str]] = {
    "ssh banner, open": (lambda connection, head: connection.sendall(b"SSH-2.0-x\r\n"), "protocol", "not_http"),
    "reset": (reset, "down", "reset"),
    "reset in the body": (reset_in_body, "down", "reset"),
    "header drip": (header_drip, "timeout", "first_byte_timeout"),
    "endless early hints": (hints_forever, "blocked", "headers_too_large"),
    "dripping early hints": (hints_drip, "timeout", "first_byte_timeout"),
    "one header of 70 kB": (reply(page(b"", "X: " + "x" * 70_000)), "blocked", "headers_too_large"),
    "one header of 60 kB": (reply(page(b"", "X: " + "x" * 60_000)), "ok", "200"),
    "endless without length": (endless, "blocked", "body_too_large"),
    "chunks that are mostly extension": (endless_tiny_chunks, "blocked", "body_too_large"),
    "endless trailers": (endless_trailers, "protocol", "bad_answer"),
    "gzip bomb": (reply(page(BOMB, GZIP)), "blocked", "body_too_large"),
    "gzip cut": (reply(page(gzip.compress(b"hello")[:-3], GZIP)), "blocked", "bad_gzip"),
    "gzip of nothing": (reply(page(b"", GZIP)), "ok", "200"),
    "gzip": (reply(page(gzip.compress(b"hello"), "Content-Encoding: x-gzip")), "ok", "200"),
    "stacked codings": (reply(page(gzip.compress(b"hello"), "Content-Encoding: gzip, gzip")), "blocked", "encoding"),
    "codings in two lines": (reply(page(b"", GZIP, "Content-Encoding: br")), "blocked", "encoding"),
    "gzip as transfer coding": (reply(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n"), "protocol", "bad_answer"),
    "transfer coding with a tab": (reply(OK + b"Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n"), "ok", "200"),
    "transfer coding twice": (
        reply(OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "protocol",
        "bad_answer",
    ),
    "space before the colon": (reply(OK + b"Content-Length : 2\r\n\r\nhi"), "protocol", "bad_answer"),
    "lengths that differ": (reply(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi"), "protocol", "bad_answer"),
    "negative length": (reply(OK + b"Content-Length: -1\r\n\r\n"), "protocol", "bad_answer"),
    "http/1.0": (reply(b"HTTP/1.0 200 OK\r\n\r\nhello"), "ok", "200"),
    "http/2 preface": (reply(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18)), "protocol", "not_http"),
    "status line only": (reply(b"HTTP/1.1 200 OK\r\n"), "protocol", "not_http"),
    "two locations": (
        reply((REDIRECTED + "/a\r\nLocation: /b\r\n\r\n").encode()),
        "protocol",
        "two_locations",
    ),
    "loop": (reply((REDIRECTED + "/\r\n\r\n").encode()), "blocked", "redirect_loop"),
    "empty location": (reply((REDIRECTED + "\r\n\r\n").encode()), "blocked", "redirect_loop"),
    "data location": (redirect("data:text/html,x"), "blocked", "scheme"),
    "backslash location": (redirect("\\\\other.example-ai.com/"), "blocked", "backslash"),
    "userinfo location": (redirect("http://a@other.example-ai.com/"), "blocked", "userinfo"),
    "scheme-relative location": (redirect("//other.example-ai.com/x"), "ok", "200"),
    "location with dots": (redirect("../../x/./y/../z"), "ok", "200"),
    "latin-1 location": (
        lambda connection, head: connection.sendall(
            page() if head.split()[1] != "/" else (REDIRECTED + "/\xe4\r\n\r\n").encode("latin-1")
        ),
        "ok",
        "200",
    ),
}
