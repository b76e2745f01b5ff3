"""The page of a tool as Markdown: the same words, at an address of its own and for who asks by Accept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog import facts, services
from catalog.models import Fact, Related, Tool
from tests import make
from tests.markdown_reader import HOSTILE, PARSER, headings, inline, links, visible

SITE = "https://catalog.example"
CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


# -- the page of a tool ----------------------------------------------------------------------------------------------


@pytest.fixture
def site(settings: Any) -> str:
    settings.SITE_URL = SITE
    return SITE


def test_the_page_of_a_tool_as_markdown(client: Client, site: str) -> None:
    made = make.tool(
        slug="zebra",
        name="Zebra Voice",
        vendor="Zoo",
        licence="MIT",
        launched="2024-03",
        launched_said_by="docs",
        pricing={"access": "trial", "model": ["subscription"], "source": "proprietary", "said_by": "list"},
        plans=[{"name": "Pro", "amount": 60, "currency": "EUR", "period": "year", "seen": "2026-11-01"}],
        links={"docs": "https://docs.example.com"},
        interfaces=[
            {"kind": "openai-compatible", "base_url": "https://api.example.com/v1", "auth": "http", "env": "ZOO_KEY"},
            {"kind": "sdk", "registry": "pypi", "package": "zebra", "said_by": "docs"},
        ],
    )
    Fact.objects.filter(tool=made).update(said_on="2026-11-02")
    Fact.objects.filter(tool=made, field="pricing").update(evidence="https://zoo.example.com/prices")
    response = client.get("/tools/zebra.md")
    assert (response.status_code, response["Content-Type"]) == (200, "text/markdown; charset=utf-8")
    text = response.content.decode()
    assert text == PAGE.format(
        homepage=made.homepage, listed=made.listed_on, noted=made.listed_on, description=made.description
    )


PAGE = """\
# Zebra Voice

> A tool that was made for a test of this catalog

Page: <https://catalog.example/tools/zebra/>

{description}

Tags: one, two, three

## Facts

