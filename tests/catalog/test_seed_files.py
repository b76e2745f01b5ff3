"""Loading and writing seed files: all or nothing, nothing twice, every problem with file, line and field."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog import exporter, loader, search, services
from catalog.models import Alias, Category, Change, Collection, Fact, Related, Tool, ToolIndex
from catalog.records import record_of, with_record_rows
from core import preparation
from tests import make

pytestmark = pytest.mark.datalayer

W = "tools/writing.yaml"
FILES = sorted((loader.DATA / "tools").glob("*.yaml"))


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """A copy of the seed files that a test may damage."""
    shutil.copytree(loader.DATA, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def small_seed(seed: Path) -> Path:
    """The same with two files of tools only: quick to read, for loads that are refused."""
    for path in (seed / "tools").iterdir():
        if path.stem not in {"writing", "audio-voice", "models-inference"}:
            path.unlink()
    first = (seed / "collections.yaml").read_text(encoding="utf-8").index("  - slug: lm-studio")
    text = (seed / "collections.yaml").read_text(encoding="utf-8")[:first]
    (seed / "collections.yaml").write_text(text, encoding="utf-8")
    return seed


def damage(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(loader.BadSeed) as caught:
        loader.load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_what_is_loaded_equals_the_records_in_the_files() -> None:
    slugs = [record["slug"] for path in FILES for record in yaml.safe_load(path.read_text(encoding="utf-8"))]
    assert len(slugs) == len(set(slugs)) == 1772
    assert set(Tool.objects.listed().values_list("slug", flat=True)) == set(slugs)
    assert ToolIndex.objects.count() == 1772
    assert (Category.objects.top().count(), Category.objects.filter(parent__isnull=False).count()) == (18, 108)
    assert Collection.objects.count() == 10
    assert Change.objects.filter(action="created").count() == 1772


def test_export_gives_the_files_back_byte_for_byte(tmp_path: Path) -> None:
    exporter.export(tmp_path)
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.yaml"))
    assert written == sorted(
        [Path("taxonomy.yaml"), Path("collections.yaml"), *(Path("tools") / path.name for path in FILES)]
    )
    for path in written:
        assert (tmp_path / path).read_bytes() == (loader.DATA / path).read_bytes(), path


def test_what_was_exported_after_edits_can_be_loaded(tmp_path: Path) -> None:
    plan = {"name": "A: b", "amount": "0.015", "currency": "USD", "period": "unit", "unit": "1,000 characters"}
    make.tool(name="Zoë: “the” #1 'tool'", plans=[plan | {"seen": "2026-11-01"}])
    services.delist_tools([Tool.objects.get(slug="ollama")])
    exporter.export(tmp_path)
    report = loader.load(tmp_path)
    assert (report.records, report.created, report.updated, report.unchanged) == (1772, 0, 0, 1772)


def test_a_second_load_of_unchanged_files_writes_nothing(seed: Path) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = loader.load(seed)
    assert (report.created, report.updated, report.unchanged, report.collections) == (0, 0, 1772, 0)
    verbs = {query["sql"].lstrip("( ").split()[0] for query in queries.captured_queries}
    assert verbs == {"SELECT", "SAVEPOINT", "RELEASE"}


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (W, "access: trial", "access: cheap", "tools/writing.yaml:13: pricing.access: 'cheap' is not"),
        (W, "  name: Anyword\n", "", "tools/writing.yaml:1: name: is missing"),
        (W, "  kind: app", "  color: red\n  kind: app", "tools/writing.yaml:10: color: is not a field"),
        (W, "https://anyword.com", "ftp://anyword.com", "tools/writing.yaml:3: homepage: 'ftp://any"),
        (W, "  kind: app", "  kind: app\n  kind: app", "tools/writing.yaml:11: kind: the field 'kind'"),
        (W, "writing/copywriting", "writing/poems", "tools/writing.yaml:11: category: 'writing/poems'"),
        (W, "slug: anyword", "slug: elevenlabs", "is already used in tools/audio-voice.yaml:"),
        (W, "slug: anyword", "slug: Any Word", "tools/writing.yaml:1: slug: must be lower-case"),
        (W, "slug: anyword", "slug: zebra", "tools/writing.yaml:17: slug: stands after 'zebra'"),
        (W, "platforms: [web, api,", "platforms: [web, fax,", "tools/writing.yaml:14: platforms[1]: 'fax'"),
        (W, "registry: pypi", "registry: attic", "interfaces[0].registry: 'attic' is not one of"),
        (W, "https://anyword.com", "https://anyword.com/?key=AKIAB2CDE3FGHI4JKLMN",
         "tools/writing.yaml:3: homepage: looks like a secret key"),
        (W, "[web, api", "[web, api]", "tools/writing.yaml:14: is not YAML"),
        ("taxonomy.yaml", "slug: personal", "slug: industry", "the slug 'industry' is used twice"),
        ("collections.yaml", "slug: ollama", "slug: olama", "tools[0].slug: no tool has the slug 'olama'"),
    ],
)  # fmt: skip
def test_a_bad_record_is_named_by_file_line_and_field_and_nothing_changes(
    small_seed: Path, file: str, old: str, new: str, said: str
) -> None:
    make.tool(slug="was-here")
    before = Tool.objects.count(), Change.objects.count()
    damage(small_seed, file, old, new)
    found = problems(small_seed)
    assert any(said in one for one in found), found
    assert (Tool.objects.count(), Change.objects.count()) == before


def test_every_problem_is_reported_at_once(small_seed: Path) -> None:
    damage(small_seed, W, "access: trial", "access: cheap")
    damage(small_seed, "tools/audio-voice.yaml", "kind: app", "kind: film")
    assert len(problems(small_seed)) == 2


def test_broken_bytes_and_missing_files_are_problems_not_crashes(small_seed: Path) -> None:
    (small_seed / "tools" / "writing.yaml").write_bytes(b"- slug: \xff\n")
    (small_seed / "taxonomy.yaml").unlink()
    found = problems(small_seed)
    assert "tools/writing.yaml:1: is not UTF-8 (byte 8)" in found
    assert "taxonomy.yaml:1: cannot be read: No such file or directory" in found


def test_the_command_prints_problems_and_fails(small_seed: Path) -> None:
    damage(small_seed, W, "access: trial", "access: cheap")
    errors = StringIO()
    with pytest.raises(CommandError, match="1 problem; nothing was changed"):
        call_command("load_catalog", small_seed, stderr=errors, stdout=StringIO())
    assert "tools/writing.yaml:13: pricing.access: 'cheap' is not one of free, free_tier" in errors.getvalue()


def test_a_start_with_damaged_files_goes_on_with_what_was_there(
    small_seed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(small_seed, W, "access: trial", "access: cheap")
    monkeypatch.setattr(loader, "DATA", small_seed)
    said, stamps = StringIO(), dict[str, str]()
    assert preparation.load_catalog(stamps, said) == "NOT loaded"
    assert stamps == {}
    assert "tools/writing.yaml:13: pricing.access: 'cheap' is not one of" in said.getvalue()
    assert "goes on with what was loaded before" in said.getvalue()
    Tool.objects.all().delete()
    with pytest.raises(CommandError, match="nothing was changed"):
        preparation.load_catalog(stamps, StringIO())


def test_a_changed_record_changes_only_that_tool(seed: Path) -> None:
    damage(seed, W, "access: trial", "access: free_tier")
    serial = Change.objects.order_by("-serial").values_list("serial", flat=True)[0]
    report = loader.load(seed)
    assert (report.created, report.updated, report.unchanged) == (0, 1, 1771)
    change = Change.objects.since(serial).get()
    assert (change.slug, change.action, list(change.fields)) == ("anyword", "updated", ["pricing"])
    assert "pricing:free-tier" in ToolIndex.objects.get(tool__slug="anyword").facets


def test_an_editors_change_survives_a_load_and_wins_over_the_file(seed: Path) -> None:
    tool = Tool.objects.get(slug="anyword")
    record = next(r for r in yaml.safe_load((seed / "tools/writing.yaml").read_text()) if r["slug"] == "anyword")
    services.update_tool(tool, record | {"vendor": "Edited Here"}, categories=make.categories())
    assert loader.load(seed).unchanged == 1772
    damage(seed, W, "name: Anyword\n", "name: Anyword\n  vendor: From File\n")
    damage(seed, W, "access: trial", "access: free_tier")
    report = loader.load(seed)
    assert report.kept == ["anyword: vendor"]
    tool.refresh_from_db()
    assert (tool.vendor, tool.access) == ("Edited Here", "free_tier")


def test_a_record_that_left_the_files_stays_until_pruned(seed: Path) -> None:
    text = (seed / "tools/writing.yaml").read_text(encoding="utf-8")
    second = text.index("\n- slug:") + 1
    (seed / "tools/writing.yaml").write_text(text[second:], encoding="utf-8")
    assert loader.load(seed).left_over == ["anyword"]
    assert Tool.objects.get(slug="anyword").is_listed
    assert loader.load(seed, prune=True).delisted == 1
    assert Tool.objects.filter(slug="anyword", status="delisted").exists()
    assert not ToolIndex.objects.filter(tool__slug="anyword").exists()
    assert Change.objects.order_by("-serial")[0].action == "removed"


def test_a_renamed_tool_is_found_by_the_slug_in_its_file(seed: Path) -> None:
    tool = Tool.objects.get(slug="anyword")
    record = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
    services.update_tool(tool, record | {"slug": "any-word"}, categories=make.categories())
    assert loader.load(seed).created == 0
    assert Alias.objects.get(slug="anyword").tool == tool


def test_facts_say_who_and_when() -> None:
    facts: dict[str, Any] = Fact.objects.filter(tool__slug="anyword").by_field()
    assert set(facts) == {"homepage", "kind", "category", "pricing", "platforms", "modality"}
    assert (facts["pricing"].said_by, str(facts["pricing"].said_on)) == ("editor", "2026-11-25")


def test_every_tool_has_related_tools_that_share_a_sub_category() -> None:
    assert Related.objects.filter(position=0).count() > 1750
    for row in Related.objects.filter(position=0).select_related("tool", "other")[:50]:
        mine = {row.tool.category_id, *row.tool.also.values_list("pk", flat=True)}
        assert mine & {row.other.category_id, *row.other.also.values_list("pk", flat=True)}, row


def test_records_may_carry_plans_and_a_listing_day(tmp_path: Path) -> None:
    plan = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}
    record = make.record(plans=[plan], listed="2026-12-01")
    tool = services.create_tools([record], categories=make.categories())[0]
    assert record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk)) == record


BOMB = "- &a [x]\n- &b [*a, *a]\n- [*b, *b]\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (W, "slug: anyword", "slug: [anyword]", "writing.yaml:1: slug: must be a text"),
        (W, "slug: anyword", "slug: {a: b}", "writing.yaml:1: slug: must be a text"),
        (W, "- slug: anyword\n", BOMB + "- slug: anyword\n", "writing.yaml:2: holds an alias (*a)"),
        (W, "- slug: anyword\n", "- &a [*a]\n- slug: anyword\n", "writing.yaml:1: holds an alias (*a)"),
        (W, "- slug: anyword\n", "- " + "[" * 50 + "]" * 50 + "\n- slug: anyword\n", "is nested too deeply"),
        (W, "  kind: app", "  launched: 1_00\n  launched_said_by: editor\n  kind: app", "launched: '1_00' is no date"),
        (W, "  kind: app", "  launched: '\uff12\uff10\uff12\uff14'\n  kind: app", "writing.yaml:10: launched: '"),
        (W, "package: argostranslate", f"package: {'x' * 201}", "interfaces[0].package: is longer than 200 characters"),
        (W, "package: argostranslate", 'package: "x\\0y"', "interfaces[0].package: holds a control character"),
        (W, "package: argostranslate", 'package: "x; rm -rf ."', "interfaces[0].package: 'x; rm -rf .' is no package"),
        (W, "licence: MIT", "licence: as you like", "licence: is no SPDX expression"),
        ("taxonomy.yaml", "- slug: personal", "- slug: [personal]", "needs slug, name and sub"),
        ("taxonomy.yaml", "categories:", "things:", "categories: is missing or empty"),
        ("collections.yaml", "slug: run-models-locally", "slug: [a]", "needs texts, and a list of tools"),
        ("collections.yaml", "title: Run models on your own machine", "title: {x: y}", "needs texts"),
        ("collections.yaml", "slug: ollama", "slug: [x]", "tools[0]: needs slug and reason"),
        ("collections.yaml", "slug: run-models-locally", f"slug: {'x' * 100}", "slug: is longer than 80 characters"),
    ],
)  # fmt: skip
def test_odd_shapes_are_problems_too(small_seed: Path, file: str, old: str, new: str, said: str) -> None:
    damage(small_seed, file, old, new)
    found = problems(small_seed)
    assert any(said in one for one in found), found


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-1", "much"])
def test_an_amount_is_a_number(small_seed: Path, amount: str) -> None:
    plan = f"  plans:\n  - {{name: Pro, amount: '{amount}', currency: USD, period: month, seen: '2026-11-25'}}\n"
    damage(small_seed, W, "  kind: app\n", f"  kind: app\n{plan}")
    assert any("plans[0].amount" in one for one in problems(small_seed))


def rename(old: str, new: str) -> Tool:
    tool = with_record_rows(Tool.objects.all()).get(slug=old)
    services.update_tool(tool, record_of(tool) | {"slug": new}, categories=make.categories())
    return Tool.objects.get(slug=new)


def test_a_renamed_tool_stays_in_its_collections(seed: Path) -> None:
    tool = rename("ollama", "ollama-local")
    damage(seed, "collections.yaml", "title: Run models on your own machine", "title: Models on your own machine")
    assert loader.load(seed).collections == 1
    assert tool.picks.filter(collection__title="Models on your own machine").exists()


def test_what_editors_did_to_categories_and_collections_survives_a_load(seed: Path) -> None:
    category = Category.objects.get(slug="text-to-speech")
    Category.objects.filter(pk=category.pk).update(slug="tts", name="Speaking")
    Alias.objects.create(slug="text-to-speech", category=category)
    Collection.objects.filter(slug="run-models-locally").update(title="Edited here")
    report = loader.load(seed)
    assert (report.collections, report.kept) == (0, [])
    damage(seed, "collections.yaml", "title: Run models on your own machine", "title: From the file")
    damage(seed, "taxonomy.yaml", "text-to-speech: Text to speech", "text-to-speech: From the file")
    assert loader.load(seed).kept == ["category tts", "collection run-models-locally"]
    assert Collection.objects.get(slug="run-models-locally").title == "Edited here"
    assert [(c.slug, c.name) for c in Category.objects.filter(slug__in=["tts", "text-to-speech"])] == [
        ("tts", "Speaking")
    ]


def test_a_category_renamed_in_the_file_reaches_search(seed: Path) -> None:
    damage(seed, "taxonomy.yaml", "text-to-speech: Text to speech", "text-to-speech: Zorblax voices")
    loader.load(seed)
    found = search.search("zorblax").ids or ()
    assert len(found) == Tool.objects.in_category(Category.objects.get(slug="text-to-speech")).count()


def test_a_pruned_record_that_comes_back_is_listed_again(seed: Path) -> None:
    whole = (seed / W).read_text(encoding="utf-8")
    (seed / W).write_text(whole[whole.index("\n- slug:") + 1 :], encoding="utf-8")
    assert loader.load(seed, prune=True).delisted == 1
    (seed / W).write_text(whole, encoding="utf-8")
    assert loader.load(seed).updated == 1
    assert Tool.objects.get(slug="anyword").is_listed


def test_an_export_that_would_leave_a_tool_out_is_refused(tmp_path: Path) -> None:
    coding = Category.objects.get(slug="coding")
    Category.objects.filter(pk=coding.pk).update(parent=Category.objects.get(slug="writing"))
    with pytest.raises(exporter.IncompleteExport, match="1772 tools are listed"):
        exporter.export(tmp_path)
