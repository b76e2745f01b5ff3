"""dns-txt against a real name server on loopback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from accounts.models import User
from tests.core.safehttp.world import name_server
from tests.verification.ownership.conftest import World, begin, check, publish, record, said
from verification.models import OwnershipClaim
from verification.ownership import asking
from verification.ownership.methods import dns_txt

pytestmark = pytest.mark.django_db
OWN = "_ai-apps-challenge.acme.example"


def test_a_record_proves_the_domain_and_what_was_seen_is_kept_without_the_token(world: World, ann: User) -> None:
    begun = begin(ann)
    assert said(begun) == ("fail", "missing", "pending")
    world.txt(OWN, record(begun))
    assert said(begun) == ("pass", "found", "verified")
    claim = OwnershipClaim.objects.get()
    (server,) = claim.evidence["seen"]["servers"]
    assert server["records"] == [f"v=1; t={begun.token[:4]}…"]
    assert (claim.scope, claim.name, claim.evidence["code"]) == ("domain", "acme.example", "found")
    assert begun.token not in str(vars(claim)) + str(vars(begun.challenge))


def test_the_domain_itself_may_carry_it_beside_the_records_of_others(world: World, ann: User) -> None:
    begun = begin(ann)
    world.txt("acme.example", "v=spf1 -all", "google-site-verification=abc", "v=1; t=short", "v=1;;=;t", record(begun))
    assert said(begun) == ("pass", "found", "verified")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('"v=1; t={a}" ', "found"),
        ('"v=1;t={a};"', "found"),
        ('"t={a}; v=1"', "found"),
        ('"v=1; t={first}" "{rest}"', "found"),  # several strings are one
        ('"v=1; t={a}a"', "missing"),
        ('"v=1; t=a{a}"', "missing"),
        ('"v=1; t={first}"', "missing"),
        ('"v=1; t={upper}"', "missing"),
        ('"v=2; t={a}"', "missing"),
        ('"t={a}"', "missing"),
        ('"{a}"', "missing"),
        ('"v=1; t={other}"', "other_token"),
    ],
)
def test_spellings(world: World, ann: User, written: str, code: str) -> None:
    begun = begin(ann)
    a = begun.token
    values = {"a": a, "first": a[:20], "rest": a[20:], "upper": a.upper(), "other": "0" * 32}
    world.zone[OWN, "TXT"] = (written.format(**values).strip(),)
    assert check(begun).code == code


def test_an_alias_is_followed_to_the_zone_it_delegates_to(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone[OWN, "TXT"] = "CNAME proofs.elsewhere.example"
    world.txt("proofs.elsewhere.example", record(begun))
    assert said(begun) == ("pass", "found", "verified")


def test_an_alias_that_leads_nowhere_is_missing(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone[OWN, "TXT"] = "CNAME gone.elsewhere.example"
    world.zone["gone.elsewhere.example", "TXT"] = "NXDOMAIN"
    assert said(begun) == ("fail", "missing", "pending")


def test_a_wildcard_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann)
    world.txt("*.acme.example", record(begun))
    assert said(begun) == ("fail", "wildcard_dns", "pending")


def test_a_wildcard_that_is_an_alias_to_a_customer_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = "CNAME customer.host.example"
    world.txt("customer.host.example", record(begun))
    assert said(begun) == ("fail", "wildcard_dns", "pending")


@pytest.mark.parametrize("then", [('"nothing"',), "NXDOMAIN", ()])
def test_a_customer_whose_name_server_answers_twice_differently_proves_nothing(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch, then: Any
) -> None:
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = "CNAME customer.host.example"
    world.txt("customer.host.example", record(begun))
    ask = dns_txt._ask

    def once(*arguments: Any) -> Any:
        answer = ask(*arguments)
        world.zone["customer.host.example", "TXT"] = then
        return answer

    monkeypatch.setattr(dns_txt, "_ask", once)
    assert said(begun) == ("fail", "wildcard_dns", "pending")


def test_an_alias_of_its_own_counts_beside_a_wildcard_that_leads_elsewhere(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = "CNAME acme.example"
    world.zone[OWN, "TXT"] = "CNAME proofs.elsewhere.example"
    world.txt("proofs.elsewhere.example", record(begun))
    assert said(begun) == ("pass", "found", "verified")


def test_a_domain_that_is_an_alias_itself_is_not_proved_by_where_it_leads(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone["acme.example", "TXT"] = "CNAME customer.host.example"
    world.txt("customer.host.example", record(begun))
    assert said(begun) == ("fail", "missing", "pending")


def test_a_wildcard_of_others_does_not_hide_the_own_record(world: World, ann: User) -> None:
    begun = begin(ann)
    world.txt("*.acme.example", "v=spf1 -all")
    world.txt(OWN, record(begun))
    assert said(begun) == ("pass", "found", "verified")


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "TIMEOUT"])
def test_a_name_server_in_trouble_is_inconclusive(
    world: World, ann: User, rcode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_txt, "SECONDS", 0.3)
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = world.zone["acme.example", "TXT"] = rcode
    assert said(begun) == ("inconclusive", "dns_unanswered", "pending")


def test_a_record_is_not_believed_while_a_wildcard_cannot_be_excluded(world: World, ann: User) -> None:
    begun = begin(ann)
    world.txt(OWN, record(begun))
    world.zone["*.acme.example", "TXT"] = "SERVFAIL"
    assert said(begun) == ("inconclusive", "dns_unanswered", "pending")


def test_a_domain_that_does_not_exist_has_no_token(world: World, ann: User) -> None:
    begun = begin(ann)
    world.zone["*.acme.example", "TXT"] = world.zone["acme.example", "TXT"] = "NXDOMAIN"
    assert said(begun) == ("fail", "missing", "pending")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["yes", "yes"], ("pass", "found", "verified")),
        (["yes", "no"], ("inconclusive", "resolvers_disagree", "pending")),
        (["no", "no"], ("fail", "missing", "pending")),
        (["yes", "SERVFAIL"], ("inconclusive", "dns_unanswered", "pending")),
        (["yes", "yes", "SERVFAIL"], ("pass", "found", "verified")),
        (["yes", "no", "SERVFAIL"], ("inconclusive", "resolvers_disagree", "pending")),
        (["no", "no", "SERVFAIL"], ("fail", "missing", "pending")),
        (["yes", "wild"], ("fail", "wildcard_dns", "pending")),
        (["yes", "yes", "no"], ("inconclusive", "resolvers_disagree", "pending")),
    ],
)
def test_of_several_name_servers_two_must_agree(
    world: World, ann: User, settings: Any, answers: list[str], expected: tuple[str, str, str]
) -> None:
    begun = begin(ann)

    def zone(answer: str) -> Any:
        def says(name: str, kind: str) -> Sequence[str] | str:
            if answer == "SERVFAIL":
                return "SERVFAIL"
            wanted = name.endswith(".acme.example") if answer == "wild" else name == OWN
            return [f'"{record(begun)}"'] if answer != "no" and wanted else []

        return says

    with name_server(zone(answers[0])) as a, name_server(zone(answers[1])) as b, name_server(zone(answers[-1])) as c:
        settings.OWNERSHIP_RESOLVERS = [f"127.0.0.1:{one.port}" for one in (a, b, c)[: len(answers)]]
        assert said(begun) == expected


def test_a_subdomain_is_proved_by_its_own_record_only(world: World, ann: User) -> None:
    begun = begin(ann, "docs.acme.example")
    world.txt(OWN, record(begun))
    world.txt("acme.example", record(begun))
    assert said(begun) == ("fail", "missing", "pending")
    publish(world, begun)
    assert said(begun) == ("pass", "found", "verified")


def test_a_wildcard_above_a_subdomain_does_not_prove_it(world: World, ann: User) -> None:
    begun = begin(ann, "app.acme.example")
    assert "itself" not in begun.instructions
    world.zone["*.acme.example", "TXT"] = "CNAME customer.host.example"
    world.txt("customer.host.example", record(begun))
    assert said(begun) == ("fail", "wildcard_dns", "pending")
    world.zone.clear()
    world.txt("app.acme.example", record(begun))  # so might a wildcard answer
    assert said(begun) == ("fail", "missing", "pending")


def test_nothing_goes_out_while_probes_are_off(world: World, ann: User, settings: Any) -> None:
    begun = begin(ann)
    settings.PROBES_ENABLED = False
    assert said(begun) == ("inconclusive", "probes_disabled", "pending")


def test_what_is_shown_of_a_record_is_cut_after_its_secrets_are_taken_out() -> None:
    secret = f"sk-ant-{'a1b2c3d4' * 6}"
    before = "x" * (asking.SHOWN - 20)
    assert asking.shown(f"{before} {secret}") == f"{before} [redacted]"
