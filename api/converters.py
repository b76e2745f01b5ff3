"""Parts of addresses."""

from __future__ import annotations

from django.urls import register_converter


class Big:
    """The number of a row: digits that fit its column, so that no address makes the database refuse."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Return it as it stands in the address."""
        return str(value)


register_converter(Big, "big")


class Digest:
    """The name of a stored body: what its content hashes to."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value


register_converter(Digest, "digest")
