"""Writes the account to a file and reads it again, so that a demonstration goes on where it was stopped."""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from featured.standin.account import Account
from featured.standin.api import Kept

NAMES = ("objects", "tax_rates", "lines", "session_data", "refund_outcomes", "renewal_outcomes", "ahead")


def mark(account: Account) -> tuple[int, ...]:
    """Return something that is another when there is something new to be written."""
    return account.answered, len(account.events), account.ahead, len(account.post.pending)


def save(account: Account, file: Path) -> None:
    """Write everything but the calls that were made. The file is replaced as a whole."""
    with account.lock:
        kept = {name: getattr(account, name) for name in NAMES}
        kept["answers"] = {key: asdict(one) for key, one in account.answers.items()}
        kept["due"] = [[at, what.__module__, what.__name__, key] for at, _, what, key in account.due]
        kept["events"] = [event["id"] for event in account.events]
        kept["pending"] = [letter.event["id"] for letter in account.post.pending]
        text = json.dumps(kept)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    new.replace(file)


def load(account: Account, file: Path) -> bool:
    """Read what `save` wrote; return whether there was something. Raises ValueError for what it did not write."""
    if not file.exists():
        return False
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        with account.lock:
            account.reset()
            _take(account, kept)
    except (KeyError, TypeError, AttributeError, ImportError, ValueError) as error:
        account.reset()
        raise ValueError(
            f"{file} is of another version ({error!r}): delete it to begin with an empty account"
        ) from error
    return True


def _take(account: Account, kept: dict[str, Any]) -> None:
    for name in NAMES:
        setattr(account, name, kept[name])
    account.answers = {key: Kept(**one) for key, one in kept["answers"].items()}
    for at, module, function, key in kept["due"]:
        if not module.startswith("featured.standin."):
            raise ValueError(module)
        account.later(at, getattr(importlib.import_module(module), function), key)
    account.events = [account.objects[key] for key in kept["events"]]
    for key in kept["pending"]:
        account.post.add(account.objects[key])
