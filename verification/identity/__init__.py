"""Still up, but is it the same product? Signs are compared here; a person answers (docs/verification.md)."""
