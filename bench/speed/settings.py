"""The site's own settings with one more address: the hello-world that every figure is compared with."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "bench.speed.urls"
LIMITS_SCALE = 1_000  # all load comes from one address; what counting costs is measured with the rest
