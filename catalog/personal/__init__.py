"""What people keep for themselves: saved tools, lists, what they follow, their feed and digest (docs/saved.md)."""
