"""The site's own settings with one more address: the hello-world that every figure is compared with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.speed.urls"
