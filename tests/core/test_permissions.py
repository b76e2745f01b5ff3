"""Who may read what an installation keeps: its secret key, its sockets and data; who gets demo accounts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from accounts import demo
from accounts.models import User
from core import embedded
from core.pguser import FIRST_UID
from core.postgres import private_folder
from core.preparation import prepare
from core.secretkey import load_or_create
from tests.conftest import broker_is_given

ROOT = os.geteuid() == 0


def mode(path: Path) -> int:
    return path.lstat().st_mode & 0o777


@pytest.fixture
def open_umask() -> Iterator[None]:
    """The most careless umask, under which files are as open as they are asked for."""
    before = os.umask(0)
    yield
    os.umask(before)


# -- the secret key --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("open_umask")
def test_the_secret_key_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret-key"
    made = load_or_create(path)
    assert mode(path) == 0o600
    assert path.read_text() == made
    assert len(made) >= 50
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]


def test_the_secret_key_is_made_once_and_differs_between_installations(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "one")
    assert load_or_create(tmp_path / "one") == made
    assert load_or_create(tmp_path / "two") != made


# -- demo accounts ---------------------------------------------------------------------------------------------------


@pytest.fixture
def installation(settings: Any, tmp_path: Path) -> Path:
    """An installation that has not been prepared yet."""
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    return tmp_path


@pytest.mark.django_db
def test_a_debug_installation_gets_demo_accounts(settings: Any, installation: Path) -> None:
    settings.DEBUG = True
    out = StringIO()
    prepare(seed=False, out=out)
    assert set(User.objects.values_list("email", flat=True)) == {demo.ADMIN, demo.EDITOR}
    assert mode(installation / demo.FILE) == 0o600
    assert "demo accounts: admin@example.com, editor@example.com" in out.getvalue()


@pytest.mark.django_db
def test_an_installation_for_real_gets_no_demo_accounts(settings: Any, installation: Path) -> None:
    settings.DEBUG = False
    out = StringIO()
    prepare(seed=False, out=out)
    assert list(User.objects.all()) == []
    assert not (installation / demo.FILE).exists()
    steps = [line.split(":")[0] for line in out.getvalue().splitlines()]
    assert steps == ["static files", "migrations", "roles", "erasures"]
    assert (installation / "static" / "css" / "app.css").exists()


# -- sockets and data ------------------------------------------------------------------------------------------------

own_database = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")), reason="the database is not ours"
)
own_broker = pytest.mark.skipif(broker_is_given(), reason="the broker is not ours")


@own_database
def test_only_the_servers_user_and_root_reach_the_database(settings: Any) -> None:
    folder = embedded.postgres_socket_dir(settings.VAR_DIR)
    socket, data = folder / f".s.PGSQL.{embedded.PORT}", settings.VAR_DIR / "pgdata"
    assert {path.name: oct(mode(path)) for path in (folder, socket, data)} == {
        "pg": "0o700",
        socket.name: "0o700",
        "pgdata": "0o700",
    }
    owners = {path.lstat().st_uid for path in (folder, socket, data)}
    assert len(owners) == 1
    owner = owners.pop()
    assert owner >= FIRST_UID if ROOT else owner == os.geteuid()


@own_broker
def test_only_its_user_reaches_the_broker(settings: Any) -> None:
    socket, data = embedded.broker_socket(settings.VAR_DIR), settings.VAR_DIR / "valkey"
    assert [oct(mode(path)) for path in (socket.parent, socket, data)] == ["0o700"] * 3
    assert {path.lstat().st_uid for path in (socket.parent, socket, data)} == {os.geteuid()}


@own_database
def test_nobody_else_lists_or_writes_the_folder_of_the_sockets(settings: Any) -> None:
    # Root's PostgreSQL is another user and passes here; to pass is not to list.
    folder = embedded.socket_dir(settings.VAR_DIR)
    assert oct(mode(folder)) == ("0o711" if ROOT else "0o700")
    assert folder.lstat().st_uid == os.geteuid()


@pytest.mark.usefixtures("open_umask")
def test_a_private_folder_is_closed_whether_it_was_there_or_not(tmp_path: Path) -> None:
    there, fresh = tmp_path / "there", tmp_path / "fresh"
    there.mkdir(mode=0o777)
    for folder in (there, fresh):
        private_folder(folder, os.geteuid(), 0o700)
    assert [oct(mode(folder)) for folder in (there, fresh)] == ["0o700", "0o700"]
