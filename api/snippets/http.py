"""Snippets for what is asked over HTTP: REST and GraphQL, and whatever answers at an address."""

from __future__ import annotations

from api.snippets.parts import BEARER, NO_HEADER, NOT_KNOWN, Made, Way
from api.snippets.values import as_yaml, hcl, python, shell

KINDS = {"rest", "graphql", "openai-compatible"}
OPENAPI = "Its operations: {}"
PATH = "This asks the base address alone: put a path of its API {}."
DOCS = " Its documents: {}"
MODELS = "This asks for the list of its models."
OAUTH = "It signs in with OAuth: its documents say how a program gets a token."
TOLD = {
    "http": BEARER, "apiKey": NO_HEADER, "oauth2": OAUTH, "openIdConnect": OAUTH,
    "mutualTLS": "It wants a certificate of yours: its documents say how you get one.",
}  # fmt: skip


def _below(way: Way) -> str:
    """Return the path below its base address that is asked: “models”, which whatever speaks OpenAI's API answers."""
    return "models" if way.kind == "openai-compatible" and not {"?", "#"} & set(way.url) else ""


def _url(way: Way) -> str:
    """Return the whole address that is asked."""
    return f"{way.url.rstrip('/')}/{_below(way)}" if _below(way) else way.url


def _notes(way: Way, where: str) -> tuple[str, ...]:
    """Return what is to be known; `where` says where a path goes, as none of a REST API is known."""
    told = TOLD.get(way.signs, "") if "auth" in way.interface else NOT_KNOWN
    openapi = way.interface.get("openapi", "")
    path = MODELS if _below(way) else ""
    if way.kind == "rest":
        path = PATH.format(where) + (DOCS.format(way.docs) if way.docs else "")
    return tuple(one for one in (path, told, OPENAPI.format(openapi) if openapi else "") if one)


def _bearer(way: Way) -> str:
    """Return the variable of a token that is sent as “Authorization: Bearer”; "" for any other way."""
    return way.env if way.signs == "http" else ""


def _inputs(way: Way) -> tuple[str, ...]:
    return (_bearer(way),) if _bearer(way) else ()


def curl(way: Way) -> Made | None:
    """A command; n8n imports it as an HTTP request. -g: “[1-500]” in an address would be as many requests."""
    if way.kind not in KINDS:
        return None
    header = f' \\\n  -H "Authorization: Bearer ${_bearer(way)}"' if _bearer(way) else ""
    return Made(f"curl -gsS --fail-with-body {shell(_url(way))}{header}", _inputs(way), _notes(way, "behind it"))


def httpx(way: Way) -> Made | None:
    """A client of Python."""
    if way.kind not in KINDS:
        return None
    token = _bearer(way)
    headers = f'headers = {{"Authorization": "Bearer " + os.environ[{python(token)}]}}\n' if token else ""
    given = ", headers=headers" if token else ""
    head = "import os\n\n" if token else ""
    code = (
        f"{head}import httpx\n\n"
        f"{headers}with httpx.Client(base_url={python(way.url)}{given}, timeout=30) as client:\n"
        f"    answer = client.get({python(_below(way))})\n"
        "    answer.raise_for_status()\n"
        "    print(answer.text)"
    )
    return Made(code, _inputs(way), _notes(way, "into client.get"))


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
        f"    task_id={python('ask_' + name)}, http_conn_id={python(name)},\n"
        f'    endpoint={python(_below(way))}, method="GET",\n'
        f"    headers={{{header}}},\n)"
    )
    return Made(code, _inputs(way), _notes(way, "into endpoint"))


def github_actions(way: Way) -> Made | None:
    """A step of a workflow; the token is a secret of the repository."""
    if way.kind not in KINDS:
        return None
    token = _bearer(way)
    env = f"  env:\n    TOOL_URL: {as_yaml(_url(way))}\n" + (
        f"    TOOL_KEY: ${{{{ secrets.{token} }}}}\n" if token else ""
    )
    header = ' -H "Authorization: Bearer $TOOL_KEY"' if token else ""
    code = f'- name: {as_yaml("Ask " + way.name)}\n{env}  run: |\n    curl -gsS --fail-with-body "$TOOL_URL"{header}'
    return Made(code, _inputs(way), _notes(way, "behind it"))


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
        f'{variable}data "http" "{name}" {{\n  url = {hcl(_url(way))}{headers}\n}}\n\n'
        f'check "{name}_answers" {{\n  assert {{\n    condition     = data.http.{name}.status_code < 500\n'
        f"    error_message = {hcl(way.name + ' does not answer.')}\n  }}\n}}"
    )
    return Made(code, (f"TF_VAR_{name}_key",) if token else (), _notes(way, "behind it"))
