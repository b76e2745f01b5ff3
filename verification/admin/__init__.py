"""The operators' desk: runs and what was seen, health and claims, and what waits for a person's decision."""

from verification.admin import decisions, over_time, runs

__all__ = ["decisions", "over_time", "runs"]  # register their desks
