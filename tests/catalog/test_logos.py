"""Logos: what is taken and what is refused, before and after decoding; how they are served and shown."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.template import Context, Template
from django.test import Client
from PIL import Image, PngImagePlugin

from accounts.models import User
from catalog import changes, jsonld, logos, services
from catalog.choices import SaidBy
from catalog.logos import RefusedLogo, accept
from catalog.models import Change, Logo, Tool
from core.models import AuditEvent
from tests import make


def code_of(data: bytes) -> str:
    with pytest.raises(RefusedLogo) as refused:
        accept(data)
    assert refused.value.message.endswith((".", "it."))
    return refused.value.code


def opened(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width: int, height: int, pixels: bytes = b"", *more: bytes) -> bytes:
    """Return a PNG that says it has this size, whatever its pixels are."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"".join([logos.PNG, chunk(b"IHDR", head), *more, chunk(b"IDAT", pixels), chunk(b"IEND")])


def icon(*pictures: tuple[int, bytes]) -> bytes:
    """Return an ICO that holds these files, each with the edge that it says it has."""
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for edge, data in pictures:
        at = 6 + 16 * len(pictures) + len(body)
        head += struct.pack("<BBBBHHII", edge % 256, edge % 256, 0, 0, 1, 32, len(data), at)
        body += data
    return head + body


