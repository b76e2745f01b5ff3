"""What looks like a secret is found, and what a listing usually says is not taken for one."""

from __future__ import annotations

import pytest

from catalog import leaks, loader
from catalog.validation import problems_of
from catalog.yamlfile import Located
from tests import make

A = "AbCdEf0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"sk-{A}{A}", f"sk-proj-{A}{A}", f"use sk-ant-{A}{A} here", f"ghp_{A}{A}{A}", f"AKIA{A.upper()}",
        f"AIza{A}{A}abc", f"xoxb-{A}", f"hf_{A}{A}", f"glpat-{A}{A}", f"https://user:{A}@api.example.com/v1",
        f"eyJ{A}.eyJ{A}.sig", "-----BEGIN RSA PRIVATE KEY-----", f"https://a.example.com/?key=x{A}ZyXwVu987654321qQ",
    ],
)  # fmt: skip
def test_it_is_found_and_not_repeated(text: str) -> None:
    [(where, why)] = leaks.found({"name": "One", "interfaces": [{"url": text}]})
    assert (where, text in why, why != "") == ("/interfaces/0/url", False, True)


@pytest.mark.parametrize(
    "text",
    [
        "OPENAI_API_KEY", "https://api.example.com/v1/very-long-name-of-a-thing-with-2-numbers-and-more", "sk-learn",
        "https://github.com/example/sk-learn-compatible-estimators-for-python-3", "sk-xxxxxxxxxxxxxxxxxxxxxxxx1",
        "https://docs.google.com/document/d/1aBcDeFgHiJ2kLmNoPqRsT3uVwXyZ4567890abCDefGH/edit", "https://[broken",
        f"ghcr.io/example/tool@sha256:{'0123456789abcdef' * 4}", make.DESCRIPTION, "task-management-and-sk-words-1234",
        "https://raw.githubusercontent.com/PagerDuty/api-schema/main/reference/REST/openapiv3.json",
    ],
)  # fmt: skip
def test_what_a_listing_says_is_none(text: str) -> None:
    assert leaks.reason(text) == ""


def test_the_seed_holds_none() -> None:
    assert [
        (one.value["slug"], *found) for one in loader.read(loader.DATA).tools for found in leaks.found(one.value)
    ] == []


def test_a_record_that_holds_one_is_refused_at_each_field_and_the_text_is_not_repeated() -> None:
    key = f"sk-proj-{A}{A}"
    docs = {"kind": "rest", "base_url": f"https://api.example.com/v1?key={key}", "said_by": "docs"}
    record = make.record(tagline=f"Use {key}", interfaces=[docs], links={"docs": f"https://example.com/{key}"})
    found = problems_of(Located(record, "", 0), {"ide-assistants": "coding"})
    told = (
        "looks like a secret key (it begins as a vendor's keys do); what a listing says, everybody can read. Replace it"
        " by a placeholder such as YOUR_API_KEY; if it was real, revoke it"
    )
    assert {one.field: one.message for one in found} == dict.fromkeys(
        ("tagline", "interfaces[0].base_url", "links.docs"), told
    )
