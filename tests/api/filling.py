"""Rows that the addresses of the API name, for the matrix: the owner's, and everybody's."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from api import keys
from api.hooks import services as hooks
from api.manifests import keeping as manifests
from catalog.personal import keeping
from tests.matrix.people import Askers, fill
from tests.matrix.routes import filled
from tests.submissions import rows as submission_rows
from verification.models import OwnershipChallenge, OwnershipClaim

SLUGS = {"/api/v1/categories/": "coding", "/api/v1/collections/": "made"}


def address(route: str, values: dict[str, object]) -> str:
    """Return an address of the API: a route with its parameters; a slug is that of a tool but where SLUGS says."""
    slug = next((slug for start, slug in SLUGS.items() if route.startswith(start)), values["slug"])
    return filled(route, values | {"slug": slug})


def fill_api() -> tuple[User, dict[str, object]]:
    """Make what addresses name; return whose it is, and what their parameters are filled with."""
    askers = Askers()
    values = fill()
    manifests.sweep()
    owner = askers.users["member"]
    row, _ = keys.create(owner=owner, name="of the owner", scopes=["keys:write"])
    kept = keeping.create_list(user=owner, title="Shared", shared=True)
    draft = submission_rows.draft(owner)
    named = {
        "prefix": row.prefix,
        "key": draft.key,
        "list": kept.key,
        "tool": values["slug"],
        "version": 1,
    }
    hook, _ = hooks.create(account=owner, wanted=hooks.Wanted("https://hooks.example-ai.com/"))
    named |= {"hook": hook.key, "event": hooks.send_test(hook, by=owner).event_id}
    return owner, values | named | {"token_id": _challenge(owner)}


def _challenge(owner: User) -> str:
    """Let somebody wait for a link by mail, which no look asks others about; return the name of the challenge."""
    now = timezone.now()
    claim = OwnershipClaim.objects.create(
        account=owner, method="email", state="pending", scope="host", name="www.example.org"
    )
    made = OwnershipChallenge.objects.create(
        claim=claim, token_id="2" * 16, token_hash="2" * 64, address="admin@example.org", created_at=now,
        expires_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    return made.token_id
