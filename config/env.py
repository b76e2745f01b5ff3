"""Reads settings from the environment; every NAME may also be given as NAME_FILE (a path to a secret)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class BadSetting(ValueError):
    """A value in the environment cannot be used; the message names the variable."""


def text(name: str, default: str = "") -> str:
    """Return NAME, or the stripped content of the file that NAME_FILE points to, or `default`.

    Raises BadSetting when both are given or the file cannot be read.
    """
    value, path = os.environ.get(name), os.environ.get(f"{name}_FILE")
    if value is not None and path:
        raise BadSetting(f"{name} and {name}_FILE are both set: keep one of them.")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"{name}_FILE points to {path}, which cannot be read: {error}") from error
    return default if value is None else value


def flag(name: str, default: bool = False) -> bool:
    """Return NAME as a boolean (1/0, true/false, yes/no, on/off). Raises BadSetting for other words."""
    value = text(name, "1" if default else "0").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise BadSetting(f"{name} is {value!r}: use 1 or 0.")


def number(name: str, default: int, low: int, high: int) -> int:
    """Return NAME as a whole number from `low` to `high`. Raises BadSetting otherwise."""
    value = text(name, str(default))
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise BadSetting(f"{name} is {value!r}: use a whole number from {low} to {high}.")
    return int(value)


def one_of(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Return NAME in capitals, one of `allowed`. Raises BadSetting otherwise."""
    value = text(name, default).strip().upper()
    if value not in allowed:
        raise BadSetting(f"{name} is {value!r}: use one of {', '.join(allowed)}.")
    return value


def address(name: str, default: str) -> str:
    """Return NAME as an http(s) address without a slash at its end. Raises BadSetting otherwise."""
    value = text(name, default).rstrip("/")
    if urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname:
        raise BadSetting(f"{name} is {value!r}: use an address such as https://catalog.example.")
    return value


def currency(name: str, default: str) -> str:
    """Return NAME as the code of a currency in small letters. Raises BadSetting otherwise."""
    value = text(name, default).strip().lower()
    if len(value) != 3 or not (value.isascii() and value.isalpha()):
        raise BadSetting(f"{name} is {value!r}: use three letters, such as usd.")
    return value


def amounts(name: str, default: dict[str, int]) -> dict[str, int]:
    """Return NAME ("home=14900,new=2900") over `default`: whole numbers from 1. Raises BadSetting otherwise."""
    found = dict(default)
    for entry in words(name):
        key, _, value = entry.partition("=")
        if key not in default or not (value.isascii() and value.isdigit()) or not 0 < int(value) < 10**8:
            raise BadSetting(f"{name} has {entry!r}: use {', '.join(default)}, each with a whole number: home=14900.")
        found[key] = int(value)
    return found


def optional_address(name: str) -> str:
    """Return NAME as an http(s) address without a slash at its end, "" when it is not set. Raises BadSetting."""
    return address(name, "") if text(name).strip() else ""


def redis_address(url: str) -> str:
    """Return a broker's address as redis-py spells it, "" when the broker is no Redis or Valkey."""
    scheme, _, rest = url.partition("://")
    if scheme == "redis+socket":  # kombu's; its options are not redis-py's
        return f"unix://{rest.partition('?')[0]}"
    return url if scheme in {"redis", "rediss", "unix"} else ""


def words(name: str, default: str = "") -> list[str]:
    """Return NAME as a list split at commas, empty entries left out."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


class Mail(NamedTuple):
    """An SMTP server; false when there is none. No dataclass: the launcher reads this file by itself, as no module."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False

    def __bool__(self) -> bool:
        return bool(self.host)


def mail(name: str) -> Mail:
    """Return the SMTP server of NAME: smtp:// with STARTTLS, smtps:// with TLS from the start, smtp+plain:// with none.

    An empty Mail when it is not set. Raises BadSetting.
    """
    value = text(name).strip()
    if not value:
        return Mail()
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port or ports[parts.scheme]
    except (KeyError, ValueError):
        host, port = "", 0
    if not host or parts.path.strip("/") or parts.query:  # the value may hold a password: it is not repeated
        raise BadSetting(f"{name} cannot be read: use an address such as smtp://user:password@mail.example:587.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Mail(host, port, user, password, parts.scheme == "smtp", parts.scheme == "smtps")


def in_debug(name: str, debug: bool, effect: str) -> str:
    """Return NAME, "" when it is not set. Raises BadSetting when it is set without `debug`; `effect` completes why."""
    value = text(name).strip()
    if value and not debug:
        raise BadSetting(
            f"{name} is set, which {effect}. It is for development and tests only: remove it, or set DEBUG=1."
        )
    return value


def check_probes(allow_nets: str, resolver: str, ports: str, ca_file: str) -> None:
    """Raise BadSetting when one of the PROBE_ settings cannot be read."""
    from core.safehttp.policy import read  # noqa: PLC0415  # loads the HTTP client, which few commands need

    try:
        read(True, allow_nets, resolver, ports, ca_file)
    except ValueError as error:
        raise BadSetting(str(error)) from error
    if ca_file and not Path(ca_file).is_file():
        raise BadSetting(f"PROBE_CA_FILE is {ca_file!r}, which is not a file.")


def check_name_servers(name: str, texts: list[str]) -> None:
    """Raise BadSetting when one of `texts` is not ADDRESS:PORT."""
    if not texts:
        return
    from core.safehttp.policy import name_server  # noqa: PLC0415  # as above

    try:
        for text in texts:
            name_server(name, text)
    except ValueError as error:
        raise BadSetting(str(error)) from error


def database(url: str) -> dict[str, Any]:
    """Turn a postgres://user:password@host:port/name?option=value address into Django's dictionary.

    A host given as a `host` option may be a socket folder. Raises BadSetting for other schemes.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting("DATABASE_URL must start with postgresql:// (SQLite and others are not supported).")
    options = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"DATABASE_URL has a bad port: {error}") from error
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadSetting("DATABASE_URL names no database: postgresql://user@host/NAME")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": options.pop("port", None) or (str(port) if port else ""),
        "OPTIONS": options,
    }
