"""The rules of core/clean.py on forms: one mixin for every form of the desk and for those of pages."""

from __future__ import annotations

from typing import Any

from django import forms

from core.clean import Unclean, cleaned

# texts by their class, but not by what may stand in them: passwords are hashed as typed, JSON has its own rules
OTHERS = (forms.JSONField, forms.UUIDField, forms.GenericIPAddressField)
OTHER_WIDGETS = (forms.PasswordInput, forms.HiddenInput)


class CleanTexts:
    """Lets a form store texts only as `clean_line` and `clean_text` return them, and says what is wrong with others.

    Comes before the form's own class. White space at the ends is left to the rules, which tell a tab from a space.
    """

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if _is_text(field):
                field.strip = False  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Clean every text, then do what the form itself does."""
        for name, field in self.fields.items():
            typed = self.cleaned_data.get(name)
            if _is_text(field) and isinstance(typed, str) and typed:
                self._clean_one(name, field, typed)
        data: dict[str, Any] | None = super().clean()  # type: ignore[misc]
        return data

    def _clean_one(self, name: str, field: forms.Field, typed: str) -> None:
        if not field.required and not typed.strip():
            self.cleaned_data[name] = ""
            return
        several = isinstance(field.widget, forms.Textarea)
        try:
            self.cleaned_data[name] = cleaned(
                typed, several_lines=several, max_length=getattr(field, "max_length", None)
            )
        except Unclean as error:
            self.add_error(name, error.sentence)  # type: ignore[attr-defined]


def cleaning(form: type[forms.BaseForm]) -> type[forms.BaseForm]:
    """Return the form's class with its texts cleaned."""
    if issubclass(form, CleanTexts):
        return form
    meta: Any = type(form)
    made: type[forms.BaseForm] = meta(form.__name__, (CleanTexts, form), {"__module__": form.__module__})
    return made


def _is_text(field: forms.Field) -> bool:
    return (
        isinstance(field, forms.CharField)
        and not field.disabled
        and not isinstance(field, OTHERS)
        and not isinstance(field.widget, OTHER_WIDGETS)
    )
