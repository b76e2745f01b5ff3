"""The settings of `make bench`, with the peer's addresses besides the hello-world."""

from bench.speed.settings import *  # noqa: F403

ROOT_URLCONF = "bench.api.urls"
