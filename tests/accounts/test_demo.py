"""The demo accounts of a debug installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accounts import demo, roles
from accounts.models import User

pytestmark = pytest.mark.django_db


def stored(var_dir: Path) -> dict[str, str]:
    passwords: dict[str, str] = json.loads((var_dir / demo.FILE).read_text())
    return passwords


def test_both_are_made_and_can_sign_in(tmp_path: Path) -> None:
    assert demo.ensure(tmp_path) == "admin@example.com, editor@example.com"
    passwords = stored(tmp_path)
    assert set(passwords) == {demo.ADMIN, demo.EDITOR}
    assert (tmp_path / demo.FILE).stat().st_mode & 0o777 == 0o600
    rights = [
        (user.email, user.is_staff, user.is_superuser, user.check_password(passwords[user.email]))
        for user in User.objects.order_by("email")
    ]
    assert rights == [(demo.ADMIN, True, True, True), (demo.EDITOR, True, False, True)]
    assert len(passwords[demo.ADMIN]) == 20
    assert passwords[demo.ADMIN] != passwords[demo.EDITOR]


def test_the_editor_may_do_what_editors_may(tmp_path: Path) -> None:
    demo.ensure(tmp_path)
    editor = User.objects.get(email=demo.EDITOR)
    granted = editor.get_all_permissions()
    assert granted == roles.rights(roles.EDITOR)
    assert editor.has_perms(["catalog.add_tool", "catalog.change_tool", "catalog.view_tool"])
    assert not editor.has_perm("catalog.delete_tool")


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    demo.ensure(tmp_path)
    before = stored(tmp_path)
    user = User.objects.get(email=demo.EDITOR)
    user.set_password("chosen by the person")
    user.save()
    assert demo.ensure(tmp_path) == "unchanged"
    assert stored(tmp_path) == before
    assert User.objects.get(email=demo.EDITOR).check_password("chosen by the person")
    assert User.objects.count() == 2


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"admin@example.com": "x"}'])
def test_a_lost_or_damaged_file_gives_new_passwords(tmp_path: Path, text: str | None) -> None:
    demo.ensure(tmp_path)
    if text is None:
        (tmp_path / demo.FILE).unlink()
    else:
        (tmp_path / demo.FILE).write_text(text)
    said = demo.ensure(tmp_path)
    assert said == "admin@example.com (new password), editor@example.com (new password)"
    assert User.objects.get(email=demo.ADMIN).check_password(stored(tmp_path)[demo.ADMIN])


def test_a_new_database_gets_the_same_passwords(tmp_path: Path) -> None:
    demo.ensure(tmp_path)
    before = stored(tmp_path)
    User.objects.all().delete()
    assert demo.ensure(tmp_path) == "admin@example.com, editor@example.com"
    assert stored(tmp_path) == before