def moving(kind: str) -> bytes:
    out = BytesIO()
    frames = [Image.new("RGB", (80, 80), color) for color in ("red", "blue", "green")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


# -- what is taken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "ICO"])
def test_every_kind_becomes_two_square_pictures_without_metadata(kind: str) -> None:
    options: dict[str, Any] = {"sizes": [(200, 100)]} if kind == "ICO" else {}
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x010E] = "the author's address"
        options = {"exif": exif, "comment": b"made at home", "icc_profile": b"a profile"}
    found = accept(make.picture(kind, **options))
    for data, edge in ((found.large, 256), (found.small, 128)):
        image = opened(data)
        assert (image.format, image.mode, image.size, image.info) == ("PNG", "RGBA", (edge, edge), {})
        assert data.count(b"tEXt") + data.count(b"iCCP") + data.count(b"eXIf") + data.count(b"the author") == 0
        assert image.getpixel((edge // 2, 2)) == (0, 0, 0, 0)  # above a wide picture there is nothing
        red, green, blue, alpha = image.getpixel((edge // 2, edge // 2))  # type: ignore[misc]
        assert max(abs(red - 0xCC), green, abs(blue - 0x33)) <= 8
        assert alpha == 255
    assert (found.width, found.height) == (200, 100)


def test_texts_in_a_png_are_left_behind_and_the_same_file_gives_the_same_picture() -> None:
    out, told = BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("Comment", "<script>alert(1)</script>", zip=True)
    Image.new("RGB", (200, 100), "#c03").save(out, "PNG", pnginfo=told)
    assert accept(out.getvalue()) == accept(make.picture())
    assert accept(make.picture()).sha256 == accept(make.picture()).sha256


def test_of_a_gif_that_moves_the_first_picture_is_taken() -> None:
    assert opened(accept(moving("GIF")).large).getpixel((128, 128)) == (255, 0, 0, 255)


def test_of_an_icon_the_largest_picture_is_taken() -> None:
    found = accept(icon((16, make.picture(size=(16, 16))), (96, make.picture(size=(96, 96), color="#0a0"))))
    assert ((found.width, found.height), opened(found.large).getpixel((9, 9))) == ((96, 96), (0, 170, 0, 255))


def test_a_picture_taken_on_its_side_is_turned_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = accept(make.picture("JPEG", exif=exif))
    assert opened(found.large).getpixel((2, 128)) == (0, 0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_way_to_store_colours_is_taken(mode: str) -> None:
    out = BytesIO()
    Image.new("L", (64, 64), 255).convert(mode if mode != "I;16" else "I").convert(mode).save(
        out, "JPEG" if mode == "CMYK" else "PNG"
    )
    assert opened(accept(out.getvalue()).small).size == (128, 128)


# -- what is refused -------------------------------------------------------------------------------------------------


def test_a_megabyte_is_taken_and_a_byte_more_is_not() -> None:
    noise = random.Random(8).randbytes
    pixels = zlib.compress(b"".join(b"\x00" + noise(900) for _ in range(900)), 0)
    base = png_of(900, 900, pixels)
    assert len(base) < logos.MOST_BYTES
    filler = chunk(b"fiLl", b"\x00" * (logos.MOST_BYTES - len(base) - 12))
    assert accept(png_of(900, 900, pixels, filler)).width == 900
    assert code_of(png_of(900, 900, pixels, filler) + b"\x00") == "too_large"


@pytest.mark.parametrize(
    "text",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\xef\xbb\xbf\n<?xml version='1.0'?><!-- x --><SVG></SVG>",
        b"<!-- a --><svg/>",
    ],
)
def test_an_svg_is_refused_and_the_reason_said(text: bytes) -> None:
    assert code_of(text) == "svg"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"), (b" \n", "empty"), (b"<html><svg></svg></html>", "unknown_kind"), (b"BM" + b"\x00" * 90,
        "unknown_kind"), (b"%PDF-1.7", "unknown_kind"), (b"PK\x03\x04", "unknown_kind"), (b"GIF89b" * 20,
        "unknown_kind"), (b"II*\x00" * 40, "unknown_kind"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_whatever_it_is_called(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("size", "code"),
    [((63, 64), "too_small"), ((64, 63), "too_small"), ((4097, 64), "pixels"), ((4001, 4001), "pixels")],
)
def test_sizes_are_looked_at_before_anything_is_decoded(size: tuple[int, int], code: str) -> None:
    assert code_of(png_of(*size, b"no pixels at all")) == code


def webp(kind: bytes, body: bytes) -> bytes:
    inner = b"WEBP" + kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


BOMBS: dict[str, Callable[[], bytes]] = {
    # 900 million pixels of zeros are 870 kB
    "png": lambda: png_of(30_000, 30_000, zlib.compress(b"\x00" * 30_001 * 3_000, 9)),
    "png_at_the_limit_of_the_format": lambda: png_of(2**31 - 1, 2**31 - 1, b""),
    "gif": lambda: b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b",\x00\x00\x00\x00"
    + struct.pack("<HHB", 65_535, 65_535, 0) + b"\x02\x01\x44\x00;",
    "gif_whose_frame_is_larger_than_the_gif": lambda: b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0, 0, 0)
    + b",\x00\x00\x00\x00" + struct.pack("<HHB", 60_000, 60_000, 0) + b"\x02\x01\x44\x00;",
    "webp": lambda: webp(b"VP8X", b"\x00" * 4 + b"\xff\x3f\x00" * 2),
    "webp_lossless": lambda: webp(b"VP8L", b"\x2f" + struct.pack("<I", 0x0FFFFFFF) + b"\x00" * 20),
    "jpeg": lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00"
    b"\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00\x00\xff\xd9",
    "icon": lambda: icon((64, png_of(30_000, 30_000, b""))),
    "old_icon": lambda: icon((64, struct.pack("<IiiHHIIiiII", 40, 60_000, 120_000, 1, 32, 0, 0, 0, 0, 0, 0))),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_what_it_declares(name: str) -> None:
    import tracemalloc

    data = BOMBS[name]()
    tracemalloc.start()
    code = code_of(data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (code, most < 8_000_000) == ("pixels", True)


def test_compressed_texts_that_swell_are_refused() -> None:
    swollen = chunk(b"zTXt", b"a\x00\x00" + zlib.compress(b"\x00" * 90_000_000, 9))
    assert code_of(png_of(64, 64, b"", swollen)) == "broken"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_file_that_is_cut_short_is_refused_wherever_it_is_cut(kind: str) -> None:
    whole = make.picture(kind, size=(70, 70))
    codes = {code_of(whole[:length]) for length in range(16, len(whole) - 3)}
    assert codes <= {"not_whole", "broken"}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    "second", [b"PK\x03\x04 a zip", b"<script>alert(1)</script>", b"%PDF-1.7", b"\xff\xd9 x \xff\xd9"]
)
def test_two_files_in_one_are_refused(kind: str, second: bytes) -> None:
    assert code_of(make.picture(kind) + second) == "not_whole"


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_picture_that_moves_is_refused(kind: str) -> None:
    assert code_of(moving(kind)) == "animated"


def test_a_picture_with_nothing_in_it_is_refused() -> None:
    out = BytesIO()
    Image.new("RGBA", (64, 64), (255, 0, 0, 0)).save(out, "PNG")
    assert code_of(out.getvalue()) == "blank"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "ICO"])
def test_damaged_files_are_refused_or_taken_and_never_an_error(kind: str) -> None:
    chance = random.Random(kind)
    options: dict[str, Any] = {"sizes": [(80, 80)]} if kind == "ICO" else {}
    whole = make.picture(kind, size=(80, 80), **options)
    codes = set()
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        try:
            assert opened(accept(bytes(broken)).small).size == (128, 128)
        except RefusedLogo as refused:
            codes.add(refused.code)
    assert codes <= {"not_whole", "broken", "unknown_kind", "pixels", "too_small", "animated", "blank"}


# -- a tool's logo ---------------------------------------------------------------------------------------------------


@pytest.fixture
def tool(db: None) -> Tool:
    return make.tool()


def test_setting_a_logo_is_on_record_and_setting_it_again_changes_nothing(tool: Tool) -> None:
    editor = User.objects.create_user("editor@example.com", "a long enough word")
    assert services.set_logo(tool, make.picture(), said_by=SaidBy.DOCS, source="https://a.example/i.png", actor=editor)
    logo = Logo.objects.get(tool=tool)
    assert (logo.said_by, logo.source, logo.width, logo.height) == ("docs", "https://a.example/i.png", 200, 100)
    assert (tool.logo_key, Tool.objects.get(pk=tool.pk).logo_key) == (logo.sha256[:12], logo.sha256[:12])
    change = Change.objects.latest("serial")
    assert (change.fields, change.actor) == ({"logo": [None, tool.logo_key]}, editor)
    assert changes.sentence(change) == "logo changed."
    assert AuditEvent.objects.latest("serial").action == "catalog.logo_set"
    before = Change.objects.count()
    assert not services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    assert Change.objects.count() == before


def test_a_refused_file_leaves_the_logo_as_it_is_and_one_can_be_taken_away(tool: Tool) -> None:
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    key = tool.logo_key
    with pytest.raises(RefusedLogo):
        services.set_logo(tool, b"<svg/>", said_by=SaidBy.EDITOR)
    assert Tool.objects.get(pk=tool.pk).logo_key == key
    assert services.remove_logo(tool)
    assert (Tool.objects.get(pk=tool.pk).logo_key, Logo.objects.count(), services.remove_logo(tool)) == ("", 0, False)
    assert Change.objects.latest("serial").fields == {"logo": [key, None]}


def test_an_edit_of_the_listing_keeps_the_logo(tool: Tool) -> None:
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    stale = Tool.objects.get(pk=tool.pk)
    stale.logo_key = ""
    services.update_tool(stale, make.record(slug=tool.slug), categories=make.categories())
    assert Tool.objects.get(pk=tool.pk).logo_key == tool.logo_key


def test_the_database_refuses_logos_that_nobody_says_and_without_a_hash(tool: Tool) -> None:
    values: dict[str, Any] = {"large": b"x", "small": b"x", "width": 64, "height": 64}
    for wrong, name in (({"said_by": "me", "sha256": "0" * 64}, "logo_said_by_known"),
                        ({"said_by": "docs", "sha256": "no"}, "logo_has_its_hash")):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Logo.objects.create(tool=tool, **values, **wrong)


# -- served and shown ------------------------------------------------------------------------------------------------


def test_a_logo_is_served_for_ever_and_can_do_nothing(client: Client, tool: Tool) -> None:
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    for path, edge in ((tool.logo_url, 128), (tool.logo_url.replace(".png", "-256.png"), 256)):
        answer = client.get(path)
        assert (answer.status_code, opened(answer.content).size) == (200, (edge, edge))
        names = ("Content-Type", "Cache-Control", "Content-Security-Policy", "X-Content-Type-Options")
        assert [answer[name] for name in names] == [
            "image/png", "public, max-age=31536000, immutable", "default-src 'none'", "nosniff",
        ]  # fmt: skip
        assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert client.post(path).status_code == 405


def test_an_older_address_leads_to_the_logo_of_today_and_an_old_slug_to_the_new_one(client: Client, tool: Tool) -> None:
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    old, slug = tool.logo_url, tool.slug
    services.set_logo(tool, make.picture(color="#036"), said_by=SaidBy.EDITOR)
    answer = client.get(old)
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (302, tool.logo_url, "no-store")
    services.update_tool(tool, make.record(slug="renamed"), categories=make.categories())
    moved = client.get(tool.logo_url)
    assert (moved.status_code, moved["Location"]) == (301, tool.logo_url.replace(slug, "renamed"))


def test_what_visitors_do_not_see_has_no_logo_for_them(client: Client, tool: Tool) -> None:
    assert client.get(f"/tools/{tool.slug}/logo-{'0' * 12}.png").status_code == 404
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    services.delist_tools([tool])
    assert client.get(tool.logo_url).status_code == 404
    editor = User.objects.create_user("editor@example.com", "a long enough word")
    editor.user_permissions.add(Permission.objects.get(codename="change_tool"))
    client.force_login(editor)
    answer = client.get(tool.logo_url)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, max-age=31536000, immutable")


IMAGE = '<img class="mg mg-logo{}" src="{}" alt="" width="{}" height="{}" loading="lazy" decoding="async">'


def test_cards_the_tools_page_and_comparisons_show_the_logo_instead_of_letters(client: Client, tool: Tool) -> None:
    services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR)
    small, large = (IMAGE.format(extra, tool.logo_url, edge, edge) for extra, edge in (("", 40), (" mg-l", 64)))
    card = Template("{% load catalog_ui %}{% card tool %}").render(Context({"tool": tool}))
    assert card.count(small) == 1
    pages = {"/compare/": (small, {"tools": tool.slug}), tool.get_absolute_url(): (large, {}),
             f"/tools/{tool.slug}/verification/": (large, {})}  # fmt: skip
    for path, (image, query) in pages.items():
        page = client.get(path, query).content.decode()
        assert (page.count(image), re.findall(r'class="mg mg-\d', page)) == (1, []), path


def test_the_logo_stands_in_json_ld_and_in_the_picture_for_shared_links(client: Client, tool: Tool) -> None:
    assert "thumbnailUrl" not in jsonld.software(tool)
    before = client.get(f"/tools/{tool.slug}/card.png")
    services.set_logo(tool, make.picture(size=(64, 64)), said_by=SaidBy.EDITOR)
    assert jsonld.software(tool)["thumbnailUrl"].endswith(tool.logo_url.replace(".png", "-256.png"))
    after = client.get(f"/tools/{tool.slug}/card.png")
    assert before["ETag"] != after["ETag"]
    red, green, blue = opened(after.content).convert("RGB").getpixel((150, 144))  # type: ignore[misc]
    assert (red > 180, green < 30, blue < 70) == (True, True, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_logos_cost_no_statement_on_lists(client: Client, db: None, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        tool = make.tool(kind="dataset", licence="Quux-2.0")
        services.set_logo(tool, make.picture(color=f"#0{number}0"), said_by=SaidBy.EDITOR)
    with django_assert_num_queries(5):  # as without logos (test_pages.py)
        page = client.get("/tools/?kind=dataset&licence=Quux-2.0").content.decode()
    assert page.count('class="mg mg-logo"') == rows
