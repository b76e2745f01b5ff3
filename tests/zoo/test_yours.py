"""The site of the demonstration of the portal serves what one puts into its folder, and nothing outside of it."""

from __future__ import annotations

from pathlib import Path

from tests.zoo.animal import Reply, Request
from tests.zoo.yours import yours


def test_a_file_in_the_folder_answers_at_its_path_and_none_outside_of_it(tmp_path: Path) -> None:
    animal = yours(tmp_path / "yours")
    (tmp_path / "yours" / ".well-known" / "token").write_text("abc")
    (tmp_path / "secret").write_text("no")
    assert animal.serve is not None
    found = []
    for path in ("/.well-known/token", "/../secret", "/%2e%2e/secret", "/openapi.json"):
        reply = animal.serve(Request("GET", animal.host, path, {}, b"", tls=True))
        assert isinstance(reply, Reply)
        found.append((reply.status, reply.type, reply.body == b"abc"))
    assert found == [
        (200, "text/plain; charset=utf-8", True), (404, "text/html; charset=utf-8", False),
        (404, "text/html; charset=utf-8", False), (200, "application/json", False),
    ]  # fmt: skip
