"""Pages that a wall against robots shows instead of the site's own; they say nothing about the site."""

from __future__ import annotations

import re

READ = 65_536  # bytes of a page that are looked at
SMALL = 150  # words that a wall's page has at most; a page with more of them speaks about walls

# What the pages of walls are made of. Ordinary pages hold scripts of the same services, such as
# /cdn-cgi/challenge-platform/scripts/ and client.perimeterx.net.
PARTS = re.compile(
    rb"(?i)cf-chl-|challenge-platform/h/[a-z]/orchestrate|_cf_chl_opt|cf-error-details|px-captcha"
    rb"|[\"'/.]captcha-delivery\.com/|gokuprops|/\.within\.website/x/cmd/anubis/|id=[\"']anubis_challenge"
)
# What they say; on a small page only.
WORDS = re.compile(
    rb"(?i)just a moment\.\.\.|attention required! \| cloudflare|enable javascript and cookies to continue"
    rb"|verifying you are human|checking your browser before accessing|ddos-guard|sucuri website firewall"
    rb"|incapsula incident id|vercel security checkpoint|making sure you(?:'|&#0?39;|&apos;|\xe2\x80\x99)re not a bot"
    rb"|access denied.{0,400}?reference(?: |&#32;)(?:#|&#35;)[0-9a-f.]|error 1020.{0,200}?ray id"
    rb"|the requested url was rejected\. please consult with your administrator",
    re.DOTALL,
)
# What they are called, to the letter; on a small page only.
TITLE = re.compile(
    rb"(?i)<title[^<>]{0,100}>\s{0,20}(?:pardon our interruption|human verification|client challenge|robot check"
    rb"|bot verification|security check|verifying your browser|are you a robot\?|verify you are human"
    rb"|ddos protection|request rejected)\W{0,20}</title"
)
# Ordinary pages of the same customers have these scripts too, but they have a title.
UNTITLED = re.compile(rb"/_Incapsula_Resource\?|window\.KPSDK|[?&]KP_UIDz=")


def is_wall(body: bytes) -> bool:
    """Tell whether an HTML page is a challenge or a refusal of a wall against robots."""
    start = body[:READ]
    if PARTS.search(start):
        return True
    if not (WORDS.search(start) or TITLE.search(start) or UNTITLED.search(start)) or words(start) > SMALL:
        return False
    return bool(WORDS.search(start) or TITLE.search(start)) or b"<title" not in start.lower()


def words(page: bytes) -> int:
    """Return how many words of a page are to be seen, roughly: outside of tags, scripts and styles."""
    count, hidden = 0, b""
    for part in page.split(b"<"):
        name = part[:8].lower()
        if hidden and not name.startswith(b"/" + hidden):
            continue
        hidden = next((tag for tag in (b"script", b"style") if name.startswith(tag)), b"")
        if not hidden:
            count += len(part.partition(b">")[2].split())
    return count
