"""What tests of webhooks share: a receiver behind a public name that leads to the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.conftest import ana, api, mine  # noqa: F401 - fixtures
from tests.api.hooks.receiver import HERE, Receiver, receiver
from tests.core.safehttp.world import name_server


@pytest.fixture
def inbox(settings: Any) -> Iterator[Receiver]:
    """A receiver, which every name of the test leads to, by http or https."""
    zone = lambda name, kind: [HERE] if kind == "A" else []  # noqa: E731 - as short as it is
    with receiver() as found, name_server(zone) as names:
        settings.PROBES_ENABLED = True
        settings.PROBE_ALLOW_NETS = f"{HERE}/32"
        settings.PROBE_RESOLVER = f"{HERE}:{names.port}"
        settings.PROBE_PORTS = f"80={found.port},443={found.port}"
        yield found
