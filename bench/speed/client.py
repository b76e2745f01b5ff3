"""Stands in for wrk where that is not installed: `client.py ADDRESS CONNECTIONS SECONDS`, the same line of JSON."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit


def main(address: str, connections: int, seconds: float) -> None:
    """Ask with persistent connections until the time is over; print what was measured."""
    paths = Path(os.environ["BENCH_PATHS"]).read_text(encoding="ascii").split()
    headers = json.loads(os.environ["BENCH_HEADERS"])
    numbers = itertools.count()
    times: list[float] = []
    errors: list[str] = []
    began = time.perf_counter()

    def ask() -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        while time.perf_counter() < began + seconds:
            path = paths[next(numbers) % len(paths)]
            sent = time.perf_counter()
            try:
                connection.request("GET", path, headers=headers)
                response = connection.getresponse()
                response.read()
            except (http.client.HTTPException, OSError) as error:
                errors.append(f"{path}: {error}")
                connection.close()
                continue
            times.append(time.perf_counter() - sent)
            if response.status >= 400:
                errors.append(f"{path}: {response.status}")

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - began
    worst = sorted(times)[int(len(times) * 0.99)] * 1_000 if times else 0.0
    print(json.dumps({"requests": len(times), "seconds": spent, "errors": len(errors), "p99_ms": worst}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
