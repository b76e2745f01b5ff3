"""Ownership in a real browser: the page behind a mailed link, and what a browser takes for the head of a page."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.db import connections
from playwright.sync_api import Browser, expect

from accounts.models import User
from verification import ownership
from verification.models import OwnershipClaim
from verification.ownership import head

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_the_button_confirms(
    live_server: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch, theme: Any, width: int
) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    account = User.objects.create_user("ann@example.com", "a long enough word")
    ownership.start(account=account, typed="acme.com", method="email", address="admin@acme.com")
    link = re.search(r"/ownership/\S+", str(mail.outbox[-1].body))
    assert link is not None
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=width > 400
    )
    page = context.new_page()
    page.goto(live_server.url + link[0])
    if width > 400:
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert OwnershipClaim.objects.get().state == "pending"
    page.get_by_role("button", name="Yes, it speaks for acme.com").click()
    expect(page.locator("main [role=status]")).to_contain_text("counts as speaking for acme.com")
    assert OwnershipClaim.objects.get().state == "verified"
    page.goto(live_server.url + link[0])
    expect(page.locator("main [role=alert]")).to_contain_text("The challenge is closed (proved).")
    context.close()


# -- the reader of heads against a real one ---------------------------------------------------------------------------

PIECES = """
<!-- --> --!> <!--> <!---> <! <? > <html> <head> </head> <body> </body> <title> </title> <script> </script> <script
<style> </style> <noscript> </noscript> <template> </template> <link§x=' ' " <link§a=" <base> <div> </div> </p> </br>
<svg> <textarea> </textarea> <iframe> </iframe> <frameset> x / = < </ <meta </meta> <noframes> </noframes> <xmp>
<plaintext> <![CDATA[ ]]> &lt; <bgsound> <head/> <title/> <script/> </html> <!doctype§html> <noscript/> § --§>
""".split()  # noqa: SIM905
TAGS = ["<meta name=a content=b>", "<meta name='a' content='b'/>", '<META CONTENT="b" NAME="a">']
IN_HEAD = """pages => pages.map(text => {
  const frame = document.querySelector("iframe") ?? document.body.appendChild(document.createElement("iframe"));
  const page = frame.contentDocument;
  page.open(); page.write(text); page.close();
  const found = [...(page.head?.children ?? [])].some(
    tag => tag.localName === "meta" && tag.getAttribute("name") === "a" && tag.getAttribute("content") === "b");
  return found;
})"""


def test_a_tag_that_we_take_for_one_of_the_head_is_one_in_a_browser(browser: Browser) -> None:
    chance = random.Random(20261126)
    texts = []
    for _ in range(1_500):
        parts = [chance.choice(PIECES).replace("§", " ") for _ in range(chance.randint(0, 8))]
        parts.insert(chance.randint(0, len(parts)), chance.choice(TAGS))
        texts.append(chance.choice(["", "<html><head>"]) + "".join(parts))
    page = browser.new_page()
    theirs = [one for at in range(0, 1_500, 500) for one in page.evaluate(IN_HEAD, texts[at : at + 500])]
    page.close()
    ours = [any((tag.get("name"), tag.get("content")) == ("a", "b") for tag in head.metas(text)) for text in texts]
    assert [text for text, we, they in zip(texts, ours, theirs, strict=True) if we and not they] == []
    assert sum(ours) > 0.8 * sum(theirs) > 200  # and few of those that a browser sees are passed over
