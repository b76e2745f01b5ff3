"""The picture that a shared link shows (Open Graph): paper and ink, drawn with Pillow, 1200 by 630.

Caladea stands for the site's serif face: it is in the same stack (static/css/tokens.css), free under the Apache
licence, and has the letters of Western and Central Europe and "€", which Pillow's own Aileron lacks. Other characters
become their nearest Latin form or are left out; a name of which nothing is left is shown by its slug.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from dataclasses import astuple, dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from catalog import pricing
from catalog.models import Tool
from core.templatetags.ui import GROUNDS, monogram

SIZE = WIDTH, HEIGHT = 1200, 630
MARGIN = 80
FONTS = Path(__file__).parent / "fonts"
# The light tokens of static/css/tokens.css.
PAPER, INK, INK_2, INK_3, LINE_2 = "#fbfaf6", "#1b1a17", "#464339", "#645f53", "#c9c3b4"
MONOGRAMS = (  # ground and ink of .mg-0 to .mg-7
    ("#dfe5d3", "#36431f"),
    ("#f0e2c4", "#5a420c"),
    ("#f1dcd3", "#6b3019"),
    ("#d9e2ea", "#26445c"),
    ("#e6dce6", "#513557"),
    ("#d3e5e1", "#17463e"),
    ("#e6e1d6", "#4b4331"),
    ("#eadcdd", "#64303a"),
)
BRAND = 40  # edge of the site's mark


@dataclass(frozen=True)
class Card:
    """What is drawn: nothing else goes into the picture."""

    name: str
    tagline: str
    facts: str
    site: str
    letters: str = ""  # of the monogram; "" draws none
    ground: int = 0
    logo: bytes = b""  # PNG, 128 by 128; stands instead of the letters

    @property
    def etag(self) -> str:
        """A hash of what is drawn and of how."""
        return hashlib.sha256(f"{astuple(self)} {_how_it_is_drawn()}".encode()).hexdigest()[:32]


def of_tool(tool: Tool, logo: bytes = b"") -> Card:
    """Return the card of a tool with the small picture of its logo, if any. Reads `category` and `plans`."""
    facts = [tool.category.name, pricing.text(tool), tool.get_kind_display()]
    return Card(
        name=drawable(tool.name) or tool.slug.replace("-", " "),
        tagline=drawable(tool.tagline),
        facts=drawable(" · ".join(facts)),
        site=drawable(settings.SITE_NAME),
        letters=monogram(drawable(tool.name) or tool.slug),
        ground=zlib.crc32(tool.slug.encode()) % GROUNDS,
        logo=logo,
    )


def of_site(listed: int) -> Card:
    """Return the card of the whole site, which lists that many tools."""
    return Card(
        name=drawable(settings.SITE_NAME),
        tagline="What AI tools do, what they cost and how to reach them, with the source and date of every fact.",
        facts=f"{listed:,} tools",
        site=drawable(settings.SITE_NAME),
    )


def png(card: Card) -> bytes:
    """Draw a card."""
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    left = MARGIN
    if card.letters:
        _logo(image, card) if card.logo else _monogram(draw, card)
        left += 168
    size, lines = _fitted(card.name, WIDTH - MARGIN - left)
    top = 90 if len(lines) == 1 else 72
    for line in lines:
        draw.text((left, top), line, INK, _font("Bold", size))
        top += round(size * 1.12)
    top = max(top + 26, 262)
    for line in wrapped(card.tagline, _font("Regular", 44), WIDTH - 2 * MARGIN, 3):
        draw.text((MARGIN, top), line, INK_2, _font("Regular", 44))
        top += 58
    _foot(image, draw, card)
    return _compressed(image)


def _monogram(draw: ImageDraw.ImageDraw, card: Card) -> None:
    ground, ink = MONOGRAMS[card.ground]
    box = (MARGIN, 80, MARGIN + 128, 208)
    draw.rounded_rectangle(box, 14, ground)
    draw.text((MARGIN + 64, 144), card.letters, ink, _font("Bold", 56), anchor="mm")


def _logo(image: Image.Image, card: Card) -> None:
    with Image.open(BytesIO(card.logo), formats=["PNG"]) as logo:
        image.paste(Image.new("RGB", logo.size, "white"), (MARGIN, 80))
        image.paste(logo, (MARGIN, 80), logo)


def _fitted(text: str, width: int) -> tuple[int, list[str]]:
    """Return the largest size at which a name fits on one line, else two lines of the smallest."""
    for size in (92, 80, 68):
        if _font("Bold", size).getlength(text) <= width:
            return size, [text]
    return 60, wrapped(text, _font("Bold", 60), width, 2)


def _foot(image: Image.Image, draw: ImageDraw.ImageDraw, card: Card) -> None:
    font, bold = _font("Regular", 30), _font("Bold", 30)
    draw.line((MARGIN, 510, WIDTH - MARGIN, 510), LINE_2, 2)
    site = "".join(wrapped(card.site, bold, 400, 1))
    right = round(WIDTH - MARGIN - bold.getlength(site))
    draw.text((right, 540), site, INK, bold)
    image.paste(_brand(), (right - BRAND - 14, 538))
    for line in wrapped(card.facts, font, right - BRAND - 14 - MARGIN - 40, 1):
        draw.text((MARGIN, 540), line, INK_3, font)


@lru_cache
def _brand() -> Image.Image:
    """Return the four marks of static/img/icons.svg: seen working, attention, failing, not known."""
    unit = 4 * BRAND / 24  # drawn four times as large: Pillow draws lines and circles without soft edges
    image = Image.new("RGB", (4 * BRAND, 4 * BRAND), PAPER)
    draw = ImageDraw.Draw(image)

    def circle(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
        return (x - radius) * unit, (y - radius) * unit, (x + radius) * unit, (y + radius) * unit

    draw.ellipse(circle(6.5, 6.5, 4.5), INK)
    draw.ellipse(circle(17.5, 6.5, 4.5), None, INK, round(1.2 * unit))
    draw.pieslice(circle(17.5, 6.5, 4.5), -90, 90, INK)
    draw.ellipse(circle(6.5, 17.5, 4.5), None, INK, round(1.9 * unit))
    for x, y in ((13, 17.6), (13.7, 19.9), (15.1, 21.3), (17.4, 22)):
        draw.line((x * unit, y * unit, y * unit, x * unit), INK, round(1.1 * unit))
    return image.resize((BRAND, BRAND), Image.Resampling.LANCZOS)


def _compressed(image: Image.Image) -> bytes:
    """Return the picture as PNG of few colours: flat ink on paper needs no more."""
    out = BytesIO()
    image.quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
    return out.getvalue()


# -- words -----------------------------------------------------------------------------------------------------------


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: int, most: int) -> list[str]:
    """Return text in at most so many lines of that width; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < most:
        line = words.pop(0)
        while words and font.getlength(f"{line} {words[0]}") <= width:
            line += f" {words.pop(0)}"
        lines.append(line)
    if lines and words:
        lines[-1] = f"{lines[-1]} {words[0]}"
    return [_cut(line, font, width, bool(words) and line is lines[-1]) for line in lines]


def _cut(line: str, font: ImageFont.FreeTypeFont, width: int, goes_on: bool) -> str:
    """Return the line, or as much of it as fits with an ellipsis."""
    if not goes_on and font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip(' ,;:.')}…"


def drawable(text: str) -> str:
    """Return the text in characters that the font has: others lose their accents, or are left out."""
    kept = []
    for char in unicodedata.normalize("NFC", text):
        if char.isspace() or _has(char):
            kept.append(char)
        else:
            kept += filter(_has, unicodedata.normalize("NFKD", char))
    return " ".join("".join(kept).split())


@lru_cache(4_096)
def _has(char: str) -> bool:
    font = _font("Regular", 40)
    return char.isprintable() and bytes(font.getmask(char)) != bytes(font.getmask("\uffff"))


@lru_cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"Caladea-{weight}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache
def _how_it_is_drawn() -> str:
    """A hash of this file and its fonts: a new drawing gets a new ETag by itself."""
    files = [Path(__file__), *sorted(FONTS.glob("*.ttf"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
