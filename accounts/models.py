"""The user: signs in by e-mail address."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower

from accounts.addresses import trust
from accounts.privacy.models import DataExport, ErasedAccount, Erasure

__all__ = ["DataExport", "ErasedAccount", "Erasure", "User", "UserManager"]


class UserManager(BaseUserManager["User"]):
    """Makes users; addresses are kept in small letters."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address as it is kept. Forms of the admin call this too (AbstractBaseUser.clean)."""
        return super().normalize_email(email).lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create and return a user with this address; no password means that none can sign in with one.

        Raises ValueError when the address is empty.
        """
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create and return an administrator whose address needs no mail to be confirmed.

        `manage.py createsuperuser` calls this: who may run it may do everything.
        """
        user = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        trust(user)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        """Find the user by address, in any case. Raises User.DoesNotExist."""
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person with an account; the e-mail address is the login."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField("shown name", max_length=80, blank=True)

    # what logs call the account: says nothing about the person, and outlives both
    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)  # nothing but the row is left since then

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case"),
            # whoever is erased can neither sign in nor work here, whatever writes the row
            models.CheckConstraint(
                condition=models.Q(erased_at=None)
                | models.Q(
                    name="", is_active=False, is_staff=False, is_superuser=False, email__endswith="@erased.invalid"
                ),
                name="user_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """Return the shown name, or the address when there is none."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """Return the same as get_full_name."""
        return self.get_full_name()
