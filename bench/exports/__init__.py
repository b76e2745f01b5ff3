"""What `make bench-exports` runs: how long an export of 100,000 tools takes, and in how much memory."""
