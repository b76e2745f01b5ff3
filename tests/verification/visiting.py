"""Pages of the verification as a browser asks for them."""

from __future__ import annotations

from django.test import Client

from catalog.models import Tool


def page(client: Client, path: str, **query: str) -> str:
    """Return a page that has to be there."""
    response = client.get(path, query)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def runs_page(tool: Tool) -> str:
    """Return the path of what we know of a tool."""
    return f"/tools/{tool.slug}/verification/"
