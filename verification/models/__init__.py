"""Runs, their steps and results, evidence, and what we know of the hosts we ask."""

from verification.models.evidence import Evidence
from verification.models.hosts import HostBudget, OptOut, RobotsFile
from verification.models.run import Run, RunStep, StepResult

__all__ = ["Evidence", "HostBudget", "OptOut", "RobotsFile", "Run", "RunStep", "StepResult"]
