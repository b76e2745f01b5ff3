"""Rules of the site's steps as tables: certificates, security.txt, parked domains, links of a home page."""

from __future__ import annotations

import re

import pytest

from core.safehttp import Answer, Hop
from verification.context import Context
from verification.contract import Listing, Outcome, Subject
from verification.reading import documents, html, parked_signals, securitytxt
from verification.steps import home as home_step
from verification.steps import registry
from verification.steps.tls import expires_soon
from verification.verdicts import Verdict

HOUR, DAY = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("lifetime", "remaining", "soon"),
    [
        (160 * HOUR, 100 * HOUR, False),  # a fixed "7 days left" would flag it for its whole life
        (160 * HOUR, 24.5 * HOUR, False),
        (160 * HOUR, 23.5 * HOUR, True),
        (20 * DAY, 49 * HOUR, False),
        (20 * DAY, 47 * HOUR, True),
        (90 * DAY, 7.1 * DAY, False),
        (90 * DAY, 6.9 * DAY, True),
        (398 * DAY, 30 * DAY, False),
        (398 * DAY, 6 * DAY, True),
    ],
)
def test_a_certificate_is_late_by_its_own_lifetime(lifetime: float, remaining: float, soon: bool) -> None:
    assert expires_soon(lifetime, remaining) is soon


class Told(Context):
    """A context whose every request gets one answer."""

    told = Answer("https://a.example/robots.txt", "tls", "certificate_invalid", "The certificate was refused.")

    def fetch(self, url: str, **_options: object) -> Answer:
        """Return it."""
        return self.told


def test_a_certificate_that_is_refused_for_another_reason() -> None:
    context = Told(registry()["tls"], Listing("a", "A", "https://a.example/"), Subject("https://a.example/"))
    outcome = context.step.check(context)
    assert (outcome.code, str(outcome.verdict), outcome.soft) == ("invalid", "fail", False)


@pytest.mark.parametrize(
    ("text", "contacts", "expires", "signed"),
    [
        ("Contact: mailto:a@b.example\nExpires: 2030-01-02T03:04:05Z", ["mailto:a@b.example"], "2030-01-02", False),
        ("# comment\r\ncontact: https://a.example/\r\nEXPIRES: 2030-01-02T03:04:05+02:00", ["https://a.example/"],
         "2030-01-02", False),
        ("Contact: a@b.example\nExpires: 2030-01-02", [], None, False),
        ("Contact: tel:+1-201-555-0123\nContact: http://a.example\nExpires: soon",
         ["tel:+1-201-555-0123"], None, False),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nContact: mailto:a@b.example\n-----BEGIN PGP SIGNATURE-----\nExpires: "
         "2030-01-02T03:04:05Z", ["mailto:a@b.example"], None, True),
        ("\ufeffContact: mailto:a@b.example", ["mailto:a@b.example"], None, False),
    ],
)  # fmt: skip
def test_security_txt(text: str, contacts: list[str], expires: str | None, signed: bool) -> None:
    found = securitytxt.parse(text)
    assert found is not None
    day = f"{found.expires:%Y-%m-%d}" if found.expires else None
    assert (found.contacts, day, found.signed) == (contacts, expires, signed)


@pytest.mark.parametrize("text", ["", "hello", "<html>", "Foo: bar", "contact", "Contact:"])
def test_what_is_no_security_txt(text: str) -> None:
    assert securitytxt.parse(text) is None


