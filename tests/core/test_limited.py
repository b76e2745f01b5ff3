"""Limits in front of pages: what is told to whom is refused, and that nothing else is refused."""

from __future__ import annotations

import hashlib
import hmac
import re
import signal
import time
import uuid
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from accounts import limits as account_limits
from accounts.models import User
from accounts.privacy import views as privacy_views
from api import limits as api_limits
from catalog import limits as catalog_limits
from core import checks, ratelimit
from core.limited import headers, in_words, limit_header, policy_header
from core.ratelimit import Decision, Limit, take
from featured import counting as featured_counting
from featured import limits as featured_limits
from featured.billing import limits as billing_limits
from submissions import limits as submissions_limits
from tests import make
from tests.core.valkeys import OwnValkey, own_valkey
from verification import limits as verification_limits
from verification.models import Run

__all__ = ["own_valkey"]
pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
WORD = "a long enough word"
MODULES = (
    catalog_limits, featured_counting, verification_limits, submissions_limits, account_limits, privacy_views,
    billing_limits, featured_limits, api_limits,
)  # fmt: skip
LIMITS = [one for module in MODULES for one in vars(module).values() if isinstance(one, Limit)]
LIMITS += account_limits.SECOND_STEPS


@pytest.fixture(autouse=True)
def _as_written(settings: Any) -> Iterator[None]:
    settings.LIMITS_SCALE = 1
    settings.SECRET_KEY = uuid.uuid4().hex  # counts of this test alone
    ratelimit.local.full_at.clear()
    yield
    ratelimit.local.full_at.clear()


def partition(limit: Limit, key: str) -> bytes:
    """Return what stands for a client, worked out anew."""
    secret = hashlib.sha256(f"core.ratelimit{django_settings.SECRET_KEY}".encode()).digest()
    return hmac.digest(secret, f"{limit.name} {key}".encode(), "sha256")[:16]


def use_up(limit: Limit, key: str) -> None:
    """Leave nothing of a limit, now and for an hour: as if somebody asked all the time."""
    with redis.Redis.from_url(django_settings.LIMITS_STORE) as client:
        seconds, _ = client.time()
        client.set(f"limit:{limit.name}:{partition(limit, key).hex()}", f"{(seconds + 3_600) * 10**6}", ex=3_600)


# -- headers and words -------------------------------------------------------------------------------------------------

ONE = Limit("one", 600, 60, "open", "Too much.")
TWO = Limit("two", 5, 86_400, "closed", "Too much.")
PK = "00112233445566778899aabbccddeeff"
PK64 = ":ABEiM0RVZneImaq7zN3u/w==:"


def test_headers_of_what_passed() -> None:
    decisions = [Decision(ONE, True, 599, 0, 0.1, PK), Decision(TWO, True, 0, 0, 86_400.0, PK)]
    assert headers(decisions) == {
        "RateLimit-Policy": f'"one";q=600;w=60;pk={PK64}, "two";q=5;w=86400;pk={PK64}',
        "RateLimit": f'"one";r=599;t=1;pk={PK64}, "two";r=0;t=17280;pk={PK64}',
    }


def test_headers_of_what_is_refused_name_the_longest_wait_rounded_up() -> None:
    decisions = [Decision(ONE, False, 0, 0.02, 60.0, PK), Decision(TWO, False, 0, 17_279.3, 86_399.2, PK)]
    assert headers(decisions) == {
        "RateLimit-Policy": f'"one";q=600;w=60;pk={PK64}, "two";q=5;w=86400;pk={PK64}',
        "RateLimit": f'"one";r=0;t=1;pk={PK64}, "two";r=0;t=17280;pk={PK64}',  # until the next unit is back
        "Retry-After": "17280",
    }
    assert headers(decisions[:1])["Retry-After"] == "1"


def test_headers_tell_no_count_where_nobody_counted() -> None:
    decisions = [Decision(TWO, False, 0, 10.0, 10.0, PK, "nowhere")]
    assert headers(decisions) == {"RateLimit-Policy": f'"two";q=5;w=86400;pk={PK64}', "Retry-After": "10"}


