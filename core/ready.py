"""Does the site answer? Used by the supervisor and, as `python -m core.ready`, by the image's HEALTHCHECK."""

from __future__ import annotations

import http.client
import os
import sys


def allowed_host(hosts: list[str]) -> str:
    """Return a Host header that a site with these ALLOWED_HOSTS accepts."""
    for host in hosts:
        name = host.lstrip(".")
        if name and name != "*":
            return name
    return "localhost"


def problem(port: int, host: str, *, timeout: float = 2.0) -> str:
    """Return "" when GET /healthz on this machine's `port` says 200, else what it said instead."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer yet ({error})"
    finally:
        connection.close()
    return "" if status == 200 else f"GET /healthz says {status}"


def main() -> int:
    """Check the site on PORT; return 0 when it answers, 1 (and a sentence) when not."""
    hosts = [word.strip() for word in os.environ.get("ALLOWED_HOSTS", "").split(",")]
    said = problem(int(os.environ.get("PORT", "8000")), allowed_host(hosts), timeout=4.0)
    if said:
        sys.stderr.write(f"{said}\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