@pytest.mark.parametrize(
    ("title", "text", "words", "phrase"),
    [
        ("a.example", "This domain is for sale!", 5, "domain is for sale"),
        ("Buy this domain", "", 3, "Buy this domain"),
        ("", "The domain name may be for sale", 7, "domain name may be for sale"),
        ("", "Diese Domain steht zum Verkauf", 5, "Diese Domain steht zum Verkauf"),
        ("", "This domain is for sale!", 301, ""),
        ("", "We sell domain expertise", 4, ""),
    ],
)
def test_phrases_of_parked_domains(title: str, text: str, words: int, phrase: str) -> None:
    assert parked_signals.phrase(title, text, words) == phrase


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.hugedomains.com/x", "www.hugedomains.com"),
        ("https://img.sedoparking.com/a.js", "img.sedoparking.com"),
        ("https://forsale.godaddy.com/", "forsale.godaddy.com"), ("https://www.godaddy.com/", ""),
        ("https://notsedo.com/", ""), ("https://sedo.com.example/", ""), ("mailto:a@sedo.com", ""), ("", ""),
    ],
)  # fmt: skip
def test_hosts_of_parking_services(address: str, host: str) -> None:
    assert parked_signals.parking_host([address]) == host


def test_name_servers_of_parking_services() -> None:
    assert parked_signals.parking_name(["ns1.registrar.example.", "NS2.Bodis.com."]) == "ns2.bodis.com"
    assert parked_signals.parking_name(["ns1.registrar.example."]) == ""


LINKS = [
    {"href": "https://a.example/#pricing", "text": "Pricing"},
    {"href": "https://a.example/blog/privacy-matters", "text": "Our blog"},
    {"href": "https://a.example/legal/privacy", "text": "Privacy Policy"},
    {"href": "https://a.example/preise", "text": "Preise"},
    {"href": "mailto:privacy@a.example", "text": "Privacy mail"},
    {"href": "https://a.example/legal/terms-of-use", "text": "Legal"},
    {"href": "https://a.example/support", "text": ""},
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (documents.PRIVACY, "https://a.example/legal/privacy"),
        (documents.TERMS, "https://a.example/legal/terms-of-use"),
        (documents.PRICING, "https://a.example/preise"),
        (documents.CONTACT, "https://a.example/support"),
        (re.compile("nowhere"), ""),
    ],
)
def test_links_are_found_by_their_text_before_their_path(wanted: re.Pattern[str], found: str) -> None:
    assert documents.find(LINKS, wanted, "https://a.example/") == found


@pytest.mark.parametrize(
    ("signs", "service", "code", "verdict"),
    [
        ({}, False, "same_page", "warn"),
        ({"parking_phrase": "buy this domain"}, False, "one_sign", "warn"),  # a shop for names says so on one page
        ({"parking_part": "img.sedoparking.com"}, False, "parked", "fail"),
        ({"parking_phrase": "buy this domain", "parking_part": "img.sedoparking.com"}, False, "parked", "fail"),
        ({"parking_phrase": "buy this domain"}, True, "parked", "fail"),
    ],
)
def test_words_of_a_parked_domain_accuse_nobody_without_a_parking_service(
    signs: dict[str, str], service: bool, code: str, verdict: str
) -> None:
    page = html.read("<title>Names</title><p>Short names for your project. Buy this domain.</p>", "https://a.example/")
    home = {
        **home_step.facts(page, "https://a.example/"),
        "final_url": "https://a.example/", "other_assets": 3, "parking_phrase": "", "parking_part": "", **signs,
    }  # fmt: skip
    earlier = {
        "home": Outcome(Verdict.PASS, "answers", "", home),
        "dns": Outcome(Verdict.PASS, "resolves", "", {"ns": ["ns1.bodis.com."] if service else []}),
    }
    subject = Subject("https://a.example/")
    context = Told(registry()["parked"], Listing("a", "A", subject.address), subject, earlier=earlier)
    context.told = Answer(
        "https://a.example/x", "ok", "200", "", body=b"<p>Short names for your project. Buy this domain.</p>",
        hops=(Hop("GET", "https://a.example/x", (), "", (), 200, (("Content-Type", "text/html"),)),),
    )  # fmt: skip
    outcome = context.step.check(context)
    assert (outcome.code, str(outcome.verdict)) == (code, verdict)
