"""Webhooks out: programs are told of changes at an address of theirs. docs/webhooks.md."""
