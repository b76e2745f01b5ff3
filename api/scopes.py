"""What a key or a token may do beyond what everybody may: one word each, as in OAuth (RFC 6749, section 3.3).

Whatever is public needs none. A scope never gives more than its account may do on the pages of the site.
"""

from __future__ import annotations

SCOPES: dict[str, str] = {
    "catalog:read": "Read the public catalog, within the higher limits of a key.",
    "submissions:read": "Read your submissions, their checks, and decisions about them.",
    "submissions:write": "Make, check, send and withdraw submissions of yours.",
    "ownership:read": "Read your proofs of ownership.",
    "ownership:write": "Begin and check proofs of ownership.",
    "lists:read": "Read your lists, private ones too, and the tools you saved.",
    "lists:write": "Make, change and delete lists of yours, and save tools.",
    "webhooks:read": "Read your webhooks and what was sent there, without their secrets.",
    "webhooks:write": "Make, change, test and remove webhooks of yours.",
    "account:read": "Read who you are, your keys without their secrets, and what you used.",
    "keys:write": "Make, replace and revoke keys with no more than its own scopes.",
}
