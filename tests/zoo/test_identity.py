"""Still up, but is it the same product? Redesigns ask nobody, replaced and parked sites ask a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.verification.drift_rows import home
from tests.zoo.animal import Animal, Reply, Request, page
from tests.zoo.server import Zoo
from tests.zoo.sites import redirect
from verification.contract import Listing
from verification.identity import drift, names, services
from verification.identity.drift import compare, fingerprint
from verification.inline import run_inline

HOST = "lantern-site.example"
NAME, VENDOR = "Paper Lantern", "Lantern Works"
ICO, OTHER_ICO = b"\x00\x00\x01\x00one", b"\x00\x00\x01\x00two"
OLD = (
    "Your documents stay on your own machine. Scan a page, press one key, and a calm voice reads it to "
    "you in the language it was written in. Teachers use it in class, and people with weak eyes use it at "
    "home. "
)
NEW = (
    "Meet the assistant for the paper on your desk. Photograph letters with your phone; summaries, "
    "reminders and spoken versions appear within seconds. Schools, clinics and councils in forty towns "
    "rely on it daily. "
)
CASINO = (
    "Spin the wheel and win big tonight. Hundreds of slots, live dealers around the clock and a welcome "
    "bonus for every new player. Deposit with card or coin, withdraw in minutes, play responsibly, over "
    "eighteen only. "
)
FOR_SALE = page("paperlantern.example is for sale", "This domain is for sale. Buy this domain: paperlantern.example.")
WALL = Reply(200, b"<!doctype html><title>Just a moment...</title><script>window._cf_chl_opt={}</script>"
                  b'<div id="challenge-running"></div>', headers=(("cf-mitigated", "challenge"),))  # fmt: skip
SCRIPT = Reply(body=b'<!doctype html><title>App</title><div id="root"></div><script src="/m.js"></script>')
Look = Callable[..., dict[str, Any] | None]


def site(title: str, *texts: str, foot: str = "") -> Reply:
    return Reply(body=page(title, *texts, links={foot: "/about"} if foot else None))


BEFORE = site("Paper Lantern: papers read aloud", OLD, "Made by Lantern Works.")


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    """Serve one page and icon at one host, and return what it is known by: `look(reply, icon=…)`."""
    served: dict[str, Any] = {}

    def serve(request: Request) -> Reply:
        if request.path == "/favicon.ico":
            return Reply(body=served["icon"], type="image/x-icon") if served["icon"] else Reply(404)
        return served["reply"] if request.path == "/" else Reply(404)

    elsewhere = Animal("lantern_elsewhere", "", (), lambda _request: served["there"])
    animals = {"here": Animal("lantern_site", "", (), serve), "there": elsewhere}

    with Zoo(animals, tmp_path_factory.mktemp("identity")) as zoo:

        def read(reply: Reply, *, icon: bytes = ICO, there: Reply = BEFORE) -> dict[str, Any] | None:
            served.update(reply=reply, icon=icon, there=there)
            done = run_inline(Listing("x", NAME, f"https://{HOST}/"), keys={*services.STEPS}, policy=zoo.policy())
            return fingerprint(NAME, VENDOR, {one.key: (one.outcome.code, one.outcome.detail) for one in done})

        yield read


def known(found: dict[str, Any] | None) -> dict[str, Any]:
    assert found is not None
    return found


MOVED = redirect("https://lantern-elsewhere.example/")
REDESIGNS = {
    "new_text_and_title": (site("Every paper, spoken", NEW, foot="© Lantern Works"), ICO, BEFORE),
    "new_everything_but_the_name": (site("Paper Lantern 2", NEW), OTHER_ICO, BEFORE),
    "a_new_paragraph": (site("Paper Lantern", OLD, "Made by Lantern Works.", "New: for tablets too."), ICO, BEFORE),
    "name_in_one_word": (site("PaperLantern", NEW), b"", BEFORE),
    "a_new_domain": (MOVED, ICO, BEFORE),
}  # fmt: skip
OTHERS = {
    "a_casino": (site("Lucky Slots", CASINO), OTHER_ICO, BEFORE),
    "a_casino_that_kept_the_icon": (site("Lucky Slots", CASINO), ICO, BEFORE),
    "for_sale": (Reply(body=FOR_SALE), b"", BEFORE),
    "parked_with_script": (Reply(body=page("lantern-site.example", "Related searches", head=(
        '<script src="https://img.sedoparking.com/lander.js"></script>'))), b"", BEFORE),
    "sold_to_a_market": (MOVED, b"", Reply(body=page("Domains", "This domain is for sale."))),
    "another_product_elsewhere": (MOVED, ICO, site("Lucky Slots", CASINO)),
}  # fmt: skip


@pytest.mark.parametrize("name", REDESIGNS)
def test_a_redesign_with_the_name_still_there_asks_nobody(look: Look, name: str) -> None:
    old, new = known(look(BEFORE)), REDESIGNS[name]
    moved = compare(old, known(look(new[0], icon=new[1], there=new[2])))
    assert not moved.opens, moved


@pytest.mark.parametrize("name", OTHERS)
def test_a_replaced_or_parked_site_asks_a_person(look: Look, name: str) -> None:
    old, new = known(look(BEFORE)), OTHERS[name]
    moved = compare(old, known(look(new[0], icon=new[1], there=new[2])))
    assert moved.opens, moved


@pytest.mark.parametrize("reply", [WALL, SCRIPT, Reply(body=b""), Reply(403), Reply(500), Reply(401), Reply(404)])
def test_a_page_that_cannot_be_read_is_no_print(look: Look, reply: Reply) -> None:
    assert look(reply) is None


def test_the_same_page_again_has_not_moved(look: Look) -> None:
    first, second = known(look(BEFORE)), known(look(BEFORE))
    assert (first["domain"], first["brand"], first["issuer"]) == (HOST, True, "trusted")
    assert compare(first, second) == drift.Drift(0, ())


PLAIN = {"domain": "a.example", "title": "Some Words", "text": "", "brand": True, "simhash": "0" * 16, "icon": "a",
         "issuer": "trusted", "parked": False}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "signals"),
    [
        ({"domain": "b.example"}, [("domain", 40)]),
        ({"brand": False}, [("brand", 45)]),
        ({"simhash": "0" * 14 + "03"}, []),
        ({"simhash": "0" * 12 + "ffff"}, [("text", 9)]),
        ({"simhash": "f" * 16}, [("text", 20)]),
        ({"simhash": ""}, [("text", 20)]),
        ({"icon": "b"}, [("icon", 15)]),
        ({"icon": ""}, [("icon", 15)]),
        ({"icon": None}, []),
        ({"issuer": "untrusted"}, [("issuer", 20)]),
        ({"issuer": "parking"}, [("issuer_parking", 40)]),
        ({"issuer": ""}, []),
    ],
)
def test_each_sign_has_its_weight_and_none_asks_a_person_by_itself(
    changes: dict[str, Any], signals: list[tuple[str, int]]
) -> None:
    moved = compare(PLAIN, PLAIN | changes)
    assert [(one.key, one.weight) for one in moved.signals] == signals
    assert not moved.opens


def test_without_the_name_from_the_start_the_title_counts() -> None:
    old = PLAIN | {"brand": False}
    assert compare(old, old | {"title": "Some More"}).score == 0
    assert compare(old, old | {"title": "Lucky Slots"}).score == 20
    assert compare(old | {"title": "The Sorter App"}, old | {"title": "The Slots App"}).score == 20
    assert compare(old, old | {"title": "Lucky Slots", "parked": True}).score == 45


@pytest.mark.parametrize(
    ("code", "names", "found"),
    [("valid", ["a.example"], "trusted"), ("expires_soon", ["a.example"], "trusted"), ("self_signed", [], "untrusted"),
     ("unknown_issuer", [], "untrusted"), ("expired", [], ""), ("valid", ["*.sedoparking.com"], "parking")],
)  # fmt: skip
def test_certificates_have_classes_not_names(code: str, names: list[str], found: str) -> None:
    assert drift.issuer(code, {"names": names, "sha256": "c" * 64} if names else {}) == found


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Paper Lantern", "the new paperlantern", True), ("Paper Lantern", "PAPER-LANTERN", True),
        ("Paper Lantern", "a lantern of paper", False), ("Paper Lantern", "paper lanterns", False),
        ("Paper Lantern", "Welcome to paper-lantern.example", False), ("Claude Code", "claude wrote some code", False),
        ("Zyzzyva", "Zyzzyva sorts", True), ("Zyzzyva", "best zyzzyva alternatives", False),
        ("Zyzzyva", "Zyzzyvas of others", False), ("v0", "made with v0 today", True),
        ("Replit", "un-Replitable", False),
        ("Cursor", "move the cursor", False), ("Cursor", "Cursor trails for your mouse", False),
        ("Cursor", "Cursor - The AI editor", True), ("Cursor", "Cursor: the AI editor", True),
        ("Cursor", "Cursor-like", False),
        ("Cursor", "why teams love Cursor", True), ("Make", "Win big. Make money", False), ("Make", "make", True),
        ("You.com", "it is for you", False), ("You.com", "Search | you.com", True), ("Poe", "the poems of poe", False),
        ("AI Tools", "AI tools", False), ("Acme AI", "about Acme", True), ("通义千问", "欢迎使用通义千问模型", True),
        ("", "anything", False),
    ],
)  # fmt: skip
def test_a_name_counts_where_it_is_written_as_one(name: str, text: str, found: bool) -> None:
    domain = {"You.com": "you.com"}.get(name, "paper-lantern.example")
    assert names.shows(text, name, "", domain) is found
    assert names.shows(text, "Unheard Of", name, domain) is found


@pytest.mark.parametrize(
    ("href", "found"),
    [("https://x.com/cursor_ai", True), ("https://www.linkedin.com/company/cursor/", True),
     ("https://youtube.com/@Cursor", True), ("https://x.com/cursortrails", False), ("https://a.example/cursor", False),
     ("https://x.com/", False)],
)  # fmt: skip
def test_an_account_of_its_name_names_a_tool(href: str, found: bool) -> None:
    assert names.accounts([href], "Cursor", "") is found


# -- what runs leave behind --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "named"),
    [(["https://made.example.com/", "Cursor"], True), (["https://x.com/cursor_ai", ""], True),
     (["https://made.example.com/", "Home"], False)],
)  # fmt: skip
def test_a_redesign_whose_name_is_a_picture_is_known_by_its_description_or_its_accounts(
    link: list[str], named: bool
) -> None:
    detail = home("Write code faster", "Move the cursor less.", simhash="f" * 16)["detail"] | {"links": [link]}
    assert known(fingerprint("Cursor", "Anysphere", {"home": ("answers", detail)}))["brand"] is named


def linking(title: str, *paths: str, simhash: str) -> dict[str, Any]:
    detail = home(title, "It sorts.", simhash=simhash)["detail"]
    links = [[f"https://made.example.com{path}", "More"] for path in paths]
    return known(fingerprint("Zyzzyva", "", {"home": ("answers", detail | {"links": links}), "favicon": (
        "present", {"sha256": simhash})}))  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "signals"),
    [
        (["/docs/", "/pricing", "/api?x=1", "/new"], [("brand_linked", 20), ("text", 20), ("icon", 15)]),
        (["/docs", "/pricing", "/new"], [("brand", 45), ("text", 20), ("icon", 15)]),
        (["/about", "/terms", "/login", "/"], [("brand", 45), ("text", 20), ("icon", 15)]),
    ],
)
def test_a_redesign_whose_name_became_a_picture_is_known_by_where_it_leads(
    paths: list[str], signals: list[tuple[str, int]]
) -> None:
    old = linking("Zyzzyva", "/docs", "/pricing", "/api", "/about", "/terms", "/login", "/", simhash="0" * 16)
    moved = compare(old, linking("Ordering made easy", *paths, simhash="f" * 16))
    assert [(one.key, one.weight) for one in moved.signals] == signals
    assert moved.opens is (signals[0][0] == "brand")


def test_three_of_many_links_are_not_many() -> None:
    old = linking("Zyzzyva", *(f"/{number}" for number in range(10)), simhash="0" * 16)
    moved = compare(old, linking("Slots", "/0", "/1", "/2", simhash="f" * 16))
    assert moved.signals[0].key == "brand"


@pytest.mark.parametrize(
    ("title", "text", "named"),
    [("made.example.com", "Welcome.", False), ("The Made Example", "Welcome.", True), ("example.com", "", False)],
)
def test_the_address_of_a_site_is_not_its_name(title: str, text: str, named: bool) -> None:
    detail = home(title, text, simhash="")["detail"]
    assert known(fingerprint("Example", "", {"home": ("answers", detail)}))["brand"] is named


def test_a_casino_that_moves_a_cursor_is_not_cursor() -> None:
    said = [home("Cursor: the AI editor", "Built for flow.", simhash="0" * 16),
            home("Lucky Slots", "Move the cursor and win.", simhash="f" * 16)]  # fmt: skip
    old, new = (known(fingerprint("Cursor", "Anysphere", {"home": ("answers", one["detail"])})) for one in said)
    assert [(one.key, one.weight) for one in compare(old, new).signals] == [("brand", 45), ("text", 20)]
