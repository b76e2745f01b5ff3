"""`python -m tests.zoo`: serve the zoo until stopped (for `make demo`), and write the demonstration tools."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.zoo.animals import all_animals
from tests.zoo.demo import records
from tests.zoo.server import Zoo
from tests.zoo.yours import yours


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.zoo", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the certificate and demo.json are written")
    for name in ("http", "tls", "dns"):
        parser.add_argument(f"--{name}", type=int, default=0, help="port on 127.0.0.1 (0: any)")
    given = parser.parse_args()
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before the threads begin, so that none of them is interrupted
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "demo.json").write_text(json.dumps(records(), indent=1), encoding="utf-8")
    own = yours(given.folder / "yours")
    animals = all_animals() | {own.name: own}
    with Zoo(animals, given.folder, http=given.http, tls=given.tls, dns_port=given.dns) as zoo:
        sys.stdout.write(f"{len(zoo.animals)} loopback sites; {json.dumps(zoo.environment)}\n")
        sys.stdout.flush()
        signal.sigwait(stop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