def test_header_values_by_themselves(settings: Any) -> None:
    settings.LIMITS_SCALE = 2
    decisions = [Decision(ONE, True, 7, 0, 12.01, PK)]
    assert policy_header(decisions) == f'"one";q=1200;w=60;pk={PK64}'
    assert limit_header(decisions) == f'"one";r=7;t=13;pk={PK64}'


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 second"),
        (0.2, "1 second"),
        (1.0, "1 second"),
        (1.01, "2 seconds"),
        (119.0, "119 seconds"),
        (119.5, "2 minutes"),
        (121.0, "3 minutes"),
        (7_199.0, "120 minutes"),
        (7_201.0, "3 hours"),
        (172_800.0, "2 days"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


# -- searching ---------------------------------------------------------------------------------------------------------

SEARCH_TOLD = (
    "Your network searched more than 600 times in a minute. This request was not carried out; try again in 1 second."
)


@pytest.fixture
def searched() -> None:
    use_up(catalog_limits.SEARCH, "192.0.2.1")


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize("path", ["/tools/?q=tts", "/tools/?q=&q=tts", "/tools/?q=tts&q=", "/categories/coding/?q=tts"])
def test_who_searched_too_often_gets_a_page_of_ours_that_says_when_to_come_back(client: Client, path: str) -> None:
    make.categories()
    response = client.get(path, REMOTE_ADDR="192.0.2.1")
    assert (response.status_code, response.context["title"]) == (429, "Too many requests")
    assert (response.context["reason"], response.templates[0].name) == (SEARCH_TOLD, "errors/error.html")
    assert f'<p class="read">{SEARCH_TOLD}</p>' in response.content.decode()
    pk = b64encode(partition(catalog_limits.SEARCH, "192.0.2.1")).decode()
    told = {
        name: response.headers.get(name) for name in ("RateLimit-Policy", "RateLimit", "Retry-After", "Cache-Control")
    }
    assert told == {
        "RateLimit-Policy": f'"search";q=600;w=60;pk=:{pk}:',
        "RateLimit": f'"search";r=0;t=1;pk=:{pk}:',
        "Retry-After": "1",
        "Cache-Control": "no-store",
    }


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize(
    "accept", ["application/json", "application/problem+json", "application/json, text/html;q=0.5"]
)
def test_programs_get_a_problem(client: Client, accept: str) -> None:
    response = client.get("/tools/?q=tts", REMOTE_ADDR="192.0.2.1", headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (429, "application/problem+json")
    assert (response.headers["Retry-After"], response.headers["Cache-Control"]) == ("1", "no-store")
    assert response.json() == {
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "title": "Too many requests",
        "status": 429,
        "detail": SEARCH_TOLD,
        "violated-policies": ["search"],
    }


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize(
    "accept", ["*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json;q=0.5, text/html"]
)
def test_people_get_a_page(client: Client, accept: str) -> None:
    response = client.get("/tools/?q=tts", REMOTE_ADDR="192.0.2.1", headers={"Accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (429, "text/html; charset=utf-8")


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize(
    "path", ["/tools/", "/tools/?q=", "/tools/?q=%20", "/tools/?pricing=free", "/", "/suggest?q=tts"]
)
def test_who_searched_too_often_may_still_read(client: Client, path: str) -> None:
    response = client.get(path, REMOTE_ADDR="192.0.2.1")
    assert (response.status_code, response.headers.get("RateLimit")) == (200, None)


@pytest.mark.usefixtures("searched")
@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("192.0.2.1", None, 429),
        ("192.0.2.1", "203.0.113.9", 429),  # no header makes somebody another
        ("::ffff:192.0.2.1", None, 429),
        ("192.0.2.2", None, 200),
        ("203.0.113.9", "192.0.2.1", 200),  # nor can somebody use up what is another's
    ],
)
def test_whose_search_is_refused(client: Client, peer: str, forwarded: str | None, status: int) -> None:
    given = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client.get("/tools/?q=tts", REMOTE_ADDR=peer, headers=given).status_code == status


@pytest.mark.parametrize(("peer", "status"), [("2001:db8:0:1:ffff::2", 429), ("2001:db8:0:2::1", 200)])
def test_a_household_of_ipv6_is_one_client(client: Client, peer: str, status: int) -> None:
    use_up(catalog_limits.SEARCH, "2001:db8:0:1::/64")
    assert client.get("/tools/?q=tts", REMOTE_ADDR=peer).status_code == status


def test_a_search_takes_one_unit_and_a_page_from_memory_none(client: Client, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    path = f"/tools/?q={uuid.uuid4().hex}"
    for _ in range(3):
        response = client.get(path, REMOTE_ADDR="192.0.2.1")
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "public, max-age=30")
        assert {name for name in response.headers if name.startswith(("RateLimit", "Retry"))} == set()
    assert take(catalog_limits.SEARCH, "192.0.2.1", 0).remaining == 599


def test_a_refusal_is_not_kept_for_others(client: Client, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    use_up(catalog_limits.SEARCH, "192.0.2.1")
    path = f"/tools/?q={uuid.uuid4().hex}"
    answers = [client.get(path, REMOTE_ADDR=peer).status_code for peer in ("192.0.2.1", "192.0.2.2")]
    assert answers == [429, 200]


@pytest.mark.parametrize("path", ["/suggest?q=tts", "/suggest?q=tts&format=opensearch"])
def test_suggestions_are_refused_as_json(client: Client, path: str) -> None:
    use_up(catalog_limits.SUGGEST, "192.0.2.1")
    response = client.get(path, REMOTE_ADDR="192.0.2.1", headers={"Accept": "*/*"})
    assert (response.status_code, response.headers["Content-Type"]) == (429, "application/problem+json")
    assert response.json()["detail"] == (
        "Your network asked for suggestions more than 1,200 times in a minute."
        " This request was not carried out; try again in 1 second."
    )
    assert client.get("/tools/?q=tts", REMOTE_ADDR="192.0.2.1").status_code == 200


# -- changing something ------------------------------------------------------------------------------------------------


def staff(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser(email, WORD))
    return client


def test_verifications_are_limited_by_account() -> None:
    tool, ada, bob = make.tool(), staff("ada@example.com"), staff("bob@example.com")
    use_up(verification_limits.START, f"account {User.objects.get(email='ada@example.com').pk}")
    path = f"/tools/{tool.slug}/verification/start/"
    refused = ada.post(path)
    assert (refused.status_code, Run.objects.count()) == (429, 0)
    assert refused.context["reason"] == (
        "You asked for more than 60 verifications in an hour."
        " This request was not carried out; try again in 60 seconds."
    )
    assert (bob.post(path).status_code, Run.objects.count()) == (302, 1)


def test_answers_to_mailed_links_are_limited_by_network(client: Client) -> None:
    use_up(verification_limits.CONFIRM, "192.0.2.1")
    path = "/ownership/no-such/link/"
    seen = [("GET", "192.0.2.1"), ("POST", "192.0.2.1"), ("POST", "192.0.2.2")]
    assert [client.generic(method, path, REMOTE_ADDR=peer).status_code for method, peer in seen] == [404, 429, 404]


# -- without Valkey ----------------------------------------------------------------------------------------------------

DOWN = (
    "Before anybody may sign in or change something, this site counts how often that is tried, and what it counts with"
    " does not answer just now. Nothing was changed. Try again in 10 seconds."
)


def test_with_valkey_killed_reads_go_on_and_changes_wait(own_valkey: OwnValkey) -> None:
    tool, ada = make.tool(), staff("ada@example.com")
    own_valkey.signal(signal.SIGKILL)
    assert [ada.get(path).status_code for path in ("/tools/?q=tts", "/suggest?q=tts", "/")] == [200] * 3
    path = f"/tools/{tool.slug}/verification/start/"
    for refused in (ada.post(path), Client().post("/account/sign-in/", {"login": "ada@example.com", "password": WORD})):
        assert (refused.status_code, refused.context["title"], refused.context["reason"]) == (
            503,
            "Not possible just now",
            DOWN,
        )
        assert (refused.headers["Retry-After"], refused.headers["Cache-Control"].split(",")[0]) == ("10", "no-store")
        assert "RateLimit" not in refused.headers
    assert Run.objects.count() == 0
    assert ada.post(path, headers={"Accept": "application/json"}).json() == {
        "type": "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
        "title": "Not possible just now",
        "status": 503,
        "detail": DOWN,
    }
    own_valkey.start()
    time.sleep(ratelimit.LEFT_ALONE + 0.05)
    assert (ada.post(path).status_code, Run.objects.count()) == (302, 1)


def test_with_valkey_killed_reads_are_limited_by_each_process(own_valkey: OwnValkey, client: Client) -> None:
    own_valkey.signal(signal.SIGKILL)
    take(catalog_limits.SEARCH, "192.0.2.1", 600)
    for name in ratelimit.local.full_at:
        ratelimit.local.full_at[name] += 3_600 * 10**6
    answers = [client.get("/tools/?q=tts", REMOTE_ADDR=peer).status_code for peer in ("192.0.2.1", "192.0.2.2")]
    assert answers == [429, 200]


# -- what is written of it ---------------------------------------------------------------------------------------------


def test_the_documentation_lists_every_limit() -> None:
    text = (ROOT / "docs" / "limits.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \|[^|]*\| ([\d,]+) in ([\d,]+) s \|[^|]*\| (\w+) \|", text, re.M)
    assert sorted(rows) == sorted((one.name, f"{one.quota:,}", f"{one.window:,}", one.when_down) for one in LIMITS)
    assert len({one.name for one in LIMITS}) == len(LIMITS)


def test_the_deployment_check_warns_where_nothing_counts_for_all(settings: Any) -> None:
    assert checks.limits_are_shared() == []
    settings.LIMITS_STORE = ""
    assert [one.id for one in checks.limits_are_shared()] == ["core.W001"]
