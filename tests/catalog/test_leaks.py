"""What looks like a secret is found, and what a listing usually says is not taken for one."""

from __future__ import annotations

import time

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
        f"sk-{'0a1b2c3d' * 4}", f"see: https://bob:{A}@db.example.com/x",
        "Authorization: Bearer 9xKq2LmN8vRt4ZwY7bHc3JdF6gPs1QaU",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----", f"https://hooks.slack.com/services/T0AB/B0AB/{A}{A}", f"xai-{A * 3}",
        f"https://docs.google.com/ and my key {A}/{A[::-1]}",
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
        "https://www.notion.so/acme/API-Guide-8c1D2E3f4A5b6C7d8E9f0A1b2C3d4E5f", "AKIAIOSFODNN7EXAMPLE",
        "https://colab.research.google.com/drive/1aBcDeFgHiJ2kLmNoPqRsT3uVwXyZ4567", "https://user:{password}@a.example.com",
        "See https://www.youtube.com/playlist?list=PLZHQObOWTQDNU6R167000Dx_ZCJB3piabc", "user:YOUR_PASSWORD@",
        "AzureOpenAIServiceGPT4o2024Preview08Deployment", "Meta_Llama_3_1_405B_Instruct_FP8_Quantized_2024",
        "https://sk-hynix-semiconductors2024_datasheet_big.example/", "sk-toolkit_for_enterprises_2024",
        "https://ipfs.io/ipfs/QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKJ5Aq", "postgres://user:password@localhost/db",
        "https://user:YOUR_PASSWORD@a.example.com", "https://user:$PASSWORD@a.example.com", "redis://:<secret>@a.example",
        "0x742d35Cc6634C0532925a3b844Bc9e7595f2bD18", "key: https://a.example.com/a-page-about-keys-and-tokens-2024",
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


def test_it_takes_a_time_that_grows_with_the_text() -> None:
    for text in ("sk-" * 20_000, "key " * 20_000, "https://a:" * 8_000, "A1b" * 30_000, "eyJaaaaaaaaaaa-" * 5_000):
        begun = time.process_time()
        leaks.reason(text)
        assert time.process_time() - begun < 1, text[:10]
