"""Bodies against what the document says of them: every wrong place is named, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from api.problems import Problem
from core.clean import Unclean, clean_line, clean_text

MOST_ERRORS = 100
MOST_NAMED = 20  # choices that an error names


class _Cleaned(serializers.CharField):
    """A text that is cleaned as every form of the site does (core/clean.py)."""

    clean: ClassVar[Callable[..., str]]
    usual: ClassVar[int]

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it is stored. Raises ValidationError."""
        try:
            return type(self).clean(super().to_internal_value(data), max_length=self.max_length or self.usual)
        except Unclean as error:
            raise serializers.ValidationError(error.sentence) from error


class Line(_Cleaned):
    """One line of text."""

    clean, usual = staticmethod(clean_line), 80


class Text(_Cleaned):
    """A text of several lines."""

    clean, usual = staticmethod(clean_text), 10_000


def read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Return the checked body of a request. Raises Problem: invalid, with a pointer for each wrong place."""
    if request.headers.get("Transfer-Encoding"):  # Django reads nothing of a body whose length it is not told
        raise Problem("bad-body", "The body comes in chunks. Send it whole, with its length (Content-Length).")
    data: Any = request.data
    unknown = sorted(set(data) - set(shape().fields))
    errors = [{"pointer": pointer(name), "detail": f"There is no field “{name[:60]}” here."} for name in unknown]
    form = shape(data=data)
    form.is_valid()
    mistyped = dict(_mistyped(form, data, ""))
    errors += [{"pointer": where, "detail": told} for where, told in mistyped.items()]
    errors += [
        {"pointer": where, "detail": str(told)} for where, told in _flat(form.errors, "") if where not in mistyped
    ]
    if errors:
        count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
        raise Problem("invalid", f"{count} wrong with the body; errors says where.", errors=errors[:MOST_ERRORS])
    found: dict[str, Any] = form.validated_data
    return found


def none(request: Request) -> None:
    """Let nothing pass but no body or {}: what is sent and not read would be believed to have done something.

    Raises Problem: bad-body.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if request.headers.get("Transfer-Encoding") or int(length) > len("{}"):
        raise Problem("bad-body", "This takes no body, and one was sent. Leave it out; nothing was done.")
    if request._request.body not in {b"", b"{}"}:
        raise Problem("bad-body", "This takes no body, and one was sent. Leave it out; nothing was done.")


def invalid(where: str, told: str) -> Problem:
    """Return the problem of one wrong place; `where` is a JSON pointer."""
    return Problem("invalid", told, errors=[{"pointer": where, "detail": told}])


def pointer(*parts: object) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:80]}" for part in parts)


def _mistyped(field: Any, value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield (pointer, what is wrong) for values of another JSON type than the document says, or none of its choices.

    The library would read 0 as false, "7" as a number and 7 as a text, and names no choices.
    """
    if value is None:  # whether that may be is the field's to say
        return
    if isinstance(field, serializers.Serializer):
        inner = field.fields.items() if isinstance(value, dict) else ()
        for name, one in inner:
            yield from _mistyped(one, value.get(name), where + pointer(name))
    elif isinstance(field, serializers.ListField | serializers.ListSerializer):
        for number, one in enumerate(value if isinstance(value, list) else ()):
            yield from _mistyped(field.child, one, where + pointer(number))
    elif isinstance(field, serializers.BooleanField):
        if not isinstance(value, bool):
            yield where, "Has to be true or false."
    elif isinstance(field, serializers.IntegerField):
        if isinstance(value, bool) or not isinstance(value, int):
            yield where, "Has to be a whole number, without quotation marks."
    elif isinstance(field, serializers.CharField | serializers.ChoiceField) and not isinstance(value, str):
        yield where, "Has to be a text."
    elif isinstance(field, serializers.ChoiceField) and _no_choice(field, value):
        yield where, f"Has to be one of {', '.join(str(one) for one in field.choices)}."


def _no_choice(field: serializers.ChoiceField, value: str) -> bool:
    """Return whether a text is none of a field's choices, and these are few enough to be named."""
    known = value in field.choices or (field.allow_blank and not value)
    return not known and len(field.choices) <= MOST_NAMED


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
