"""Bodies against what the document says of them: every wrong place is named, not only the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from api.problems import Problem
from core.clean import Unclean, clean_line, clean_text

MOST_ERRORS = 100


class Line(serializers.CharField):
    """One line of text, cleaned as every form of the site does (core/clean.py)."""

    def to_internal_value(self, data: Any) -> str:
        """Return the line as it is stored. Raises ValidationError."""
        if not isinstance(data, str):  # a number is none, though the library would take it
            raise serializers.ValidationError("This is not a text.")
        try:
            return clean_line(super().to_internal_value(data), max_length=self.max_length or 80)
        except Unclean as error:
            raise serializers.ValidationError(error.sentence) from error


class Text(serializers.CharField):
    """A text of several lines, cleaned as every form of the site does (core/clean.py)."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it is stored. Raises ValidationError."""
        if not isinstance(data, str):  # a number is none, though the library would take it
            raise serializers.ValidationError("This is not a text.")
        try:
            return clean_text(super().to_internal_value(data), max_length=self.max_length or 10_000)
        except Unclean as error:
            raise serializers.ValidationError(error.sentence) from error


def read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked body of a request. Raises Problem: invalid, with a pointer for each wrong place."""
    data: Any = request.data
    unknown = sorted(set(data) - set(shape().fields))
    errors = [{"pointer": pointer(name), "detail": f"There is no field “{name[:60]}” here."} for name in unknown]
    form = shape(data=data)
    form.is_valid()
    errors += [{"pointer": where, "detail": str(told)} for where, told in _flat(form.errors, "")]
    if errors:
        count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
        raise Problem("invalid", f"{count} wrong with the body; errors says where.", errors=errors[:MOST_ERRORS])
    found: dict[str, Any] = form.validated_data
    return found


def invalid(where: str, told: str) -> Problem:
    """Return the problem of one wrong place; `where` is a JSON pointer."""
    return Problem("invalid", told, errors=[{"pointer": where, "detail": told}])


def pointer(*parts: object) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:80]}" for part in parts)


def _flat(errors: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(errors, dict):
        for name, inner in errors.items():
            at = where if name == "non_field_errors" else where + pointer(name)
            yield from _flat(inner, at)
    elif isinstance(errors, list) and any(isinstance(one, dict | list) for one in errors):
        for number, inner in enumerate(errors):
            yield from _flat(inner, where + pointer(number))
    elif isinstance(errors, list):
        for told in errors:
            yield where, told
    else:
        yield where, errors
