"""Snippets for whatever speaks OpenAI's API, which sends keys as “Authorization: Bearer”."""

from __future__ import annotations

from api.snippets.parts import Made, Way
from api.snippets.values import as_yaml, python

MODEL = "Put a model of theirs in the place of MODEL."


def openai_sdk(way: Way) -> Made | None:
    """The OpenAI SDK with another address."""
    if way.kind != "openai-compatible":
        return None
    key = f"os.environ[{python(way.env)}]" if way.env else python("none")
    head = "import os\n\n" if way.env else ""
    code = (
        f"{head}from openai import OpenAI\n\n"
        f"client = OpenAI(base_url={python(way.url)}, api_key={key})\n"
        'answer = client.chat.completions.create(model="MODEL", messages=[{"role": "user", "content": "Hello"}])\n'
        "print(answer.choices[0].message.content)"
    )
    return Made(code, (way.env,) if way.env else (), (MODEL,))


def litellm(way: Way) -> Made | None:
    """An entry of LiteLLM's config.yaml."""
    if way.kind != "openai-compatible":
        return None
    key = f"\n      api_key: {as_yaml('os.environ/' + way.env)}" if way.env else ""
    code = (
        f"model_list:\n  - model_name: {as_yaml(way.name)}\n    litellm_params:\n"
        f"      model: openai/MODEL\n      api_base: {as_yaml(way.url)}{key}"
    )
    return Made(code, (way.env,) if way.env else (), (MODEL,))
