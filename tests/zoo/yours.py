"""The one site of `make demo` that is not listed: to be handed in, and to be proved by a file that one puts there."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.zoo.animal import Animal, Raw, Reply, Request, as_json
from tests.zoo.animals.demo import OPENAPI
from tests.zoo.sites import home, honest, prose

WORDS = "Turns notes of meetings into lists of tasks for small teams"
HEAD = (
    f'<meta property="og:site_name" content="Paper Lantern"><meta name="description" content="{WORDS}">'
    '<link rel="service-desc" href="/openapi.json" type="application/json">'
)
API = OPENAPI | {"servers": [{"url": "https://demo-yours.example/v1"}]}


def yours(folder: Path) -> Animal:
    """Return https://demo-yours.example/, an honest site; a file in `folder` goes before what it has at that path."""
    (folder / ".well-known").mkdir(parents=True, exist_ok=True)
    front = home(title="Paper Lantern", head=HEAD, text=f"{WORDS}. {prose(90, 'Paper Lantern')}")
    own = {"/": Reply(body=front), "/v1": as_json({"status": "ok"}), "/openapi.json": as_json(API)}
    site = honest(own)

    def serve(request: Request) -> Reply | Raw:
        path = (folder / unquote(urlsplit(request.path).path).strip("/")).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return Reply(200, path.read_bytes(), "text/plain; charset=utf-8")
        return site(request)

    return Animal("demo_yours", "A site for the demonstration of the portal: hand it in and prove it.", (), serve)
