"""Logos: what may come in, and the two plain pictures that are made of it. Nothing of a stranger's file is served.

Refused before a pixel is decoded: by size, by what the first bytes say it is, by the dimensions that it declares, and
where it does not end where it says (a second file behind the first). What passes is drawn anew, so that no metadata,
colour profile or hidden file comes along.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

MIB = 1_048_576
MOST_BYTES = MIB
MOST_SIDE, MOST_PIXELS, LEAST_SIDE = 4_096, 16_000_000, 64
LARGE, SMALL = 256, 128  # edges of what is stored
PNG = b"\x89PNG\r\n\x1a\n"
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error, OverflowError)  # of Pillow
ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})  # JPEG markers without a length


class RefusedLogo(ValueError):
    """A file cannot be a logo; the message says why and what to do, `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Picture:
    """A logo as it is stored: two square PNGs, and how large the file was that they were made of."""

    large: bytes
    small: bytes
    width: int  # pixels
    height: int

    @property
    def sha256(self) -> str:
        """The hash of both."""
        return hashlib.sha256(self.large + self.small).hexdigest()


def accept(data: bytes) -> Picture:
    """Return what is stored of a picture that somebody gave: letterboxed on transparency, without metadata.

    Takes PNG, JPEG, WebP, the first picture of a GIF, and the largest of an ICO. Raises RefusedLogo.
    """
    if len(data) > MOST_BYTES:
        raise RefusedLogo("too_large", f"The file has {len(data) / MIB:.1f} MB and a logo has at most 1 MB. "
                          "Save it smaller, such as 512 by 512 pixels as PNG.")  # fmt: skip
    kind = sniff(data)
    if kind == "ICO":
        data, kind = _largest_icon(data)
    if not _ends_where_it_says(kind, data):
        raise RefusedLogo("not_whole", "The file does not end where the picture in it does: it is cut short, or "
                          "something is attached to it. Save the picture again and send that.")  # fmt: skip
    if kind == "WEBP":
        _check_size(*_webp_size(data))  # Pillow makes room for the whole canvas when it opens one
    try:
        with Image.open(BytesIO(data), formats=[kind]) as opened:
            width, height = opened.size
            _check_size(width, height)
            if kind != "GIF" and getattr(opened, "is_animated", False):
                raise RefusedLogo("animated", "The picture moves, and a logo stands still. Save one picture of it.")
            opened.draft("RGB", (2 * LARGE, 2 * LARGE))  # JPEG only: decodes at a lower size
            large = _square(_plain(opened), LARGE)
    except RefusedLogo:
        raise
    except BOMBS as error:
        raise _too_many_pixels() from error
    except BROKEN as error:
        raise RefusedLogo("broken", "The picture is damaged, so it cannot be read to its end. Save it again, and look "
                          "at it before you send it.") from error  # fmt: skip
    if large.getchannel("A").getextrema()[1] == 0:
        raise RefusedLogo("blank", "There is nothing to see in the picture: all of it is transparent.")
    return Picture(_png(large), _png(large.resize((SMALL, SMALL), Image.Resampling.LANCZOS)), width, height)


def sniff(data: bytes) -> str:
    """Return what the first bytes say a file is: PNG, JPEG, WEBP, GIF, ICO. Raises RefusedLogo for all else."""
    if data.startswith(PNG):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"\x00\x00\x01\x00"):
        return "ICO"
    if not data.strip():
        raise RefusedLogo("empty", "The file is empty. Choose a picture.")
    start = data[:4_096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")) and b"<svg" in data[:MOST_BYTES].lower():
        raise RefusedLogo("svg", "This is an SVG, which can hold scripts and load other files, so none is taken. Save "
                          "the logo as PNG, such as 512 by 512 pixels.")  # fmt: skip
    raise RefusedLogo("unknown_kind", "This is no PNG, JPEG, WebP, GIF or ICO, whatever its name says. Save the logo "
                      "as PNG, such as 512 by 512 pixels.")  # fmt: skip


def _check_size(width: int, height: int) -> None:
    if width > MOST_SIDE or height > MOST_SIDE or width * height > MOST_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < LEAST_SIDE:
        raise RefusedLogo("too_small", f"The picture has {width} by {height} pixels and a logo has at least "
                          f"{LEAST_SIDE} by {LEAST_SIDE}. Send a larger one.")  # fmt: skip


def _too_many_pixels() -> RefusedLogo:
    return RefusedLogo("pixels", f"The picture has more than {MOST_PIXELS:,} pixels, or a side of more than "
                       f"{MOST_SIDE:,}. Save it smaller, such as 512 by 512.")  # fmt: skip


# -- drawn anew ------------------------------------------------------------------------------------------------------


def _plain(opened: Image.Image) -> Image.Image:
    """Return the picture as it is meant to be seen, in RGBA."""
    turned = ImageOps.exif_transpose(opened)  # how a camera was held
    if turned.mode not in {"RGBA", "LA", "PA", "P", "RGB", "L", "1"}:
        turned = turned.convert("RGB")  # CMYK, 16 bits, and others
    return turned.convert("RGBA")


def _square(picture: Image.Image, edge: int) -> Image.Image:
    whole = ImageOps.contain(picture, (edge, edge), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    square.paste(whole, ((edge - whole.width) // 2, (edge - whole.height) // 2))
    return square


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


# -- what files say about themselves ---------------------------------------------------------------------------------


def _largest_icon(data: bytes) -> tuple[bytes, str]:
    """Return the largest picture of an ICO and what it is; one in the old form stays an ICO of one picture."""
    count = min(int.from_bytes(data[4:6], "little"), 64)
    entries = [data[6 + 16 * at : 22 + 16 * at] for at in range(count)]
    whole = [one for one in entries if len(one) == 16]
    if not whole:
        raise RefusedLogo("broken", "The icon holds no picture. Save the logo as PNG.")
    best = max(whole, key=lambda one: ((one[0] or 256) * (one[1] or 256), int.from_bytes(one[6:8], "little")))
    size, at = struct.unpack("<II", best[8:16])
    found = data[at : at + size]
    if found.startswith(PNG):
        return found, "PNG"
    if len(found) != size or size < 40:
        raise RefusedLogo("broken", "The icon is cut short. Save the logo as PNG.")
    width, height = struct.unpack("<ii", found[4:12])
    _check_size(abs(width), abs(height) // 2)  # two pictures lie above each other: colours and mask
    head = b"\x00\x00\x01\x00\x01\x00" + best[:8] + struct.pack("<II", size, 22)
    return head + found, "ICO"


def _ends_where_it_says(kind: str, data: bytes) -> bool:
    """Whether nothing lies behind the picture, and nothing of it lacks."""
    end = {"PNG": _png_end, "JPEG": _jpeg_end, "GIF": _gif_end, "WEBP": _webp_end, "ICO": len}[kind](data)
    return end is not None and not data[end:].strip(b"\x00\r\n")


def _png_end(data: bytes) -> int | None:
    at = len(PNG)
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at if at <= len(data) else None
    return None


def _jpeg_end(data: bytes) -> int | None:
    at = 0
    while 0 <= at < len(data) - 1:
        if data[at] != 0xFF:
            at = data.find(b"\xff", at)  # inside of what a scan holds
            continue
        marker = data[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker in {0x00, 0xFF} or marker in ALONE:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _gif_end(data: bytes) -> int | None:
    at = 13 + _table(data[10:11])
    while at < len(data):
        if data[at] == 0x3B:
            return at + 1
        if data[at] == 0x21:
            at += 2
        elif data[at] == 0x2C:
            at += 10 + _table(data[at + 9 : at + 10]) + 1
        else:
            return None
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    return None


def _table(flags: bytes) -> int:
    """Return the length of the colours that these flags announce."""
    return 3 << (1 + (flags[0] & 7)) if flags and flags[0] & 0x80 else 0


def _webp_end(data: bytes) -> int | None:
    end = 8 + int.from_bytes(data[4:8], "little")
    return end if end <= len(data) else None


def _webp_size(data: bytes) -> tuple[int, int]:
    """Return the width and height that a WebP declares (RFC 9649), (0, 0) where it declares none."""
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        return 0, 0
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF
    return 0, 0
