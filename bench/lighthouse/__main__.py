"""`make lighthouse`: judges every type of page with Lighthouse on a site of its own, and fails below the budget.

Needs Node with npm and a Chromium. The site runs as in production (DEBUG=0) from a folder that is thrown away;
Lighthouse is installed once into var/lighthouse, by the hashes of package-lock.json. ARGS names single pages.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.chromium import ARGUMENTS
from bench.lighthouse.budget import PAGES, Answer, Page, failures, measure, table
from core import processes

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDER = ROOT / "var" / "lighthouse"
FILES = ("package.json", "package-lock.json", ".npmrc", "audit.mjs")
# what may not reach the site: somebody's database or broker, and debug mode
SETTINGS = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "ALLOWED_HOSTS", "SITE_URL", "DEBUG", "VAR_DIR", "PORT"}
STARTED = time.monotonic()


class Failed(RuntimeError):
    """The pages cannot be judged; the message says why and what to do."""


def main(names: list[str]) -> int:
    """Judge the named pages (all without names); return 0 when every score is within the budget."""
    signal.signal(signal.SIGTERM, _interrupt)
    pages = [page for page in PAGES if not names or page.name in names]
    if not pages:
        sys.stderr.write(f"No page has that name. There are: {', '.join(page.name for page in PAGES)}.\n")
        return 2
    try:
        answers = judge(pages)
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was judged.\n")
        return 130
    report = FOLDER / "report.json"
    report.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    bad = failures(answers)
    sys.stdout.write("\n".join(["", *table(answers), "", *bad, f"{len(answers)} pages, {len(bad)} below: {report}"]))
    sys.stdout.write("\n")
    return 1 if bad else 0


def judge(pages: list[Page]) -> dict[str, Answer]:
    """Install, start site and browser, return the answer for every page. Raises Failed."""
    node, npm = _found("node", "nodejs"), _found("npm")
    chromium = _found("chromium", "chromium-browser", "google-chrome")
    install(npm)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ai-apps-lighthouse-")))
        folder.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
        say("Starting a site of its own")
        address = stack.enter_context(site(folder))
        for page in pages:
            _warm(address + page.path, page.status)
        port = stack.enter_context(browser(chromium, folder / "chromium"))
        auditor = stack.enter_context(program([node, "audit.mjs", port], FOLDER, subprocess.PIPE, subprocess.PIPE))
        answers = {}
        for number, page in enumerate(pages, 1):
            say(f"{number}/{len(pages)} {page.name}")
            answers[page.name] = measure(lambda page: _ask(auditor, address, page), page)
        return answers


def say(text: str) -> None:
    """Print what happens now, with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - STARTED:5.0f} s  {text}\n")
    sys.stdout.flush()


def install(npm: str) -> None:
    """Install what package-lock.json names into FOLDER, unless it is there. Raises Failed."""
    done = FOLDER / "installed"
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    fresh = not done.exists() or done.read_text(encoding="utf-8") != lock
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, FOLDER / name)
    if fresh:
        say("Installing Lighthouse (needs the network once)")
        done.unlink(missing_ok=True)
        npm_ci = subprocess.run([npm, "ci", "--loglevel=error"], cwd=FOLDER, check=False, stdout=subprocess.DEVNULL)
        if npm_ci.returncode:
            raise Failed("Lighthouse could not be installed: see what npm says above.")
        done.write_text(lock, encoding="utf-8")


@contextmanager
def program(
    argv: list[str], cwd: Path, stdout: int, stdin: int = subprocess.DEVNULL, env: dict[str, str] | None = None
) -> Iterator[Any]:
    """Run a program that ends with this block, its helpers as well."""
    child = processes.spawn(processes.Command(argv, env or dict(os.environ), cwd), stdout=stdout, stdin=stdin)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        processes.send(child.pid, signal.SIGKILL, group=True)


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Run `manage.py up` as in production with its data in `folder`; give its address. Raises Failed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in SETTINGS}
    env |= {"VAR_DIR": str(folder / "var"), "PORT": str(port), "PROBES_SCHEDULED": "0"}
    log = folder / "up.log"
    with log.open("wb") as out, program([sys.executable, "manage.py", "up"], ROOT, out.fileno(), env=env) as up:
        _wait(lambda: "Ready: http" in log.read_text(encoding="utf-8"), up, log, "The site")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def browser(chromium: str, profile: Path) -> Iterator[str]:
    """Run a Chromium with a fresh profile; give the port that it takes orders on. Raises Failed."""
    profile.mkdir()
    told, log = profile / "DevToolsActivePort", profile / "chromium.log"
    argv = [
        chromium,
        "--headless=new",
        "--remote-debugging-port=0",
        *ARGUMENTS,
        f"--user-data-dir={profile}",
        "about:blank",
    ]
    with log.open("wb") as out, program(argv, ROOT, out.fileno()) as child:
        _wait(lambda: told.exists() and "\n" in told.read_text(encoding="utf-8"), child, log, "Chromium")
        yield told.read_text(encoding="utf-8").splitlines()[0]


def _wait(ready: Any, child: Any, log: Path, who: str) -> None:
    deadline = time.monotonic() + 180
    while not ready():
        if child.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"{who} did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
        time.sleep(0.1)


def _ask(auditor: Any, address: str, page: Page) -> Answer:
    """Return what Lighthouse says of a page. Raises Failed when it says nothing within two minutes."""
    auditor.stdin.write(json.dumps({"url": address + page.path, "skip": page.skip}).encode() + b"\n")
    auditor.stdin.flush()
    said: list[str] = []
    while select.select([auditor.stdout], [], [], 120)[0]:
        line = auditor.stdout.readline().decode(errors="replace")
        if line.startswith("{"):
            answer: Answer = json.loads(line)
            return answer
        if not line:
            break
        said.append(line)
    raise Failed(f"Lighthouse gave no answer for {page.name}.\n{''.join(said[-20:])}")


def _warm(url: str, status: int) -> None:
    try:
        with urllib.request.urlopen(url) as response:
            got = response.status
    except urllib.error.HTTPError as error:
        got = error.code
    if got != status:
        raise Failed(f"{url} answered {got}, not {status}: this is not the page to judge.")


def _found(*names: str) -> str:
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise Failed(
        f"{names[0]} is missing. The page budget needs Node with npm, and Chromium (apt install chromium npm)."
    )


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
