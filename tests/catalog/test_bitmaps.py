"""The bitmaps of facet words: equal to the rows, whoever writes them, and never ahead of what is committed."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from catalog import bitmaps, facets, index, services
from catalog.bitmaps import Bitmaps, bitmap
from catalog.facets import Narrowing
from catalog.models import Tool, ToolIndex
from tests import make


def counted() -> dict[str, int]:
    """What the rows say, counted one by one."""
    return dict(Counter(word for words in ToolIndex.objects.values_list("facets", flat=True) for word in words))


def in_memory(state: Bitmaps) -> dict[str, int]:
    return {word: tools.bit_count() for word, tools in state.words.items()}


def test_every_word_counts_as_many_tools_as_have_it() -> None:
    state = bitmaps.current()
    assert in_memory(state) == counted()
    assert state.listed.bit_count() == ToolIndex.objects.count()


def test_a_state_follows_new_changed_delisted_and_deleted_tools() -> None:
    state = bitmaps.current()
    new, changed, delisted, deleted = make.tool(), *Tool.objects.listed().order_by("id")[:3]
    gone = [delisted.pk, deleted.pk]
    record = make.record(slug=changed.slug, licence="Quux-1.0")
    services.update_tool(changed, record, categories=make.categories())
    services.delist_tools([delisted])
    services.delete_tool(deleted)
    rows = bitmaps._rows(bitmaps.SINCE, [state.serial])
    later = state.with_rows(rows)
    assert len(rows) == 4
    assert later.words["licence:Quux-1.0"] == bitmap([changed.pk])
    assert later.listed == state.listed & ~bitmap(gone) | bitmap([new.pk])
    assert in_memory(later) == counted()


def test_an_index_row_that_was_written_again_unchanged_is_not_taken_in_again() -> None:
    serial = bitmaps.current().serial
    index.refresh(Tool.objects.listed().order_by("id").values_list("pk", flat=True)[:5])
    assert bitmaps._rows(bitmaps.SINCE, [serial]) == []


def test_launch_dates_narrow_as_the_rows_do() -> None:
    since, until = dt.date(2023, 6, 1), dt.date(2024, 6, 1)
    rows = ToolIndex.objects.filter(launched_on__gte=since, launched_on__lte=until)
    narrowing = Narrowing({}, None, since, until)
    assert facets.count(narrowing).matching == rows.count() > 0


def test_ids_come_back_smallest_first_or_in_the_order_of_the_candidates() -> None:
    assert bitmaps.ids(0) == []
    assert bitmaps.ids(bitmap([300, 1, 8])) == [1, 8, 300]
    assert bitmaps.among(bitmap([300, 1, 8]), [9, 8, 1, 999]) == [8, 1]


def test_bits_are_the_ids_that_were_given() -> None:
    assert bitmap([]) == 0
    assert bitmap([1, 8, 300]) == 1 << 1 | 1 << 8 | 1 << 300
