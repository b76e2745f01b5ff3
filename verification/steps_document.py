"""docs/verification-steps.md: all steps and codes, written from the steps themselves."""

from __future__ import annotations

from pathlib import Path

from verification import trust_page
from verification.contract import Step
from verification.trust_page import CodeRow

PATH = Path("docs/verification-steps.md")
HEAD = """# The steps of a verification

Written by `manage.py document_steps --write`; a test compares it with the steps. How to read it, and how to add a step:
[verification.md](verification.md). The same stands on every site under `/trust/`.

A request may be redirected, five times at most, and robots.txt is read once a day before pages for people.
"""


def text() -> str:
    """Return the whole document."""
    trust = trust_page.trust()
    parts = [HEAD]
    for title, steps in trust.groups:
        parts.append(f"## {title}\n")
        parts += [_step(step, asks, codes) for step, asks, codes in steps]
    parts.append("## What every step may say\n")
    parts.append(_table(trust.common))
    return "\n".join(parts)


def _step(step: Step, asks: str, codes: list[CodeRow]) -> str:
    facts = [asks]
    if step.needs:
        facts.append("after " + ", ".join(f"`{need}`" for need in step.needs))
    if step.endpoint:
        facts.append("also in light runs")
    if step.shared:
        facts.append("one result serves every listing with the same address")
    return f"### `{step.key}`: {step.title}\n\n{step.proves}\n\n{'; '.join(facts)}.\n\n{_table(codes)}"


def _table(codes: list[CodeRow]) -> str:
    lines = ["| code | verdict | sentence |", "|---|---|---|"]
    for code in codes:
        sentence = code.sentence.replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| `{code.name}` | {code.word}{', asked again first' if code.soft else ''} | {sentence} |")
    return "\n".join(lines) + "\n"
