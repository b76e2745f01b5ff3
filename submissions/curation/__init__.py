"""What editors look after: facts that are old, unknown or dead, duplicates, merges, edits of many listings."""
