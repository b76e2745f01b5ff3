"""Does a value have the shape of a typed dictionary? What comes from outside is looked at before it is used."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from types import UnionType
from typing import Any, NotRequired, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

T = TypeVar("T")


class WrongShape(ValueError):
    """A value is not what it should be. The message says where, as a JSON pointer, and what."""


def shaped(shape: type[T], value: Any) -> T:
    """Return a value that has a shape; fields that the shape does not name may be there. Raises WrongShape."""
    _check(shape, value, "")
    return cast("T", value)


@cache
def _fields(shape: Hashable) -> list[tuple[str, Any, bool]]:
    """Return the fields of a typed dictionary: name, type, whether it has to be there."""
    found = []
    for name, hint in get_type_hints(cast("type[Any]", shape), include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        found.append((name, get_args(hint)[0] if optional else hint, not optional))
    return found


def _check(hint: Any, value: Any, at: str) -> None:
    if is_typeddict(hint):
        _object(hint, value, at)
    elif get_origin(hint) in {Union, UnionType}:
        _one_of(hint, value, at)
    elif get_origin(hint) is list:
        _is(value, list, at)
        for number, one in enumerate(value):
            _check(get_args(hint)[0], one, f"{at}/{number}")
    elif get_origin(hint) is dict:
        _is(value, dict, at)
        for name, one in value.items():
            _check(get_args(hint)[1], one, f"{at}/{name}")
    elif hint is not Any:
        _is(value, hint, at)


def _object(shape: type[Any], value: Any, at: str) -> None:
    _is(value, dict, at)
    for name, hint, needed in _fields(cast("Hashable", shape)):
        if name in value:
            _check(hint, value[name], f"{at}/{name}")
        elif needed:
            raise WrongShape(f"“{at}/{name}” is missing")


def _one_of(hint: Any, value: Any, at: str) -> None:
    for one in get_args(hint):
        try:
            return _check(one, value, at)
        except WrongShape as error:
            last = error
    raise last


def _is(value: Any, kind: type[Any], at: str) -> None:
    wanted = type(None) if kind is None else kind
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise WrongShape(f"“{at or '/'}” is {type(value).__name__} instead of {wanted.__name__}")
