"""The files of docker/: what can be checked and run without a Docker."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from core import processes

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
ROLES = {"web", "worker", "worker-health", "beat", "prepare"}
Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    loaded: Compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    return loaded


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, rest), continued lines joined, comments left out."""
    text = re.sub(r"^#.*\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.M).replace("\\\n", " ")
    found = [line.split(None, 1) for line in text.splitlines() if line.strip()]
    return [(name, re.sub(r"\s+", " ", rest)) for name, rest in found]


def copied() -> list[str]:
    """Return what the Dockerfile copies from the project."""
    sources = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    return [source for line in sources for source in line]


class TestDockerfile:
    def test_two_stages_with_pinned_images(self) -> None:
        images = [rest for name, rest in instructions() if name == "FROM"]
        assert len(images) == 2
        for image in images:
            assert re.fullmatch(r"python:3\.1[123]-slim-\w+( AS \w+)?", image)

    def test_known_instructions_only(self) -> None:
        """No ADD (it fetches and unpacks), no MAINTAINER; a misspelt word would be among them."""
        assert {name for name, _ in instructions()} == {
            "FROM", "ENV", "RUN", "COPY", "WORKDIR", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD",
        }  # fmt: skip

    def test_not_root_and_a_health_check(self) -> None:
        last = dict(instructions())
        assert last["USER"] == "10001:10001"
        assert last["HEALTHCHECK"].endswith('CMD ["python", "-m", "core.ready"]')
        assert last["ENTRYPOINT"] == '["sh", "docker/entrypoint.sh"]'
        assert last["CMD"] == '["web"]'

    def test_hashes_and_no_secrets(self) -> None:
        text = (DOCKER / "Dockerfile").read_text()
        assert text.count("pip install") == text.count("pip install --require-hashes") == 1
        assert re.findall(r"https?://|curl|wget|apt-get", text) == []
        assert re.findall(r"SECRET_KEY=(\S+)", text) == ["only-while-building"]

    def test_copies_what_there_is_and_every_package(self) -> None:
        assert [source for source in copied() if not (ROOT / source).exists()] == []
        packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
        assert packages - set(copied()) == set()

    def test_dockerignore_lets_it_through_and_nothing_private(self) -> None:
        allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
        assert set(copied()) == allowed
        assert not any(fnmatch(secret, pattern) for secret in ("var", ".env", ".git") for pattern in allowed)


class TestCompose:
    def test_services(self, compose: Compose) -> None:
        assert set(compose["services"]) == {"postgres", "valkey", "prepare", "web", "worker", "beat", "proxy"}

    def test_only_the_proxy_is_reachable(self, compose: Compose) -> None:
        assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]
        assert compose["networks"]["inside"] == {"internal": True}

    def test_mails_are_sent_by_the_worker_which_has_a_way_out_and_the_password(self, compose: Compose) -> None:
        services = compose["services"]
        assert [name for name, one in services.items() if "EMAIL_URL" in one.get("environment", {})] == ["worker"]
        assert {name: services[name]["networks"] for name in ("web", "beat", "prepare", "worker")} == {
            "web": ["inside", "outside"], "beat": ["inside"], "prepare": ["inside"], "worker": ["inside", "outside"],
        }  # fmt: skip  # web opens pages at Stripe
        stripe = {"stripe_secret_key", "stripe_webhook_secret"}
        assert [name for name, one in services.items() if stripe & set(one.get("secrets", []))] == ["web", "worker"]

    def test_what_is_named_exists(self, compose: Compose) -> None:
        services = compose["services"]
        for service in services.values():
            for named in service.get("secrets", []):
                assert named in compose["secrets"]
            for named in service["networks"]:
                assert named in compose["networks"]
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                assert source in compose["volumes"] or (DOCKER / source).is_file()
            if "build" in service:
                assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
                assert set(service["command"]) <= ROLES
            else:
                assert re.fullmatch(r"[\w./]+:[\w.-]+", service["image"])
                assert not service["image"].endswith(":latest")

    def test_conditions_can_come_true(self, compose: Compose) -> None:
        """Who waits for `healthy` waits for something with a health check."""
        own = {name for name, service in compose["services"].items() if "test" in service.get("healthcheck", {})}
        own.add("web")  # the image's
        waited = {
            (other, condition["condition"])
            for service in compose["services"].values()
            for other, condition in service.get("depends_on", {}).items()
        }
        assert {other for other, condition in waited if condition == "service_healthy"} <= own
        assert {other for other, condition in waited if condition != "service_healthy"} == {"prepare"}
        assert compose["services"]["prepare"]["restart"] == "no"

    def test_every_variable_is_a_setting(self, compose: Compose) -> None:
        known = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.M))
        ours = [service for service in compose["services"].values() if "build" in service]
        names = {name.removesuffix("_FILE") for service in ours for name in service["environment"]}
        assert names - known == set()
        outside = set(re.findall(r"\$\{([A-Z_]+)", (DOCKER / "compose.yaml").read_text()))
        assert outside - known == set()
        without_default = re.findall(r"\$\{[A-Z_]+\}", (DOCKER / "compose.yaml").read_text())
        assert without_default == []

    def test_secret_files_are_those_that_the_script_makes(self, compose: Compose, tmp_path: Path) -> None:
        script = tmp_path / "a folder" / "make-secrets.sh"
        script.parent.mkdir()
        shutil.copy(DOCKER / "make-secrets.sh", script)
        for _ in range(2):
            subprocess.run(["sh", script], check=True, capture_output=True)
        secrets = script.parent / "secrets"
        made = {path.name: path.read_text() for path in secrets.iterdir() if path.name != ".gitignore"}
        assert {f"./secrets/{name}" for name in made} == {one["file"] for one in compose["secrets"].values()}
        assert secrets.stat().st_mode & 0o777 == 0o700
        assert (len(made["secret_key"]), len(made["db_password"])) == (64, 40)
        assert made["database_url"] == f"postgresql://aiapps:{made['db_password']}@postgres:5432/aiapps\n"
        subprocess.run(["sh", script], check=True, capture_output=True)
        assert (secrets / "db_password").read_text() == made["db_password"]

    def test_paths_of_secrets(self, compose: Compose) -> None:
        for service in compose["services"].values():
            for name, value in service.get("environment", {}).items():
                if name.endswith("_FILE"):
                    assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_the_proxy_asks_a_service_that_exists(compose: Compose) -> None:
    text = (DOCKER / "Caddyfile").read_text()
    assert re.findall(r"dynamic a (\w+) (\d+)", text) == [("web", "8000")]
    assert "web" in compose["services"]
    assert set(re.findall(r"\{\$(\w+)", text)) <= set(compose["services"]["proxy"]["environment"])
    assert text.count("{") == text.count("}")


