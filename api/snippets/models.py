"""Snippets for whatever speaks OpenAI's API, which sends keys as “Authorization: Bearer”."""

from __future__ import annotations

from api.snippets.parts import NOT_KNOWN, Made, Way
from api.snippets.values import as_yaml, python

MODEL = "Put a model of theirs in the place of MODEL."


def _key(way: Way) -> str:
    """Return the variable of the key: the scheme's, else one that its listing names without saying how it is sent."""
    return next(iter(way.variables), "")


def _notes(way: Way) -> tuple[str, ...]:
    return (MODEL,) if _key(way) or "auth" in way.interface else (MODEL, NOT_KNOWN)


def openai_sdk(way: Way) -> Made | None:
    """The OpenAI SDK with another address."""
    if way.kind != "openai-compatible":
        return None
    variable = _key(way)
    key = f"os.environ[{python(variable)}]" if variable else python("none")
    head = "import os\n\n" if variable else ""
    code = (
        f"{head}from openai import OpenAI\n\n"
        f"client = OpenAI(base_url={python(way.url)}, api_key={key})\n"
        'answer = client.chat.completions.create(\n    model="MODEL",\n'
        '    messages=[{"role": "user", "content": "Hello"}],\n)\n'
        "print(answer.choices[0].message.content)"
    )
    return Made(code, (variable,) if variable else (), _notes(way))


def litellm(way: Way) -> Made | None:
    """An entry of LiteLLM's config.yaml."""
    if way.kind != "openai-compatible":
        return None
    variable = _key(way)
    key = f"\n      api_key: {as_yaml('os.environ/' + variable)}" if variable else ""
    code = (
        f"model_list:\n  - model_name: {as_yaml(way.name)}\n    litellm_params:\n"
        f"      model: openai/MODEL\n      api_base: {as_yaml(way.url)}{key}"
    )
    return Made(code, (variable,) if variable else (), _notes(way))
