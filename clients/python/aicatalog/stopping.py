"""Ctrl-C while the command imports what it needs: it ends at once, where Python would print a traceback.

An import that is broken off by an exception may also swallow it, or leave half a module.
"""

from __future__ import annotations

import os
import signal

INTERRUPTED = 130  # 128 and SIGINT, as shells have it
SAID = b"\nStopped.\n"


class AtOnce:
    """Lets Ctrl-C end the process within a `with`, where nobody else looks after it. Nothing may be half written."""

    def __init__(self) -> None:
        self._changed = False

    def __enter__(self) -> None:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            try:
                signal.signal(signal.SIGINT, _stop)
                self._changed = True
            except ValueError:  # not the main thread, which alone has signals
                pass

    def __exit__(self, *_: object) -> None:
        if self._changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def end(code: int) -> None:
    """End the process. Ctrl-C while Python tidies up ends it as well, without a word."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except ValueError:
        pass
    raise SystemExit(code)


def _stop(number: int, frame: object) -> None:
    try:
        os.write(2, SAID)
    finally:
        os._exit(INTERRUPTED)
