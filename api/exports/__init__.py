"""The whole catalog as files, and back: one module a format, `writing` and `importing` over them (docs/exports.md)."""
