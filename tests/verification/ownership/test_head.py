"""Reading the head of a page: what a browser takes for a tag of the head, and nothing else."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.ownership.head import metas

META = '<meta name="a" content="b">'


def read(page: str) -> list[tuple[str | None, str | None]]:
    return [(one.get("name"), one.get("content")) for one in metas(page)]


@pytest.mark.parametrize(
    "page",
    [
        f"<!doctype html><html><head>{META}</head><body>",
        f"\ufeff<!DOCTYPE html>\n<HTML lang=en>\n<HEAD>\n<TITLE>x</TITLE>{META}",
        META,  # html and head may be left out
        '<head><META NAME="a" CONTENT="b"/>',
        "<head><meta name=a content=b>",
        "<head><meta content='b' name='a'>",
        '<head><meta name = "a"\n content\t=\n"b" data-x>',
        '<head><meta name="a" name="c" content="b" content="d">',
        f"<head><!-- a comment -->{META}",
        f"<head><!--> -->{META}".replace(" -->", ""),
        f"<head><!---->{META}",
        f"<head><!-- x --!>{META}",
        f"<head><?xml a?><!x>{META}",
        f"<head><script>if (a < b) {{ document.write('<body>') }}</script>{META}",
        f"<head><script><!-- old -->\n</script>{META}",
        f"<head><style>a > b {{}}</style><link rel=x><base href=/>{META}",
        f'<head><noscript><img src="x"></noscript>{META}',
        f"<head><title></head><body></title>{META}",
        f'<head><meta data-x="> <body>">{META}',
    ],
)
def test_tags_of_the_head(page: str) -> None:
    assert read(page)[-1] == ("a", "b")


@pytest.mark.parametrize(
    "page",
    [
        f"<head><!-- {META} -->",
        f"<head><!-- {META}",
        f"<head><!-- x -- > {META} -->",  # no end of a comment in a browser; one for Python
        f"<head><!-- <!-- --{META}>",
        f"<head><noscript>{META}</noscript>",
        f"<head><noscript><!-- </noscript>{META} -->",
        f"<head><script>{META}</script>",
        f"<head><script>{META}",
        f"<head><script><!-- <script> </script>{META}</script> -->",
        f"<head><style>{META}</style>",
        f"<head><title>{META}</title>",
        f"<head><template>{META}</template>",
        f"<head><template></template>{META}",
        f"<head></head>{META}",
        f"<head><body>{META}",
        f"<head><div>{META}</div>",
        f"<head>text{META}",
        f"text{META}",
        f"<head></body>{META}",
        f"<head><svg>{META}",
        f"<head><textarea>{META}</textarea>",
        f"<head><iframe>{META}</iframe>",
        f'<head><link title="{META.replace(chr(34), chr(39))}">',
        f"<head><link title='{META}",
        f'<head><link a="> {META}',
        f'<head><link x"> <!-- "> {META} -->',
        "<head><meta name=a content=b",
        f"<head><!x {META}"[:-1],
        f"<head>&lt;{META[1:]}",
        f"<head>\x0b{META}",
    ],
)
def test_what_only_looks_like_one(page: str) -> None:
    assert ("a", "b") not in read(page)


@given(st.text(alphabet="<>!-/=\"' \nabmethdscripbody", max_size=200))
def test_no_text_raises(page: str) -> None:
    assert all(isinstance(one, dict) for one in metas(page))


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<meta ", '<meta a="', "<script>", "<meta a b c", "<!", "</", "<meta>", "a=", '"', "<noscript>"],
)
def test_time_is_in_proportion_to_the_length(piece: str) -> None:
    page = (piece * 65_536)[:65_536]
    since = time.process_time()
    list(metas(page))
    assert time.process_time() - since < 1.0