- **Kind**: App (our editors, 2026-11-02)
- **Vendor**: Zoo (our editors, 2026-11-02)
- **Job**: IDE assistants & completion (our editors, 2026-11-02)
- **Also in**: None
- **Launched**: Mar 2024 (the vendor's documents, code or a package registry, 2026-11-02)
- **Price**: Free trial (a public list, 2026-11-02; [where it was read](https://zoo.example.com/prices))
- **Access**: Free trial (a public list, 2026-11-02; [where it was read](https://zoo.example.com/prices))
- **Charged by**: Subscription (a public list, 2026-11-02; [where it was read](https://zoo.example.com/prices))
- **Source**: Proprietary (a public list, 2026-11-02; [where it was read](https://zoo.example.com/prices))
- **Licence**: MIT (our editors, 2026-11-02)
- **Platforms**: Web (our editors, 2026-11-02)
- **Input**: Text (our editors, 2026-11-02)
- **Output**: Text (our editors, 2026-11-02)
- **API**: Yes
- **Interfaces**: OpenAI-compatible, SDK
- **Sign-in**: Bearer token or basic (HTTP)
- **Self-hosted**: No (our editors, 2026-11-02)
- **Listed**: {listed}

## Links

- Home: <{homepage}>
- Documents: <https://docs.example.com>

## Plans

- Pro: 60 EUR per year, seen 2026-11-01

## How to reach it

### OpenAI-compatible

- Base address: <https://api.example.com/v1>
- Sign-in: Bearer token or basic (HTTP)
- Variable: `ZOO_KEY`
- Said by a public list

OpenAI SDK (set `ZOO_KEY`):

```python
import os

from openai import OpenAI

client = OpenAI(base_url="https://api.example.com/v1", api_key=os.environ["ZOO_KEY"])
answer = client.chat.completions.create(
    model="MODEL",
    messages=[{{"role": "user", "content": "Hello"}}],
)
print(answer.choices[0].message.content)
```

curl (set `ZOO_KEY`):

```bash
curl -gsS --fail-with-body https://api.example.com/v1/models \\
  -H "Authorization: Bearer $ZOO_KEY"
```

Python, httpx (set `ZOO_KEY`):

```python
import os

import httpx

headers = {{"Authorization": "Bearer " + os.environ["ZOO_KEY"]}}
with httpx.Client(base_url="https://api.example.com/v1", headers=headers, timeout=30) as client:
    answer = client.get("models")
    answer.raise_for_status()
    print(answer.text)
```

LiteLLM (set `ZOO_KEY`):

```yaml
model_list:
  - model_name: "zebra"
    litellm_params:
      model: openai/MODEL
      api_base: "https://api.example.com/v1"
      api_key: "os.environ/ZOO_KEY"
```

Airflow (set `ZOO_KEY`):

```python
from airflow.providers.http.operators.http import HttpOperator

# airflow connections add zebra --conn-type http --conn-host https://api.example.com/v1 --conn-password "$ZOO_KEY"
ask = HttpOperator(
    task_id="ask_zebra", http_conn_id="zebra",
    endpoint="models", method="GET",
    headers={{"Authorization": "Bearer {{{{ conn.zebra.password }}}}"}},
)
```

GitHub Actions (set `ZOO_KEY`):

```yaml
- name: "Ask zebra"
  env:
    TOOL_URL: "https://api.example.com/v1/models"
    TOOL_KEY: ${{{{ secrets.ZOO_KEY }}}}
  run: |
    curl -gsS --fail-with-body "$TOOL_URL" -H "Authorization: Bearer $TOOL_KEY"
```

Terraform (set `TF_VAR_zebra_key`):

```hcl
variable "zebra_key" {{
  type      = string
  sensitive = true
}}

data "http" "zebra" {{
  url = "https://api.example.com/v1/models"
  request_headers = {{ Authorization = "Bearer ${{var.zebra_key}}" }}
}}

check "zebra_answers" {{
  assert {{
    condition     = data.http.zebra.status_code < 500
    error_message = "zebra does not answer."
  }}
}}
```

- Put a model of theirs in the place of MODEL.
- This asks for the list of its models.
- If it wants another header than “Authorization: Bearer”, its documents say so.

### SDK, PyPI

- Package: `zebra`
- Said by the vendor's documents, code or a package registry

Package:

```bash
pip install zebra
```

## Verification

This text does not say whether it works. What our robot saw, if it has looked yet, stands at \
<https://catalog.example/tools/zebra/verification/> with its evidence. “Not checked” is not “failed”.

## What changed

- {noted}: Listed.
"""


def test_markdown_has_the_facts_and_links_of_the_page(client: Client, site: str) -> None:
    shown = client.get("/tools/elevenlabs/").context
    text = client.get("/tools/elevenlabs.md").content.decode()
    plain = re.sub(r"\\(.)", r"\1", text)
    assert [row.label for row in shown["facts"] if f"- **{row.label}**: {row.shown}" not in plain] == []
    own = [url for _, url in facts.links(shown["tool"])]
    others = [f"{SITE}/tools/{tool.slug}.md" for tool in shown["alternatives"]]
    around = [f"{SITE}/collections/{one.slug}/" for one in shown["collections"]]
    assert (len(others), len(around)) == (4, 1)
    assert [url for url in [*own, *others, *around] if url not in links(text)] == []
    assert [title for level, title in headings(text) if level == "h2"] == [
        "Facts",
        "Links",
        "How to reach it",
        "Verification",
        "Alternatives",
        "In these collections",
        "What changed",
    ]


def test_a_hostile_listing_injects_no_heading_link_or_html(client: Client, site: str) -> None:
    homepage = "https://made.example.com"
    make.tool(
        slug="sly",
        name=HOSTILE,
        tagline=HOSTILE,
        vendor=HOSTILE,
        licence=HOSTILE[:60],
        description=f"{HOSTILE}\n\n{HOSTILE}\n\n    code",
        homepage=homepage,
        pricing={"access": "paid_only", "model": ["subscription"], "source": "unknown", "said_by": "editor"},
        plans=[{"name": HOSTILE[:60], "amount": 9, "period": "unit", "unit": HOSTILE[:60], "seen": "2026-11-01"}],
        interfaces=[
            {"kind": "rest", "base_url": f"javascript:{HOSTILE}", "env": f"`{HOSTILE}"},
            {"kind": "sdk", "registry": "maven", "package": f"``{HOSTILE}``"},
        ],
    )
    text = client.get("/tools/sly.md").content.decode()
    kinds = {token.type for token in [*PARSER.parse(text), *inline(PARSER.parse(text))]}
    assert (
        kinds & {"html_block", "html_inline", "image", "code_block", "hr", "table_open", "ordered_list_open"} == set()
    )
    assert set(links(text)) == {f"{SITE}/tools/sly/", homepage, f"{SITE}/tools/sly/verification/"}
    assert [title for _, title in headings(text)] == [
        visible(HOSTILE),
        "Facts",
        "Links",
        "Plans",
        "How to reach it",
        "REST",
        "SDK, Maven",
        "Verification",
        "What changed",
    ]


def test_a_hostile_alternative_is_one_link_to_its_page(client: Client, site: str) -> None:
    plain, sly = make.tool(slug="plain"), make.tool(slug="sly", name=HOSTILE, tagline=HOSTILE)
    Related.objects.create(tool=plain, other=sly, position=0, score=1)
    text = client.get("/tools/plain.md").content.decode()
    page = f"{SITE}/tools/plain/"
    assert links(text) == [page, plain.homepage, f"{page}verification/", f"{SITE}/tools/sly.md"]


def test_a_tool_without_interfaces_and_prices_says_so(client: Client) -> None:
    make.tool(slug="bare", name="Bare *one*")
    text = client.get("/tools/bare.md").content.decode()
    assert "No way for a program to reach Bare \\*one\\* is listed." in text
    assert "## Plans" not in text
    assert "## Alternatives" not in text


# -- which representation is sent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["text/markdown", "text/markdown, text/html;q=0.9", "text/markdown, text/html, */*"])
def test_the_address_of_a_page_answers_markdown_to_who_asks_for_it(client: Client, site: str, accept: str) -> None:
    response = client.get("/tools/ollama/", headers={"accept": accept})
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.content == client.get("/tools/ollama.md").content
    assert "Accept" in response["Vary"].split(", ")
    assert response["Link"] == f'<{SITE}/tools/ollama/>; rel="canonical"'
    assert response["Content-Location"] == "/tools/ollama.md"


@pytest.mark.parametrize("accept", [None, "", "*/*", CHROMIUM, "application/json", "text/markdown;q=0.1, text/html"])
def test_everybody_else_gets_the_page(client: Client, accept: str | None) -> None:
    response = client.get("/tools/ollama/", headers={} if accept is None else {"accept": accept})
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "Accept" in response["Vary"].split(", ")
    link = '<link rel="alternate" type="text/markdown" title="This page as Markdown" href="/tools/ollama.md">'
    assert link in response.content.decode()


def test_only_the_address_of_a_tool_negotiates(client: Client) -> None:
    for path in ("/", "/tools/", "/categories/coding/", "/tools/ollama/alternatives/"):
        response = client.get(path, headers={"accept": "text/markdown"})
        assert response["Content-Type"] == "text/html; charset=utf-8"


def test_head_says_what_get_would(client: Client) -> None:
    for path, accept in (("/tools/ollama.md", "*/*"), ("/tools/ollama/", "text/markdown")):
        head = client.head(path, headers={"accept": accept})
        assert (head.status_code, head["Content-Type"], head.content) == (200, "text/markdown; charset=utf-8", b"")
    assert client.post("/tools/ollama.md").status_code == 405


def test_an_old_address_moves_as_the_page_does(client: Client) -> None:
    made = make.tool(slug="old-name")
    services.update_tool(made, make.record(slug="new-name", name=made.name), categories=make.categories())
    for path, accept, new in (
        ("/tools/old-name.md", "*/*", "/tools/new-name.md"),
        ("/tools/old-name.md?a=b", "*/*", "/tools/new-name.md?a=b"),
        ("/tools/NEW-name.md", "*/*", "/tools/new-name.md"),
        ("/tools/old-name/", "text/markdown", "/tools/new-name/"),
    ):
        response = client.get(path, headers={"accept": accept})
        assert (response.status_code, response["Location"]) == (301, new)


def test_a_tool_that_is_not_there_has_no_markdown(client: Client) -> None:
    made = make.tool(slug="gone")
    services.delist_tools([made])
    assert [client.get(f"/tools/{slug}.md").status_code for slug in ("nosuch", "gone")] == [404, 404]
    assert client.get("/tools/gone/", headers={"accept": "text/markdown"}).status_code == 404
    client.force_login(User.objects.create_superuser("ed@example.com", "x"))
    assert "No longer listed: visitors do not see this page." in client.get("/tools/gone.md").content.decode()


@pytest.mark.parametrize(("path", "queries"), [("/tools/made.md", 11), ("/tools/made/", 17)])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_tool_asks_a_constant_number_of_questions(
    client: Client, rows: int, path: str, queries: int, django_assert_num_queries: Any
) -> None:
    plan = {"name": "Pro", "amount": 9, "currency": "USD", "period": "month", "seen": "2026-11-01"}
    made = make.tool(
        slug="made",
        plans=[plan | {"name": f"P{number}"} for number in range(rows)],
        interfaces=[{"kind": "sdk", "registry": "pypi", "package": f"x{number}"} for number in range(rows)],
    )
    for position in range(rows):
        Related.objects.create(tool=made, other=make.tool(), position=position, score=1)
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200
    assert Tool.objects.get(slug="made").plans.count() == rows
