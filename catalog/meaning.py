"""Search by meaning: an optional extra (requirements/semantic.txt and SEARCH_BY_MEANING=1; docs/search.md).

Static word vectors of the wheel `wordllama`, whose weights are inside: no network, no torch. Vectors of tools and of
what people ask for live in the process; the tools' ones follow the change log.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from catalog import jobs
from catalog.models import Change, Tool

LEAST = 0.25  # a cosine below it says nothing
NEAREST = 100  # tools and phrases looked at
LOOK_AGAIN = 30.0  # seconds between two looks whether tools have changed
MOST_TOOLS = 50_000  # beyond it the vectors would take too much memory per process (1 kB each)


@dataclass
class _Tools:
    """Vectors of all listed tools, and up to which serial of the change log they are in step."""

    ids: list[int]
    vectors: Any  # array of float32, one row a tool, each of length 1
    serial: int
    looked: float


_lock = threading.Lock()
_tools: _Tools | None = None


def is_on() -> bool:
    """Say whether search by meaning is wanted and installed."""
    return bool(settings.SEARCH_BY_MEANING) and _model() is not None


@lru_cache(maxsize=1)
def _model() -> Any | None:
    try:
        import wordllama  # noqa: PLC0415  # optional, and half a second to load
    except ImportError:
        return None
    # the default looks in a folder that the wheel does not have, and then asks a hub for it
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def _embed(texts: list[str]) -> Any:
    model = _model()
    assert model is not None
    return model.embed(texts, norm=True)


@lru_cache(maxsize=1)
def _phrases() -> tuple[list[jobs.Job], Any]:
    rows = [(job, text) for job in jobs.known() for text in (*job.asked, ", ".join(job.words))]
    return [job for job, _ in rows], _embed([text for _, text in rows])


def _text(tool: Tool) -> str:
    tags = ", ".join(tag.replace("-", " ") for tag in tool.tags)
    return f"{tool.name}: {tool.tagline}. {tags}. {tool.category.name}. {tool.description}"


def _all_tools() -> _Tools | None:
    """Return the vectors of all listed tools, made anew when the catalog has changed; None for too many tools."""
    global _tools  # noqa: PLW0603  # one copy a process
    with _lock:
        if _tools is not None and time.monotonic() - _tools.looked < LOOK_AGAIN:
            return _tools
        newest = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
        if _tools is None or _tools.serial != newest:
            tools = list(Tool.objects.listed().select_related("category").order_by("id")[: MOST_TOOLS + 1])
            if not tools or len(tools) > MOST_TOOLS:
                return None
            _tools = _Tools([tool.pk for tool in tools], _embed([_text(tool) for tool in tools]), newest, 0.0)
        _tools.looked = time.monotonic()
        return _tools


def near_tools(text: str) -> dict[int, float]:
    """Return the tools nearest in meaning to a text: id → how far above LEAST (0 to 0.75). {} when it is off."""
    tools = _all_tools() if is_on() else None
    if tools is None:
        return {}
    near = tools.vectors @ _embed([text])[0]
    best = near.argsort()[::-1][:NEAREST]
    return {tools.ids[at]: float(near[at]) - LEAST for at in best if near[at] > LEAST}


def near_jobs(text: str) -> list[tuple[jobs.Job, float]]:
    """Return the jobs with a phrase near in meaning to a text, nearest first, as near_tools. [] when it is off."""
    if not is_on():
        return []
    owners, vectors = _phrases()
    near = vectors @ _embed([text])[0]
    found: dict[jobs.Job, float] = {}
    for at in near.argsort()[::-1][:NEAREST]:
        if near[at] > LEAST:
            found.setdefault(owners[at], float(near[at]) - LEAST)
    return list(found.items())
