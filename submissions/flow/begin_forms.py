"""The forms at the beginning: an address, or a record as JSON."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms

from core.clean_forms import CleanTexts
from submissions import upload

WRONG = "This is no address of a web page. It begins with https:// and names a host, such as https://example.com."


class AddressForm(CleanTexts, forms.Form):
    """The address of a tool, as people paste it: without https:// too."""

    url = forms.CharField(
        label="Paste the address of the tool", max_length=500,
        help_text="Its home page, such as https://example.com. We read what it says, so that you type less.",
        widget=forms.TextInput(attrs={"class": "input mono", "inputmode": "url", "autocomplete": "url"}),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """Return the address with its scheme. Raises ValidationError for what is none."""
        data = super().clean() or self.cleaned_data
        typed = str(data.get("url", ""))
        if typed and not self.errors:
            url = typed if "://" in typed else f"https://{typed}"
            try:
                parts = urlsplit(url)
                host = parts.hostname or ""
                ok = parts.scheme in {"http", "https"} and "." in host and not parts.username and " " not in url
                ok = ok and (parts.port is None or parts.port > 0) and not set('<>"\\') & set(url)
            except ValueError:
                ok = False
            if not ok:
                self.add_error("url", WRONG)
            data["url"] = url
        return data


class UploadForm(forms.Form):
    """A record as JSON. Its texts are cleaned when it is read (submissions/upload.py)."""

    text = forms.CharField(
        label="Paste the record", required=False, strip=False,
        widget=forms.Textarea(attrs={"class": "input mono", "rows": 12, "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(label="Or choose a file", required=False)

    def clean(self) -> dict[str, object]:
        """Refuse nothing, both, and what is too large before any of it is read."""
        data = super().clean() or self.cleaned_data
        file, text = data.get("file"), str(data.get("text") or "")
        if file and text.strip():
            raise forms.ValidationError("You pasted a record and chose a file. Send one of the two.")
        if not file and not text.strip():
            raise forms.ValidationError("Paste a record or choose a file.")
        if (file and file.size > upload.MOST_BYTES) or len(text) > upload.MOST_BYTES:
            raise forms.ValidationError(upload.TOO_LARGE)
        return data

    def content(self) -> bytes:
        """Return what was sent."""
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["text"]).encode("utf-8", "surrogatepass")
