"""config/env.py, and that docs/settings.md names every variable that is read anywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import env

ROOT = Path(__file__).resolve().parents[2]
NAME = "TEST_SETTING"


class TestText:
    def test_default_value_and_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        assert env.text(NAME, "default") == "default"
        monkeypatch.setenv(NAME, "")
        assert env.text(NAME, "default") == ""
        monkeypatch.delenv(NAME)
        (tmp_path / "a secret").write_text(" from the file\n")
        monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "a secret"))
        assert env.text(NAME) == "from the file"

    def test_both(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(NAME, "x")
        monkeypatch.setenv(f"{NAME}_FILE", "/x")
        with pytest.raises(env.BadSetting) as caught:
            env.text(NAME)
        assert str(caught.value) == "TEST_SETTING and TEST_SETTING_FILE are both set: keep one of them."

    def test_a_file_that_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        for path in (tmp_path / "missing", tmp_path, tmp_path / "bytes"):
            monkeypatch.setenv(f"{NAME}_FILE", str(path))
            with pytest.raises(env.BadSetting, match=f"TEST_SETTING_FILE points to {re.escape(str(path))}"):
                env.text(NAME)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("Yes", True), ("on", True), ("TRUE ", True), ("0", False), ("no", False), ("", False)],
)
def test_flag(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.flag(NAME) is expected


def test_flag_of_another_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "maybe")
    with pytest.raises(env.BadSetting, match=r"^TEST_SETTING is 'maybe': use 1 or 0\.$"):
        env.flag(NAME)


def test_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.number(NAME, 8000, 1, 65535) == 8000
    monkeypatch.setenv(NAME, "65535")
    assert env.number(NAME, 8000, 1, 65535) == 65535


@pytest.mark.parametrize("value", ["", "x", "0", "65536", "-1", "1.5", "٣", " 1"])
def test_number_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(env.BadSetting, match="use a whole number from 1 to 65535"):
        env.number(NAME, 8000, 1, 65535)


def test_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " a, b ,,c ")
    assert env.words(NAME) == ["a", "b", "c"]


class TestDatabase:
    def test_everything_given(self) -> None:
        url = "postgresql://us%40er:p%2Fw@db.example:5433/name?sslmode=require"
        assert env.database(url) == {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "name",
            "USER": "us@er",
            "PASSWORD": "p/w",
            "HOST": "db.example",
            "PORT": "5433",
            "OPTIONS": {"sslmode": "require"},
        }

    @pytest.mark.parametrize(
        ("url", "said"),
        [
            ("sqlite:///x", "must start with postgresql://"),
            ("postgresql://host/", "names no database"),
            ("postgresql://host:x/name", "bad port"),
        ],
    )
    def test_what_is_refused(self, url: str, said: str) -> None:
        with pytest.raises(env.BadSetting, match=said):
            env.database(url)


def test_an_optional_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("X", raising=False)
    assert env.optional_address("X") == ""
    monkeypatch.setenv("X", " ")
    assert env.optional_address("X") == ""
    monkeypatch.setenv("X", "https://index.example/simple/")
    assert env.optional_address("X") == "https://index.example/simple"
    monkeypatch.setenv("X", "index.example")
    with pytest.raises(env.BadSetting, match=r"^X is 'index"):
        env.optional_address("X")


def test_name_servers_have_an_address_and_a_port() -> None:
    env.check_name_servers("X", [])
    env.check_name_servers("X", ["192.0.2.53:53", "[2001:db8::53]:5353"])
    for text in ("192.0.2.53", "dns.example:53", "192.0.2.53:0"):
        with pytest.raises(env.BadSetting, match=r"^X is '"):
            env.check_name_servers("X", ["192.0.2.53:53", text])


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("redis://valkey:6379/0", "redis://valkey:6379/0"),
        ("rediss://:word@valkey:6380/1?ssl_cert_reqs=required", "rediss://:word@valkey:6380/1?ssl_cert_reqs=required"),
        ("unix:///srv/my%20site/valkey.sock?db=1", "unix:///srv/my%20site/valkey.sock?db=1"),
        ("redis+socket:///srv/my%20site/valkey.sock", "unix:///srv/my%20site/valkey.sock"),
        ("redis+socket:///srv/valkey.sock?virtual_host=1", "unix:///srv/valkey.sock"),
        ("amqp://rabbit//", ""),
        ("sentinel://one:26379", ""),
        ("", ""),
    ],
)
def test_which_brokers_can_count_for_limits(url: str, spelled: str) -> None:
    assert env.redis_address(url) == spelled


def names_read() -> set[str]:
    """Return every variable that our code reads."""
    found: set[str] = set()
    packages = [path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"]
    for file in [file for package in packages for file in package.rglob("*.py")]:
        text = file.read_text(encoding="utf-8")
        readers = "text|flag|number|words|one_of|address|optional_address|in_debug|mail|currency|amounts"
        found |= set(re.findall(rf'\benv\.(?:{readers})\(\s*"([A-Z_]+)"', text))
        found |= set(re.findall(r'\benviron(?:\.get|\.setdefault|\.pop)?[(\[]\s*"([A-Z_]+)"', text))
        found |= set(re.findall(r'^(?:MARK|FORCED) = "([A-Z_]+)"', text, re.M))
    return found


def test_the_documentation_names_every_variable() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.M)
    assert len(rows) == len(set(rows))
    # BENCH_…: what make bench hands to its own load client; AICATALOG_…: of the programs that the docs show
    not_ours = {"VAR_DIR_FILE", "DEBUG_FILE", "PYTHONUNBUFFERED", "BENCH_PATHS", "BENCH_HEADERS"}
    not_ours |= {"AICATALOG_KEY", "AICATALOG_WEBHOOK_SECRET"}
    assert sorted(names_read() - set(rows) - not_ours) == []
    only_in_scripts = {"WORKER_CONCURRENCY", "BEAT_SCHEDULE", "SITE_ADDRESS", "E2E_REQUIRED"}
    assert sorted(set(rows) - names_read() - only_in_scripts) == []
