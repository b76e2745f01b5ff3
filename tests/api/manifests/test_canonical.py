"""Canonical JSON as RFC 8785 has it, held against what JavaScript writes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.manifests.canonical import GREATEST, canonical, sha256

TEXTS = some.text(some.characters(exclude_categories=["Cs"]))
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-GREATEST, GREATEST) | TEXTS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def test_the_keys_of_the_rfc_come_in_the_order_of_the_rfc() -> None:
    keys = {
        "\u20ac": "Euro",
        "\r": "CR",
        "\ufb33": "Dalet",
        "1": "One",
        "\U0001f600": "Smile",
        "\u0080": "C",
        "\u00f6": "O",
    }
    written = json.loads(canonical(keys), object_pairs_hook=list)
    assert [value for _, value in written] == ["CR", "One", "C", "O", "Euro", "Smile", "Dalet"]  # section 3.2.3


def test_the_texts_of_the_rfc_are_written_as_in_the_rfc() -> None:
    said = {"string": '\u20ac$\u000f\u000aA\'B"\\\\"/', "literals": [None, True, False]}
    expected = b'{"literals":[null,true,false],"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'  # section 3.2.2
    assert (canonical(said), sha256(expected)) == (expected, hashlib.sha256(expected).hexdigest())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1.5, "1.5 is no whole number: write it as a decimal text."),
        ([float("nan")], "nan is no whole number: write it as a decimal text."),
        (2**53, "9007199254740992 is more than programs can read exactly: write it as a text."),
        ("\ud800", "A text holds half of a character (a lone surrogate)."),
        ({"\ud800": 1}, "A text holds half of a character (a lone surrogate)."),
        ({1: 2}, "Keys of an object have to be texts."),
        ({"a": b"b"}, "bytes has no form in JSON."),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        canonical(value)


@given(VALUES)
def test_it_reads_back_and_writes_the_same_again(value: Any) -> None:
    assert (json.loads(canonical(value)), canonical(json.loads(canonical(value)))) == (value, canonical(value))


@given(
    some.recursive(
        some.none() | some.booleans() | some.integers(-GREATEST, GREATEST) | TEXTS,
        lambda inner: some.lists(inner) | some.dictionaries(some.text(some.characters(max_codepoint=0x7F)), inner),
        max_leaves=12,
    )
)
def test_what_is_written_the_quick_way_has_the_same_bytes(value: Any) -> None:
    slow = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert canonical(value) == slow


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")
def test_javascript_writes_the_same_bytes() -> None:
    value = {"b": ["\u2028", "\x7f", "\x1f", "é", "\U0001f600", "</script>"], "a": {"\U0001f600": 1, "\ufb33": -2}}
    program = (
        "const order = (v) => Array.isArray(v) ? v.map(order) : v && typeof v === 'object'"
        " ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, order(v[k])])) : v;"
        "process.stdout.write(JSON.stringify(order(JSON.parse(process.argv[1]))));"
    )
    written = subprocess.run(["node", "-e", program, json.dumps(value)], check=True, capture_output=True).stdout
    assert canonical(value) == written
