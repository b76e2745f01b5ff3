"""Background work of the core: thin tasks."""

from __future__ import annotations

from celery import shared_task

from core import audit, retention
from core.outbox import delivery, posting
from core.outbox import retention as mail_retention


@shared_task(name="core.audit_head", soft_time_limit=25, time_limit=30)
def audit_head() -> int | None:
    """Publish how far the audit log has come, if it has."""
    return audit.publish_head()


@shared_task(name="core.retention", soft_time_limit=540, time_limit=570)
def enforce_retention() -> dict[str, int]:
    """Remove what is too old, in all apps."""
    return retention.enforce()


@shared_task(name="core.deliver_mail", soft_time_limit=200, time_limit=240)  # hard limit < lease (300 s) < visibility
def deliver_mail() -> dict[str, int]:
    """Send the mails that are due, for about 30 seconds."""
    done = delivery.deliver()
    if done.more:
        posting.kick()
    return vars(done)


@shared_task(name="core.forget_mail", soft_time_limit=270, time_limit=300)
def forget_mail() -> dict[str, int]:
    """Empty and delete what the outbox need not remember."""
    return mail_retention.forget()
