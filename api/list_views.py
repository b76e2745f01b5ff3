"""Lists of tools and saved tools: one's own to change; what is shared, for everybody who has its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api import bodies, idempotency, paging, preconditions, schema
from api.base import PUBLIC, View
from api.problems import Problem
from api.shapes import lists as shapes
from catalog.limits import KEEP
from catalog.models import ListItem, Saved, Tool, ToolList
from catalog.personal import keeping
from core.site import absolute

READ, WRITE = "lists:read", "lists:write"
LISTS = paging.Paged[Any]("lists", ("-changed_at", "-id"), lambda row: shapes.summary(row, row.size))
SAVED = paging.Paged[Saved]("saved", ("-created_at", "-id"), lambda row: row)
OF_LIST = preconditions.if_match("An ETag of the list: do it only if the list is still that, else answer 412.")
NO_LIST = "There is no list at this address, or its owner does not share it."
NO_TOOL = "No tool is listed by this slug. /api/v1/tools?q=… finds those there are."


class Lists(View):
    """One's lists."""

    scopes = {"GET": READ, "POST": WRITE}
    parameters = paging.PAGED

    @schema.documented(
        name="list_lists",
        tag="lists",
        summary="Lists of the account, the last changed first",
        returns=schema.pages_of(shapes.ListShape, "ListPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return lists without their tools, private ones too."""
        return paging.answer(ToolList.objects.owned_by(self.caller.user).with_size(), LISTS, request)

    @schema.documented(
        name="create_list",
        tag="lists",
        summary="Make a list",
        returns=shapes.WholeListShape,
        status=201,
        body=shapes.NewListBody,
        parameters=[idempotency.HEADER],
        problems=idempotency.PROBLEMS,
    )
    def post(self, request: Request) -> Response:
        """Make an empty list. It is private unless it says that it is shared; an account has 50 at most."""
        asked = bodies.read(shapes.NewListBody, request)

        def make() -> Response:
            self.allow(KEEP)
            try:
                made = keeping.create_list(user=self.caller.user, **asked)
            except keeping.Full as full:
                raise Problem("conflict", str(full)) from None
            made.refresh_from_db()
            return _made(made)

        return idempotency.once(request, make, lambda key: _made(mine(self, key)))


class OneList(View):
    """A list."""

    scopes = {"GET": PUBLIC, "PATCH": WRITE, "DELETE": WRITE}

    @schema.documented(
        name="get_list",
        tag="lists",
        summary="A list with its tools: a shared one for everybody, a private one for its owner",
        returns=shapes.WholeListShape,
        problems=["not-found"],
    )
    def get(self, request: Request, list: str) -> Response:
        """Return a list. One's private lists need a key with lists:read; those of others answer 404."""
        reader = self.caller.user if READ in self.caller.scopes else AnonymousUser()
        found = ToolList.objects.visible_to(reader).filter(key=list).first()
        if found is None:
            raise Http404(NO_LIST)
        # a list that is no longer shared is gone at once
        return preconditions.tagged(_whole(found), headers={"Cache-Control": "no-store"})

    @schema.documented(
        name="change_list",
        tag="lists",
        summary="Change the title or the description of a list, or who may read it",
        returns=shapes.WholeListShape,
        body=shapes.ListBody,
        parameters=[preconditions.IF_MATCH],
        problems=["not-found", "precondition-failed"],
    )
    def patch(self, request: Request, list: str) -> Response:
        """Set what the body names."""
        asked = bodies.read(shapes.ListBody, request)
        mine(self, list)
        self.allow(KEEP)
        with held(self, list) as found:
            said = {name: asked.get(name, getattr(found, name)) for name in ("title", "description", "shared")}
            keeping.change_list(changed=found, **said)
            found.refresh_from_db()
            return preconditions.tagged(_whole(found))

    @schema.documented(
        name="delete_list",
        tag="lists",
        summary="Delete a list",
        returns=None,
        status=204,
        parameters=[preconditions.IF_MATCH],
        problems=["not-found", "precondition-failed", "too-many"],
    )
    def delete(self, request: Request, list: str) -> Response:
        """Delete a list for good."""
        mine(self, list)
        self.allow(KEEP)
        with held(self, list) as found:
            found.delete()
        return Response(status=204)


class ToolOfList(View):
    """A tool of a list."""

    scopes = {"PUT": WRITE, "DELETE": WRITE}

    @schema.documented(
        name="put_list_tool",
        tag="lists",
        summary="Put a tool into a list, or set its note; doing it again changes nothing",
        returns=shapes.KeptShape,
        body=shapes.NoteBody,
        parameters=[OF_LIST],
        problems=["conflict", "not-found", "precondition-failed"],
    )
    def put(self, request: Request, list: str, tool: str) -> Response:
        """Put it at the end of the list, where it is not in it. A list holds 200 tools at most."""
        asked = bodies.read(shapes.NoteBody, request)
        mine(self, list)
        found = listed(tool)
        self.allow(KEEP)
        with held(self, list) as into:
            try:
                keeping.add(to=into, tool=found)
            except keeping.Full as full:
                raise Problem("conflict", str(full)) from None
            return Response(_noted(into.items.get(tool=found), asked))

    @schema.documented(
        name="delete_list_tool",
        tag="lists",
        summary="Take a tool out of a list; doing it again changes nothing",
        returns=None,
        status=204,
        parameters=[OF_LIST],
        problems=["not-found", "precondition-failed", "too-many"],
    )
    def delete(self, request: Request, list: str, tool: str) -> Response:
        """Take it out, also when it is no longer listed."""
        mine(self, list)
        self.allow(KEEP)
        with held(self, list) as out_of:
            if item := row_of(out_of.items.select_related("list"), tool):
                keeping.remove(item=item)
        return Response(status=204)


class SavedTools(View):
    """Saved tools."""

    scopes = {"GET": READ}
    parameters = paging.PAGED

    @schema.documented(
        name="list_saved",
        tag="lists",
        summary="Tools that the account saved, the latest first",
        returns=schema.pages_of(shapes.KeptShape, "SavedPage"),
        parameters=schema.PAGED,
    )
    def get(self, request: Request) -> Response:
        """Return saved tools, those that are no longer listed too."""
        body = paging.page(Saved.objects.visible_to(self.caller.user), SAVED, request)
        body["results"] = [shapes.kept(entry) for entry in keeping.entries(body["results"])]
        return Response(body, headers=paging.links(body))


class SavedTool(View):
    """A saved tool."""

    scopes = {"PUT": WRITE, "DELETE": WRITE}

    @schema.documented(
        name="put_saved",
        tag="lists",
        summary="Save a tool, or set its note; doing it again changes nothing",
        returns=shapes.KeptShape,
        body=shapes.NoteBody,
        problems=["conflict", "not-found"],
    )
    def put(self, request: Request, tool: str) -> Response:
        """Save it. An account saves 1,000 tools at most."""
        asked, found = bodies.read(shapes.NoteBody, request), listed(tool)
        self.allow(KEEP)
        try:
            keeping.save(user=self.caller.user, tool=found)
        except keeping.Full as full:
            raise Problem("conflict", str(full)) from None
        return Response(_noted(Saved.objects.visible_to(self.caller.user).get(tool=found), asked))

    @schema.documented(
        name="delete_saved",
        tag="lists",
        summary="Remove a tool from those saved; doing it again changes nothing",
        returns=None,
        status=204,
        problems=["not-found", "too-many"],
    )
    def delete(self, request: Request, tool: str) -> Response:
        """Remove it, also when it is no longer listed."""
        self.allow(KEEP)
        if row := row_of(Saved.objects.visible_to(self.caller.user), tool):
            row.delete()
        return Response(status=204)


def mine(view: View, key: str, *, lock: bool = False) -> ToolList:
    """Return a list that the caller may change. Raises Http404, also for what somebody else shares."""
    rows = ToolList.objects.owned_by(view.caller.user).filter(key=key)
    found: ToolList | None = (rows.select_for_update() if lock else rows).first()
    if found is None:
        raise Http404("There is no such list, or it is not yours.")
    return found


@contextmanager
def held(view: View, key: str) -> Iterator[ToolList]:
    """Let nobody else change a list of the caller's meanwhile, and see that it is what If-Match names.

    One transaction. Raises Http404, Problem.
    """
    with transaction.atomic():
        found = mine(view, key, lock=True)
        preconditions.check(view.request, lambda: _whole(found))
        yield found


def listed(slug: str) -> Tool:
    """Return a listed tool; nothing leads on from an older slug, as this is a write. Raises Http404."""
    found = Tool.objects.listed().filter(slug=slug).first()
    if found is None:
        raise Http404(NO_TOOL)
    return found


def row_of(rows: QuerySet[Any], slug: str) -> Any:
    """Return the kept row that answers show by this slug: the tool's, the one it had, its heir's; None for none."""
    found = rows.filter(tool__slug=slug).first() or rows.filter(slug=slug).first()
    if found is not None:
        return found
    gone = keeping.entries(list(rows.filter(tool=None)))
    return next((one.row for one in gone if one.tool is not None and one.tool.slug == slug), None)


def _noted(row: Saved | ListItem, asked: dict[str, Any]) -> dict[str, Any]:
    if "note" in asked and asked["note"] != row.note:
        keeping.annotate(row=row, note=asked["note"])
    (entry,) = keeping.entries([row])
    return shapes.kept(entry)


def _made(row: ToolList) -> Response:
    return preconditions.tagged(_whole(row), status=201, headers={"Location": absolute(f"/api/v1/lists/{row.key}")})


def _whole(row: ToolList) -> dict[str, Any]:
    items = list(row.items.order_by("position", "pk"))
    return {**shapes.summary(row, len(items)), "tools": [shapes.kept(entry) for entry in keeping.entries(items)]}
