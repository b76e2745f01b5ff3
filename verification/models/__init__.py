"""Runs, evidence, what we know of hosts, health over time, claims and their log, and who proved to own what."""

from verification.models.claims import Claim, LogEntry
from verification.models.evidence import Evidence
from verification.models.health import (
    Endpoint,
    Incident,
    IncidentUpdate,
    MaintenanceWindow,
    OwnOutage,
    ProbeDay,
    Sample,
    Watch,
)
from verification.models.hosts import HostBudget, OptOut, RobotsFile
from verification.models.identity import DriftCase, IdentityPrint
from verification.models.ownership import OwnershipChallenge, OwnershipClaim, OwnershipEvent
from verification.models.published import ProposedFact
from verification.models.run import Run, RunStep, StepResult

__all__ = [
    "Claim",
    "DriftCase",
    "Endpoint",
    "Evidence",
    "HostBudget",
    "IdentityPrint",
    "Incident",
    "IncidentUpdate",
    "LogEntry",
    "MaintenanceWindow",
    "OptOut",
    "OwnOutage",
    "OwnershipChallenge",
    "OwnershipClaim",
    "OwnershipEvent",
    "ProbeDay",
    "ProposedFact",
    "RobotsFile",
    "Run",
    "RunStep",
    "Sample",
    "StepResult",
    "Watch",
]
