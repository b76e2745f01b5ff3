"""What a vendor publishes about a tool, read once and put forward as proposals (docs/published.md)."""
