"""Pages that a site links to: finding them among the links of the home page, and reading one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from core import safehttp
from verification.context import Context
from verification.contract import Code, Outcome
from verification.domains import domain_of
from verification.reading import html
from verification.reading.html import Page
from verification.verdicts import Verdict

W, I, S = Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.SKIPPED  # noqa: E741
TEXT_TYPES = {"text/plain", "text/markdown", "text/x-markdown"}
REDIRECTS = {"redirect_loop", "too_many_redirects", "two_locations"}
HTML_TYPES = {"", "text/html", "application/xhtml+xml"}

# Where many projects have their home page: the policies, prices and contacts that are linked there are the host's own.
SHARED_HOSTS = frozenset({
    "github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "sourceforge.net", "huggingface.co", "modelscope.cn",
    "kaggle.com", "crates.io", "docker.com", "visualstudio.com", "jetbrains.com",
    "wordpress.org", "notion.site", "readthedocs.io",
})  # fmt: skip

# Hosts whose pages other people write, and that the suffix list does not name. For them a tag in a page proves
# nothing about the host.
USER_CONTENT = frozenset(
    (  # noqa: SIM905
        "sites.google.com docs.google.com drive.google.com script.google.com colab.research.google.com "
        "chrome.google.com chromewebstore.google.com play.google.com workspace.google.com apps.apple.com "
        "itunes.apple.com apps.microsoft.com appsource.microsoft.com addons.mozilla.org "
        "medium.com substack.com tumblr.com wordpress.com blogspot.com wixsite.com weebly.com carrd.co linktr.ee "
        "about.me replit.com glitch.com codepen.io webflow.io framer.website typedream.app gumroad.com itch.io "
        "pages.dev workers.dev hf.space streamlit.app huggingface.co kaggle.com gitbook.io notion.so notion.site "
        "pypi.org npmjs.com crates.io rubygems.org nuget.org packagist.org hub.docker.com producthunt.com "
        "x.com twitter.com linkedin.com facebook.com instagram.com youtube.com reddit.com bsky.app t.me discord.com "
        "chatgpt.com poe.com smithery.ai glama.ai mcp.so"
    ).split()
)

# What every step that reads one page may say besides its own codes.
CODES: dict[str, Code] = {
    "dead_link": Code(W, "Its link leads to {address}, which answers {status}."),
    "odd_status": Code(I, "{address} answered our request with {status}; it may answer others."),
    # such sites often work in a browser, which keeps the cookies that they set
    "redirects": Code(I, "{address} redirects readers without cookies, such as us, to nowhere."),
    "not_html": Code(I, "{address} is a file ({kind}) that we do not read."),
    "js_only": Code(I, "{address} shows almost no text without JavaScript, so we could not read it."),
    "shared_host": Code(S, "The home page is on {domain}, whose own documents say nothing about the tool."),
    "home_unread": Code(I, "The home page shows almost no text without JavaScript, so we do not know its links."),
}

PRIVACY = re.compile(
    r"(?i)privacy|datenschutz|confidentialit|privacidad|riservatezza|integritetspolicy|personuppgift"
    r"|конфиденциальност|プライバシー|隐私|隱私|개인정보"
)
TERMS = re.compile(
    r"(?i)\bterms\b|\bterms-|terms_|\btos\b|\bagb\b|nutzungsbedingungen|conditions|condiciones|t[eé]rminos|termini"
    r"|user[ -]agreement|условия|利用規約|条款|條款|이용약관"
)
PRICING = re.compile(
    r"(?i)\bpricing\b|\bprices\b|\bplans\b|\bpreise\b|\btarifs?\b|\bprecios\b|\bprezzi\b|料金|价格|價格|요금"
)
CONTACT = re.compile(
    r"(?i)\bcontact|\bkontakt|\bimpressum|\bsupport\b|\bcontatt|help[ -]cent|お問い合わせ|联系我们|문의"
)


def find(links: Sequence[Mapping[str, str]], wanted: re.Pattern[str], home: str) -> str:
    """Return the address of the last link whose text or path is about `wanted`, "" when there is none.

    The text counts more than the path, and the last one more than the first: such links stand at the foot of a page.
    """
    by_text = [link["href"] for link in links if wanted.search(link["text"][:80]) and _elsewhere(link["href"], home)]
    if by_text:
        return by_text[-1]
    by_path = [link["href"] for link in links if wanted.search(_path(link["href"])) and _elsewhere(link["href"], home)]
    return by_path[-1] if by_path else ""


def _path(href: str) -> str:
    return unquote(urlsplit(href).path)[-80:] if href.startswith("http") else ""


def _elsewhere(href: str, home: str) -> bool:
    """Whether a link leads to a page of its own, not to a place on the home page."""
    if not href.startswith(("http://", "https://")):
        return False
    return href.split("#", 1)[0].rstrip("/") != home.split("#", 1)[0].rstrip("/")


def read(context: Context, url: str) -> Page | Outcome:
    """Fetch a page and return it, or the outcome that says why there is none to read."""
    answer = context.page(url)
    if answer.code in REDIRECTS:
        return context.say("redirects", address=url)
    trouble = context.trouble(answer)
    status = answer.status or 0
    if (status == 404 and trouble is None) or (trouble is not None and trouble.code == "gone"):
        return context.say("dead_link", address=url, status=status)
    if trouble is not None:
        return trouble
    if not 200 <= status < 300:
        return context.say("odd_status", address=url, status=status)
    strange = led_away(context, answer.final_url)
    if strange is not None:
        return strange
    kind = answer.content_type
    if kind in TEXT_TYPES:
        return Page(text=safehttp.text(answer)[: html.TEXT])
    if kind not in HTML_TYPES:
        return context.say("not_html", address=url, kind=kind)
    return html.read(safehttp.text(answer), answer.final_url)


def led_away(context: Context, final: str = "") -> Outcome | None:
    """Return the outcome of a page that is the stranger's to whom the home page leads, None when it is not.

    `final`: where the page was found; without one, it is a link of that home page. An address that the listing itself
    declares on that domain is the tool's own.
    """
    home = context.earlier("home")
    arrived = str(home.detail.get("final_url", "")) if home else ""
    there, subject = domain_of(arrived), context.subject.address
    if (
        not there
        or there in SHARED_HOSTS
        or there == domain_of(context.listing.homepage)
        or there == domain_of(subject)
    ):
        return None
    if final and domain_of(final) != there:
        return None
    return context.say("led_away", domain=there)


def links_of(home: Outcome | None) -> list[dict[str, str]]:
    """Return the links that the home page's step has kept, without those of a host that many tools share."""
    detail: Mapping[str, Any] = home.detail if home else {}
    links = [{"href": href, "text": text} for href, text in detail.get("links", ())]
    host = shared_host(str(detail.get("final_url", "")))
    return [link for link in links if not host or domain_of(link["href"].replace("mailto:", "mailto://")) != host]


def shared_host(address: str) -> str:
    """Return the domain of an address when many tools have their home pages there, "" when it is somebody's own."""
    domain = domain_of(address)
    return domain if domain in SHARED_HOSTS else ""
