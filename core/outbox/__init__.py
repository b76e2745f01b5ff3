"""One durable outbox for all mails: a row each, written in the caller's transaction, sent by a worker. docs/mail.md.

`post` is for our own words (templates/mail/), `post_message` for a message that somebody else made (allauth, Django).
"""

from core.outbox.posting import LIFETIME, post, post_message

__all__ = ["LIFETIME", "post", "post_message"]