class Container:
    """The files of the image in a temporary folder, and its entry point with the image's environment."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env, self.running = folder, env, list[subprocess.Popen[bytes]]()
        for source in copied():
            target = folder / source
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
            elif source.startswith("requirements/"):
                continue
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, target)

    def command(self, *arguments: str) -> list[str]:
        return ["sh", str(self.folder / "docker" / "entrypoint.sh"), *arguments]

    def call(self, *arguments: str) -> str:
        """Run a role to its end; return what it said."""
        done = subprocess.run(
            self.command(*arguments), env=self.env, cwd="/", capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def start(self, role: str) -> Path:
        """Start a role that stays; return the path of its log."""
        log = self.folder / f"{role}.log"
        with log.open("wb") as out:
            child = subprocess.Popen(
                self.command(role), env=self.env, cwd="/", stdout=out, stderr=out, start_new_session=True
            )
        self.running.append(child)
        return log

    def stop(self) -> list[int]:
        """Send SIGTERM to what runs, as `docker stop` does; return the exit codes.

        A worker ends the task first that it is at, as that which makes all manifests: compose.yaml grants it 60 s.
        """
        for child in self.running:
            child.send_signal(signal.SIGTERM)
        codes = [child.wait(60) for child in self.running]
        self.running.clear()
        return codes


@pytest.fixture
def container(tmp_path: Path, given_database: str, settings: Any, free_port: int) -> Iterator[Container]:
    (tmp_path / "database url").write_text(f"{given_database}\n")
    (tmp_path / "secret key").write_text("k" * 64)
    env = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "VAR_DIR": str(tmp_path / "the app" / "var"),
        "BIND": f"127.0.0.1:{free_port}",
        "PORT": str(free_port),
        "SECRET_KEY_FILE": str(tmp_path / "secret key"),
        "DATABASE_URL_FILE": str(tmp_path / "database url"),
        "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
        "SITE_URL": "https://catalog.example",
        "ALLOWED_HOSTS": "catalog.example",
        "BEAT_SCHEDULE": str(tmp_path / "beat"),
        "PYTHONWARNINGS": "ignore",
    }
    container = Container(tmp_path / "the app", env)
    yield container
    for child in container.running:
        processes.send(child.pid, signal.SIGKILL, group=True)
        child.wait(5)


def until(condition: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


@pytest.mark.timeout(180)
def test_the_entry_point_as_it_is(container: Container) -> None:
    """What the image does, in the order compose.yaml does it."""
    container.call("collectstatic", "--noinput", "--verbosity", "0")
    container.call("prepare")
    assert "No planned migration operations." in container.call("migrate", "--plan")
    web, worker, beat = map(container.start, ("web", "worker", "beat"))
    healthy = [sys.executable, "-m", "core.ready"]

    def answers() -> bool:
        run = subprocess.run(healthy, env=container.env, cwd=container.folder, capture_output=True, check=False)
        return run.returncode == 0

    until(answers, web.read_text)
    until(lambda: "ready." in worker.read_text(), worker.read_text)
    assert f"celery@{socket.gethostname()}: OK" in container.call("worker-health")
    until(lambda: "beat: Starting..." in beat.read_text(), beat.read_text)
    made = re.compile(r"Task api\.manifests\[\S+\] succeeded in [\d.]+s: [1-9]")  # at once, of what was loaded
    until(lambda: made.search(worker.read_text()) is not None, worker.read_text)
    assert container.stop() == [0, 0, 0]
    refused = subprocess.run(healthy, env=container.env, cwd=container.folder, capture_output=True, check=False)
    assert (refused.returncode, refused.stderr.decode()[:13]) == (1, "no answer yet")
    assert not (container.folder / "var" / "secret_key").exists()
    assert not list((container.folder / "var").glob("celerybeat*"))  # the image's own folder is read-only
