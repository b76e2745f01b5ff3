"""What people type about what they keep."""

from __future__ import annotations

from django import forms

from catalog.models import Saved, ToolList
from core.clean_forms import CleanTexts


class ListForm(CleanTexts, forms.ModelForm):  # type: ignore[type-arg]
    """Title and description of a list, and who may read it."""

    class Meta:
        model = ToolList
        fields = ["title", "description", "shared"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}


class NoteForm(CleanTexts, forms.ModelForm):  # type: ignore[type-arg]
    """A note on a tool that somebody keeps."""

    class Meta:
        model = Saved
        fields = ["note"]
