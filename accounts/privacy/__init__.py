"""What the site knows of a person: export, erasure, the ledger of erasures. See docs/privacy.md."""
