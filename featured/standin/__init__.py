"""A small Stripe on this machine, for development and tests: docs/stripe-stand-in.md. Nothing is ever charged."""
