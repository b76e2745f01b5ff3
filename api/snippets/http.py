"""Snippets for what is asked over HTTP: REST and GraphQL, and whatever answers at an address."""

from __future__ import annotations

from api.snippets.parts import BEARER, NO_HEADER, Made, Way
from api.snippets.values import as_yaml, hcl, python, shell

KINDS = {"rest", "graphql", "openai-compatible"}
OPENAPI = "Its operations: {}"


def _notes(way: Way) -> tuple[str, ...]:
    told = {"http": BEARER, "apiKey": NO_HEADER}.get(way.signs, "")
    openapi = way.interface.get("openapi", "")
    return tuple(one for one in (told, OPENAPI.format(openapi) if openapi else "") if one)


def _bearer(way: Way) -> str:
    """Return the variable of a token that is sent as “Authorization: Bearer”; "" for any other way."""
    return way.env if way.signs == "http" else ""


def _inputs(way: Way) -> tuple[str, ...]:
    return (_bearer(way),) if _bearer(way) else ()


def curl(way: Way) -> Made | None:
    """A command; n8n imports it as an HTTP request."""
    if way.kind not in KINDS:
        return None
    header = f' \\\n  -H "Authorization: Bearer ${_bearer(way)}"' if _bearer(way) else ""
    return Made(f"curl -sS --fail-with-body {shell(way.url)}{header}", _inputs(way), _notes(way))


def httpx(way: Way) -> Made | None:
    """A client of Python."""
    if way.kind not in KINDS:
        return None
    token = _bearer(way)
    headers = f', headers={{"Authorization": "Bearer " + os.environ[{python(token)}]}}' if token else ""
    head = "import os\n\n" if token else ""
    code = (
        f"{head}import httpx\n\n"
        f"with httpx.Client(base_url={python(way.url)}{headers}, timeout=30) as client:\n"
        '    answer = client.get("")\n'
        "    answer.raise_for_status()\n"
        "    print(answer.text)"
    )
    return Made(code, _inputs(way), _notes(way))


def airflow(way: Way) -> Made | None:
    """A task of Airflow; the connection holds address and token."""
    if way.kind not in KINDS:
        return None
    name = way.name.replace("-", "_")
    header = '"Authorization": "Bearer {{ conn.' + name + '.password }}"' if _bearer(way) else ""
    code = (
        "from airflow.providers.http.operators.http import HttpOperator\n\n"
        f"# airflow connections add {name} --conn-type http --conn-host {shell(way.url)}"
        + (f' --conn-password "${_bearer(way)}"\n' if _bearer(way) else "\n")
        + f"ask = HttpOperator(\n"
        f'    task_id={python("ask_" + name)}, http_conn_id={python(name)}, endpoint="", method="GET",\n'
        f"    headers={{{header}}},\n)"
    )
    return Made(code, _inputs(way), _notes(way))


def github_actions(way: Way) -> Made | None:
    """A step of a workflow; the token is a secret of the repository."""
    if way.kind not in KINDS:
        return None
    token = _bearer(way)
    env = f"  env:\n    TOOL_URL: {as_yaml(way.url)}\n" + (
        f"    TOOL_KEY: ${{{{ secrets.{token} }}}}\n" if token else ""
    )
    header = ' -H "Authorization: Bearer $TOOL_KEY"' if token else ""
    code = f'- name: {as_yaml("Ask " + way.name)}\n{env}  run: |\n    curl -sS --fail-with-body "$TOOL_URL"{header}'
    return Made(code, _inputs(way), _notes(way))


def terraform(way: Way) -> Made | None:
    """A data source, and a check that warns when it does not answer."""
    if way.kind not in KINDS:
        return None
    name = way.name.replace("-", "_")
    name = name if name[:1].isalpha() else f"tool_{name}"
    token = _bearer(way)
    variable = f'variable "{name}_key" {{\n  type      = string\n  sensitive = true\n}}\n\n' if token else ""
    headers = f'\n  request_headers = {{ Authorization = "Bearer ${{var.{name}_key}}" }}' if token else ""
    code = (
        f'{variable}data "http" "{name}" {{\n  url = {hcl(way.url)}{headers}\n}}\n\n'
        f'check "{name}_answers" {{\n  assert {{\n    condition     = data.http.{name}.status_code < 500\n'
        f"    error_message = {hcl(way.name + ' does not answer.')}\n  }}\n}}"
    )
    return Made(code, (f"TF_VAR_{name}_key",) if token else (), _notes(way))
