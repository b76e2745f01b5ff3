"""`make bench-verify`: what the verification engine sustains (see __main__.py)."""
