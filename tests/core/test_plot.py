"""Numbers by day as a picture: its scale, its paths, its words, and the table that says the same."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError

from core import plot
from core.plot import Series

FIRST = dt.date(2026, 4, 28)


def series(*values: int | None, name: str = "Page views") -> Series:
    return Series(name, [(FIRST + dt.timedelta(days=number), value) for number, value in enumerate(values)])


def render(text: str, **context: Any) -> str:
    return Template(text).render(Context(context))


@pytest.mark.parametrize(
    ("most", "scale"),
    [(0, 0), (-1, 0), (1, 1), (2, 2), (3, 4), (5, 6), (7, 8), (9, 10), (10, 10), (11, 20), (61, 80), (999, 1_000),
     (1_000, 1_000), (1_001, 2_000), (10**15, 10**15), (10**15 + 1, 2 * 10**15)],
)  # fmt: skip
def test_a_scale_ends_at_a_round_number_that_holds_the_most(most: int, scale: int) -> None:
    assert plot.top(most) == scale


def test_bars_stand_on_the_ground_and_none_is_too_low_to_be_seen() -> None:
    assert plot.bars([4, 0, None, 2, 1], 4) == "M1 100v-100h8v100zM31 100v-50h8v50zM41 100v-25h8v25z"
    assert plot.bars([1], 1_000) == "M1 100v-1h8v1z"
    assert plot.bars([0, 0], 0) == ""


def test_a_line_is_broken_where_a_number_is_not_known() -> None:
    assert plot.line([4, 2, None, 0], 4) == "M5 0h.01L15 50h.01M35 100h.01"
    assert plot.line([0, None], 0) == "M5 100h.01"


def test_words_say_the_total_and_the_most() -> None:
    assert plot.in_words(series(1, 1_500, None)) == "Page views: 1,501 in 3 days, at most 1,500, on 29 April 2026"
    assert plot.in_words(series(0)) == "Page views: 0 in 1 day"
    assert plot.in_words(series(None)) == "Page views: 0 in 1 day"


class Table(HTMLParser):
    """The cells of the only table of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.cell = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Begin a row or a cell."""
        if tag == "tr":
            self.rows.append([])
        if tag in {"th", "td"}:
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag: str) -> None:
        """End a cell."""
        if tag in {"th", "td"}:
            self.cell = False

    def handle_data(self, data: str) -> None:
        """Keep the words of a cell."""
        if self.cell:
            self.rows[-1][-1] += data


def table(text: str) -> list[list[str]]:
    parser = Table()
    parser.feed(text)
    return parser.rows


def test_the_table_holds_every_number_of_the_picture() -> None:
    text = render(
        '{% plot "Reach" one two look="line" %}', one=series(1, 2_000, None), two=series(0, 5, 6, name="Clicks <b>")
    )
    assert table(text) == [
        ["Day (UTC)", "Page views", "Clicks <b>"],
        ["28 Apr 2026", "1", "0"],
        ["29 Apr 2026", "2,000", "5"],
        ["30 Apr 2026", "not known", "6"],
    ]
    assert "<b>" not in text
    assert re.findall(r'<svg viewBox="([^"]*)"', text) == ["0 0 30 100"]
    assert len(re.findall(r'<path class="plot-line plot-[12]" d="M5 ', text)) == 2


def test_a_picture_needs_neither_script_nor_inline_style() -> None:
    text = render('{% plot "Reach" one %}', one=series(*range(30)))
    assert [word for word in ("style=", r"\son\w+=", "<script", "<style") if re.search(word, text)] == []


@pytest.mark.parametrize(
    ("days", "shown"),
    [(1, ["28 Apr"]), (2, ["28 Apr", "29 Apr"]), (6, ["28 Apr", "3 May"]), (7, ["28 Apr", "1 May", "4 May"])],
)
def test_the_axis_names_first_and_last_day_and_the_middle_of_a_week_or_more(days: int, shown: list[str]) -> None:
    text = render('{% plot "Reach" one %}', one=series(*[1] * days))
    axis = text.partition('<div class="plot-x" aria-hidden="true">')[2].partition("</div>")[0]
    assert re.findall(r">([^<]+)</time>", axis) == shown


@pytest.mark.parametrize(
    ("most", "shown"),
    [(1, ["1", "", "0"]), (30, ["40", "20", "0"]), (1_500, ["2,000", "1,000", "0"])],
)
def test_the_scale_names_its_end_middle_and_ground(most: int, shown: list[str]) -> None:
    text = render('{% plot "Reach" one %}', one=series(most, 0))
    axis = text.partition('<div class="plot-y" aria-hidden="true">')[2].partition("</div>")[0]
    assert re.findall(r"<span>(.*?)</span>", axis) == shown


@pytest.mark.parametrize(
    ("values", "when"), [((0, 0), "from 28 Apr to 29 Apr"), ((0,), "on 28 Apr"), ((None,), "on 28 Apr")]
)
def test_where_nothing_was_counted_a_sentence_says_so_instead_of_a_picture(values: Any, when: str) -> None:
    text = render('{% plot "Reach" one %}', one=series(*values))
    said = re.sub("<[^>]+>", "", text.partition('<p class="sm soft">')[2].partition("</p>")[0])
    assert (said, "<svg" in text, len(table(text))) == (f"Nothing was counted {when}.", False, 1 + len(values))


@pytest.mark.parametrize(
    "tag",
    ['"Reach"', '"Reach" one two', '"Reach" one look="pie"', '"Reach" one other look="line"', '"Reach" none',
     '"Reach" one two one two look="line"'],
)  # fmt: skip
def test_what_cannot_be_drawn_is_an_error(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(f"{{% plot {tag} %}}", one=series(1), two=series(2), other=series(1, 2), none=series())
