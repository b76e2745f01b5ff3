"""A package on PyPI, or on the index that the operator names with PYPI_URL."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from core.safehttp import BadDocument, Limits
from verification import interfaces
from verification.context import Context
from verification.contract import Outcome, Step
from verification.reading import packages

MIB = 1_048_576


def check(context: Context) -> Outcome:
    """Ask for the package's JSON."""
    name = context.subject.address.removeprefix("pkg:pypi/")
    if not settings.PYPI_URL:
        return context.say("no_registry", setting="PYPI_URL")
    answer = context.fetch(f"{settings.PYPI_URL}/pypi/{quote(name.split('[')[0], safe='')}/json")
    trouble = context.trouble(answer)
    if trouble is not None:
        return context.say("registry_trouble", reason=trouble.sentence)
    try:
        return packages.judge(context, packages.from_pypi(name, packages.read(answer)))
    except packages.Missing:
        return context.say("missing", package=name)
    except BadDocument as error:
        return context.say("registry_trouble", reason=error.message)


STEP = Step(
    key="package_pypi",
    title="Package on PyPI",
    group="packages",
    proves="A package of this name is published and its own text points back to the tool. It does not prove that the"
    " code does no harm.",
    codes=packages.PYPI_CODES,
    check=check,
    subjects=interfaces.packages("pypi"),
    requests=1,
    limits=Limits(total=15, raw_bytes=8 * MIB, body_bytes=16 * MIB),
)
