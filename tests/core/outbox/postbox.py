"""A real SMTP server on loopback that answers by the name of the mailbox, and remembers what it took."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

# at RCPT, by local part
AT_RCPT = {
    "greylisted": "450 4.7.1 Come back later",
    "closing": "421 4.3.2 Going down",
    "nobody": "550 5.1.1 No such user",
    "nobody-plain": "550 no such user here",
    "moved": "551 User not local",
    "policy": "550 5.7.1 We do not like your network",
    "full": "552 5.2.2 Mailbox full",
    "odd": "250-\x00\x07 odd\r\n250 ok",
}
# at the end of DATA
AT_END = {"content": "554 5.7.1 Looks like spam", "later": "451 4.3.0 Try again", "late-nobody": "550 5.1.1 No mailbox"}


@dataclass
class Taken:
    """A mail that was answered by 250, or held."""

    sender: str
    to: str
    data: bytes


@dataclass
class Box:
    """What the server saw. `hold`: stop before the answer to DATA, and set `held`, until `go` is set."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    logins: int = 0
    hold_at: set[str] = field(default_factory=set)
    held: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


class Handler(socketserver.StreamRequestHandler):
    """One conversation."""

    server: Any

    def say(self, text: str) -> None:
        self.wfile.write(text.encode("latin-1") + b"\r\n")

    def handle(self) -> None:
        box: Box = self.server.box
        box.connections += 1
        self.say("220 postbox.test ESMTP")
        sender = to = ""
        while line := self.rfile.readline(2_000):
            verb, _, rest = line.decode("latin-1").strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    self.say("250-postbox.test\r\n250-SIZE 1000000\r\n250-AUTH PLAIN\r\n250 ENHANCEDSTATUSCODES")
                case "MAIL":
                    sender = rest.partition("<")[2].partition(">")[0]
                    self.say("550 5.7.1 Not you" if sender.startswith("banned") else "250 2.1.0 OK")
                case "RCPT":
                    to = rest.partition("<")[2].partition(">")[0]
                    name = to.partition("@")[0]
                    if name == "hanging":
                        box.go.wait(5)
                        return
                    self.say(AT_RCPT.get(name, "250 2.1.5 OK"))
                    if name == "closing":
                        return
                case "DATA":
                    self.say("354 go on")
                    if not self.data(box, sender, to):
                        return
                case "AUTH":
                    box.logins += 1
                    self.say("235 2.7.0 OK")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 OK" if verb.upper() == "RSET" else "502 5.5.1 What?")

    def data(self, box: Box, sender: str, to: str) -> bool:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        name = to.partition("@")[0]
        if name == "dropped":
            return False
        if name in AT_END:
            self.say(AT_END[name])
            return True
        box.taken.append(Taken(sender, to, b"".join(lines)))
        if name in box.hold_at:
            box.hold_at.remove(name)
            box.held.set()
            box.go.wait(20)
            return False
        self.say("250 2.0.0 Taken")
        return True


class Server(socketserver.ThreadingTCPServer):
    """The listener."""

    allow_reuse_address, daemon_threads = True, True
    box: Box

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is what these tests are about."""


@contextmanager
def postbox() -> Iterator[Box]:
    """Run the server while the block runs."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.box = Box(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.box
        finally:
            server.box.go.set()
            server.shutdown()
            thread.join()
