"""The lockfile: read so that nothing in it has two meanings, written whole or not at all."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from aicatalog.checking import WrongShape, shaped
from aicatalog.errors import BadFile
from aicatalog.lock.canonical import canonical
from aicatalog.lock.entries import integrity, licence, price, understood
from aicatalog.lock.shapes import Entry, Lock
from aicatalog.naming import SLUG
from aicatalog.source import digest

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

NAME = "catalog.lock.json"
VERSION = 1
MOST_BYTES = 64 << 20
MERGING = ("<<<<<<<", "=======", ">>>>>>>")


def locking(path: Path, *arguments: str) -> str:
    """Return the command that locks into a file: “aicatalog lock papers --file my.json”."""
    named = [] if path == Path(NAME) else ["--file", str(path)]
    return shlex.join(["aicatalog", "lock", *arguments, *named])


def read(path: Path, renewed: Collection[str] | None = ()) -> Lock:
    """Return a lockfile, each of its manifests against its hash; but those of `renewed`, which are replaced anyway.

    None: all are.

    Raises BadFile with what is wrong and what to do.
    """
    return _understood(path, _bytes(path), renewed)


def _understood(path: Path, content: bytes, renewed: Collection[str] | None) -> Lock:
    found = _parsed(path, content)
    version = found.get("lockfileVersion") if isinstance(found, dict) else None
    if type(version) is not int:
        raise BadFile(f"{path} is no lockfile: it has no “lockfileVersion”.", f"“{locking(path, 'SLUG')}” writes one.")
    if version != VERSION:
        raise BadFile(
            f"{path} has the lockfileVersion {version}; this aicatalog knows {VERSION}.",
            "Install a newer one: pip install --upgrade aicatalog" if version > VERSION else "Lock the tools anew.",
        )
    try:
        lock = shaped(Lock, found)
        if more := sorted({*found} - {*Lock.__annotations__}):
            raise WrongShape(f"“/{more[0][:80]}” has no meaning in it")
        if not lock["catalog"].startswith(("https://", "http://")):
            raise WrongShape("“/catalog” is no address of a site")
        for slug, entry in lock["tools"].items():
            if renewed is not None and slug not in renewed:
                _check(path, slug, entry)
    except WrongShape as error:
        raise BadFile(f"{path} is no lockfile: {error}.", "Take it from version control, or lock anew.") from None
    return lock


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Let no other `aicatalog lock` write into the folder of a file meanwhile, where the system can tell them apart."""
    if fcntl is None:
        yield
        return
    with ExitStack() as stack:
        with suppress(OSError):  # some network drives cannot; the file is read again just before it is written
            folder = os.open(path.resolve().parent, os.O_RDONLY)
            stack.callback(os.close, folder)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield


def merged(path: Path, before: Lock | None, after: Lock) -> Lock:
    """Return what is to be written where `before` was read and `after` is wanted: what others wrote since stays.

    Call it while the file is `held`. Raises BadFile, also where others made it a lockfile of another catalog.
    """
    if not path.exists():
        return after
    now = read(path, renewed=None)
    if now["catalog"] != after["catalog"]:
        raise BadFile(f"{path} is of {now['catalog'][:200]} since a moment.", "Nothing was changed.")
    old, new, tools = before["tools"] if before else {}, after["tools"], dict(now["tools"])
    for slug in sorted({*old, *new}):
        was, wanted, there = old.get(slug), new.get(slug), tools.get(slug)
        if wanted in (was, there):
            continue
        if there != was:
            raise BadFile(f"“{slug}” was locked anew by another command meanwhile.", "Nothing was written. Lock again.")
        if wanted is None:
            del tools[slug]
        else:
            tools[slug] = wanted
    return {**after, "tools": tools}


def write(path: Path, lock: Lock) -> bool:
    """Write a lockfile in its place at once; return whether it says something else now. Raises BadFile."""
    text = json.dumps(lock, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    try:
        content = text.encode()
    except UnicodeError:
        raise BadFile(
            f"{path} was not written: the catalog says something with half a character in it.",
            "Tell those who run the catalog. Nothing was changed.",
        ) from None
    try:
        _understood(path, content, ())
    except BadFile as error:
        raise BadFile(
            f"{path} was not written: the catalog says something that “aicatalog check” would refuse. {error}",
            "Tell those who run the catalog. Nothing was changed.",
        ) from None
    try:
        place = path.resolve()  # a link stays a link
        if place.exists() and place.read_bytes() == content:
            return False
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(place)
        finally:
            with suppress(FileNotFoundError):
                Path(name).unlink()
    except OSError as error:
        raise BadFile(f"{path} cannot be written ({error.strerror}).", "Nothing was changed.") from error
    return True


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise BadFile(f"{path} is not there.", f"“{locking(path, 'SLUG')}” writes it; --file names another.") from None
    except OSError as error:
        raise BadFile(f"{str(path)[:200]} cannot be read ({error.strerror}).") from error
    except ValueError:
        raise BadFile("The file cannot be read: its name holds what no name holds.") from None
    if len(found) > MOST_BYTES:
        raise BadFile(f"{path} has more than {MOST_BYTES:,} bytes, which no lockfile has.")
    return found


def _parsed(path: Path, content: bytes) -> Any:
    try:
        text = content.decode("utf-8")
        if any(line.startswith(MERGING) for line in text.split("\n")):
            raise BadFile(
                f"{path} holds the marks of a merge that was not finished.",
                f"Take one side of it, as by “git checkout --ours”, then “{locking(path)}”.",
            )
        return json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        why = "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error) or type(error).__name__
        raise BadFile(f"{path} is no JSON: {why}.", "Take it from version control, or lock anew.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key “{twice[:80]}” stands twice in one object")
    return found


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check(path: Path, slug: str, entry: Entry) -> None:
    """Refuse an entry that is not as it was written. Raises BadFile, WrongShape."""
    if not SLUG.fullmatch(slug):
        raise WrongShape(f"“{slug[:80]}” is no slug of a tool")
    if not is_whole(entry) or entry["manifest"]["tool"] != slug:
        raise BadFile(
            f"{path} was changed by hand: “{slug[:80]}” is not what its sha256 is of.",
            f"Take it from version control, or lock it anew: {locking(path, slug[:80])}; all: {locking(path)}",
        )
    ids = [one["id"] for one in entry["manifest"].get("interfaces", [])]
    if "interface" in entry and entry["interface"] not in ids:
        raise WrongShape(f"“{slug[:80]}” has no interface “{entry['interface'][:80]}”")


def is_whole(entry: Entry) -> bool:
    """Return whether an entry is as it was written. Raises WrongShape where its manifest is none."""
    try:
        if digest(canonical(entry["manifest"])) != entry["sha256"] or integrity(entry) != entry["integrity"]:
            return False
    except ValueError:
        return False
    try:
        known = understood(entry["manifest"])
    except ValueError as error:
        raise WrongShape(f"a manifest in it is none ({error})") from None
    said = (entry["version"], entry["price"], entry["licence"])
    return said == (known["version"], price(entry["manifest"]), licence(entry["manifest"]))
