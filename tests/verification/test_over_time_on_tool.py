"""The page of a tool: level, claims with dates, addresses with their ninety days, incidents, maintenance, badge."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from catalog import services
from catalog.models import Tool
from tests import make
from tests.verification import make_runs, over_time_rows
from tests.verification.health.over_time import look
from tests.verification.over_time_rows import DAY, HOUR
from tests.verification.test_pages import ESCAPED, HOSTILE
from tests.verification.visiting import page
from verification.health import incidents
from verification.judgement.judge import Saw
from verification.models import Claim, Watch
from verification.over_time import over_time

pytestmark = pytest.mark.django_db
K = Claim.Kind


@pytest.fixture
def tool() -> Tool:
    return make.tool()


def loaded(tool: Tool) -> Tool:
    return Tool.objects.prefetch_related("plans", "interfaces").get(pk=tool.pk)


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_a_tool_that_was_never_looked_at_shows_its_level_and_no_claims(client: Client, tool: Tool) -> None:
    text = page(client, tool.get_absolute_url())
    assert words(text).count("Level L0 Listed missing for L1: reachable") == 1
    assert [text.count(part) for part in ('class="claims', 'class="strip"', "Failing", "Unreachable")] == [0, 0, 0, 0]


def test_claims_stand_with_how_they_stand_and_their_dates(client: Client, tool: Tool) -> None:
    at = timezone.now()
    run = make_runs.run(tool, {"key": "home"})
    held = over_time_rows.claim(tool, K.SCANNED, run=run)
    over_time_rows.claim(tool, K.REACHABLE, expires_at=at - HOUR)  # lapsed, within its grace
    over_time_rows.claim(tool, K.DOCUMENTED, ended_at=at - HOUR, ended=Claim.Ended.REFUTED)
    over_time_rows.claim(tool, K.PRICING_SEEN, bound="0" * 64)  # its listing has changed since
    rows = {row.kind: (row.state, row.words) for row in over_time(loaded(tool)).claims}
    assert rows == {
        K.REACHABLE: ("warn", "Attention"),
        K.PROTOCOL: ("unk", "Not claimed"),
        K.SCANNED: ("ok", "Holds"),
        K.DOCUMENTED: ("warn", "Ended"),
        K.PRICING_SEEN: ("skip", "Ended"),
        K.IDENTITY: ("unk", "Not claimed"),
        K.REVIEWED: ("unk", "Not claimed"),
    }
    text = page(client, tool.get_absolute_url())
    assert text.count("Seen by run") == 1
    said = words(text)
    assert said.count("Ended: a later look saw otherwise.") == 1
    assert said.count(f"Expires next: scanned, on {held.expires_at:%-d %b %Y, %H:%M} UTC") == 1


def test_the_strip_counts_its_days_and_stands_in_a_table_too(client: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool)
    over_time_rows.days(address, 1.0, 0.9, 0.2, None, 1.0)
    text = page(client, tool.get_absolute_url())
    today = timezone.now().astimezone(dt.UTC).date()
    told = f"90 days to {today.day} {today:%B %Y}: 2 seen working, 1 with trouble, 1 mostly failing, 86 not known"
    assert text.count(told) == 1
    drawn = re.findall(r'<path class="(ok|warn|fail|unk)" d="([^"]*)"', text)
    assert {state: path.count("z") for state, path in drawn} == {"ok": 2, "warn": 1, "fail": 1, "unk": 86}
    table = re.findall(r'<tr><th scope="row"><time datetime="([^"]*)">.*?</tr>', text)
    assert table == [(today - back * DAY).isoformat() for back in (1, 2, 3, 5)]
    # 3.1 of 4 known days, which are four of the five since the first
    assert words(text).count("Seen working 77.5 % of the time checked, which is 80 % of it") == 1


def test_the_page_of_its_history_shows_the_last_hours_too(client: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool)
    path = f"/tools/{tool.slug}/verification/"
    assert page(client, path).count("Its hours as a table") == 0
    now = timezone.now().astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    for back, saw, ms in ((3, Saw.UP, 120), (2, Saw.DOWN, None), (1, Saw.UP, 80)):
        look(address, now - back * HOUR, saw, ms=ms, judged_at=now)
    text = page(client, path)
    told = f"48 hours to {now:%H:%M} UTC, {now.day} {now:%B %Y}: 2 seen working, 1 mostly failing, 45 not known"
    assert text.count(told) == 1
    rows = re.findall(r'<tr><th scope="row"><time datetime="([^"]*)">(?:.*?)</time></th>(.*?)</tr>', text)
    assert [(begin, words(cells)) for begin, cells in rows] == [
        (f"{now - HOUR:%Y-%m-%dT%H:%MZ}", "100 % 1 80 ms"),
        (f"{now - 2 * HOUR:%Y-%m-%dT%H:%MZ}", "0 % 1 not known"),
        (f"{now - 3 * HOUR:%Y-%m-%dT%H:%MZ}", "100 % 1 120 ms"),
    ]
    assert page(client, tool.get_absolute_url()).count("48 hours") == 0  # the short panel has its days


def test_no_percentage_without_coverage_and_none_where_nothing_is_known(client: Client, tool: Tool) -> None:
    over_time_rows.endpoint(tool, state="unknown")
    said = words(page(client, tool.get_absolute_url()))
    assert (said.count("no look could tell yet"), said.count("of the time checked")) == (1, 0)


def test_states_have_words_and_trouble_has_its_note(client: Client, tool: Tool) -> None:
    over_time_rows.endpoint(tool, fails=1, passes=0, unstable=True)
    over_time_rows.endpoint(tool, "https://api.example.com/v1", state="degraded")
    said = words(page(client, tool.get_absolute_url()))
    assert said.count("Slower than usual since") == 1
    assert said.count("The last look failed. One look decides nothing: it is being looked at again to be sure.") == 1
    assert said.count("Unstable: it comes and goes") == 1


def test_an_open_incident_stands_above_all_and_what_is_over_below(client: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool, state="unreachable", down_since=timezone.now())
    over_time_rows.incident(address, "Unreachable: It did not answer.", "We look into it.")
    for number in range(6):
        began = timezone.now() - (number + 2) * DAY
        over_time_rows.incident(address, closed=True, began_at=began, sentence=f"Incident {number}.")
    found = over_time(loaded(tool))
    assert ([one.sentence for one in found.open], [one.sentence for one in found.past]) == (
        ["It did not answer."],
        [f"Incident {number}." for number in range(5)],
    )
    text = page(client, tool.get_absolute_url())
    assert text.count("We look into it.") == 1
    assert text.index("We look into it.") < text.index('class="strip"') < text.index("Incident 0.")


def test_maintenance_now_and_next_is_told(client: Client, tool: Tool) -> None:
    at = timezone.now()
    for begins in (at - 3 * DAY, at - HOUR, at + DAY):
        incidents.declare_maintenance(tool, starts_at=begins, ends_at=begins + 2 * HOUR, reason="New disks", at=begins)
    assert page(client, tool.get_absolute_url()).count("New disks") == 2


@pytest.mark.parametrize(("away", "said", "hidden"), [("", 0, 0), ("long", 0, 0), ("archived", 1, 1)])
def test_the_page_of_an_archived_tool_says_so_and_stays_out_of_search_engines(
    client: Client, tool: Tool, away: str, said: int, hidden: int
) -> None:
    Tool.objects.filter(pk=tool.pk).update(away=away)
    text = page(client, tool.get_absolute_url())
    assert text.count("An archived page:") == said
    others = page(client, f"{tool.get_absolute_url()}alternatives/")
    assert others.count('<meta name="robots" content="noindex">') == hidden
    plain = client.get(tool.get_absolute_url().rstrip("/") + ".md")
    assert ("X-Robots-Tag" in plain.headers) is bool(hidden)
    assert text.count('<meta name="robots" content="noindex">') == hidden


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_a_constant_number_of_questions(
    client: Client, tool: Tool, rows: int, django_assert_num_queries: Any
) -> None:
    kinds = list(K)
    for number in range(rows):
        run = make_runs.run(tool, {"key": "home"})
        address = over_time_rows.endpoint(tool, f"https://{number}.example.com")
        over_time_rows.days(address, *[1.0] * (rows + 1))
        over_time_rows.claim(tool, kinds[number], run=run)
        over_time_rows.incident(address, *["Unreachable."] * rows)
        over_time_rows.incident(address, closed=True)
    # 16 as for a tool that was never looked at, and its days, its month and the timelines
    with django_assert_num_queries(19):
        client.get(tool.get_absolute_url())


def test_hostile_words_are_shown_as_text(client: Client, tool: Tool) -> None:
    address = over_time_rows.endpoint(tool, "https://api.example.com/" + HOSTILE, state="unreachable",
                                      down_since=timezone.now())  # fmt: skip
    over_time_rows.days(address, 1.0, 1.0)
    over_time_rows.incident(address, HOSTILE, sentence=HOSTILE)
    over_time_rows.incident(address, HOSTILE, closed=True, sentence=HOSTILE)
    over_time_rows.claim(tool, sentence=HOSTILE)
    at = timezone.now()
    incidents.declare_maintenance(tool, starts_at=at, ends_at=at + HOUR, reason=HOSTILE)
    Tool.objects.filter(pk=tool.pk).update(name='Made"<b>')
    runs = f"/tools/{tool.slug}/verification/"
    for path in (tool.get_absolute_url(), runs, f"{runs}?show=incidents"):
        text = page(client, path)
        assert re.findall(r"<script>alert|<img\b|<b>\"|style=", text) == []
        assert text.count(ESCAPED) >= 4


def test_the_badge_is_offered_as_markdown_and_html(client: Client, tool: Tool, settings: Any) -> None:
    settings.SITE_URL = "https://catalog.example"
    text = page(client, tool.get_absolute_url())
    here = f"https://catalog.example/tools/{tool.slug}"
    assert text.count(f"[![{tool.name} in AI Apps]({here}/badge.svg)]({here}/)") == 1
    html = f'<a href="{here}/"><img src="{here}/badge.svg" alt="{tool.name} in AI Apps" height="20"></a>'
    assert text.count(escape(html)) == 1


def test_cards_comparison_markdown_and_json_ld_say_the_level_with_its_day(client: Client, tool: Tool) -> None:
    other = make.tool()
    at = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    services.record_standing({tool.pk: (2, "")}, at=at)
    services.record_seen({tool.pk: ("working", at)})
    mark = '<abbr class="lv" title="Level 2: conforms">L2<span class="vh"> conforms</span></abbr>'
    assert page(client, "/").count("Recently verified") == 0  # reached is not verified
    assert page(client, "/tools/?verified=2").count(mark) == 1
    compared = words(page(client, f"/compare/?tools={tool.slug},{other.slug}"))
    assert compared.count("Level L2 conforms checked 20 Nov 2026 L0 listed") == 1
    markdown = page(client, f"{tool.get_absolute_url().rstrip('/')}.md")
    assert markdown.count("- **Level**: L2 conforms, since 2026-11-20\n") == 1
    assert markdown.count("- **Last seen**: seen working, checked 2026-11-20\n") == 1
    assert page(client, tool.get_absolute_url()).count('"description": "Conforms, checked 2026-11-20"') == 1


def test_the_home_page_has_a_strip_of_those_that_rose_to_level_3_last(client: Client, tool: Tool) -> None:
    at = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    others = [make.tool() for _ in range(3)]
    for number, (one, level) in enumerate(zip([tool, *others], (3, 4, 2, 3), strict=True)):
        services.record_standing({one.pk: (level, "")}, at=at + number * HOUR)
    services.record_standing({others[0].pk: (3, "")}, at=at + DAY)  # a fall is no news
    text = page(client, "/")
    assert text.count('id="v-h">Recently verified') == 1
    order = list(Tool.objects.filter(level__gt=0).recently_verified().values_list("pk", flat=True))
    assert order == [others[2].pk, others[0].pk, tool.pk, others[1].pk]


@pytest.mark.parametrize(
    ("way", "first"),
    [
        ([(0, 3), (10, 2), (10, 3)], "other"),  # a proof given up and brought back
        ([(0, 3), (10, 0), (11, 3)], "other"),  # an outage of its own making
        ([(0, 3), (2, 2), (31.9, 3)], "other"),
        ([(0, 3), (2, 2), (31.9, 3), (31.9, 2), (61.8, 3)], "other"),
        ([(0, 3), (10, 4), (11, 3), (12, 4)], "other"),  # up and down above it
        ([(0, 3), (2, 2), (20, 1), (32, 3)], "tool"),  # for 30 days it was not
        ([(0, 2), (2, 3)], "tool"),
    ],
)
def test_who_is_verified_again_soon_is_not_recently_verified(
    tool: Tool, way: list[tuple[float, int]], first: str
) -> None:
    at = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
    other = make.tool()
    services.record_standing({other.pk: (3, "")}, at=at + DAY)
    for days, level in way:
        services.record_standing({tool.pk: (level, "")}, at=at + days * DAY)
    assert list(Tool.objects.recently_verified()) == ([tool, other] if first == "tool" else [other, tool])


def test_the_home_page_has_no_strip_of_verified_tools_while_there_are_none(client: Client, tool: Tool) -> None:
    assert page(client, "/").count("Recently verified") == 0


@pytest.mark.parametrize(
    ("elsewhere", "said"), [("", ""), ("failing", "is not the tool any more"), ("attention", "may not be the tool")]
)
def test_what_a_full_run_saw_against_the_address_is_said_beside_it(
    client: Client, tool: Tool, elsewhere: str, said: str
) -> None:
    over_time_rows.endpoint(tool)
    Watch.objects.create(tool=tool, full_at=timezone.now(), elsewhere=elsewhere)
    words = " ".join(page(client, tool.get_absolute_url()).split())
    for text in ("is not the tool any more", "may not be the tool"):
        assert words.count(text) == int(text == said)


def test_what_is_unreachable_is_so_since_its_first_failed_look(client: Client, tool: Tool) -> None:
    began, opened = timezone.now() - 3 * DAY, timezone.now() - 2 * DAY
    over_time_rows.endpoint(tool, state="unreachable", since=opened, down_since=began)
    assert [one.since for one in over_time(loaded(tool)).addresses] == [began]
