"""What a pipeline needs to wire a tool in, as one document for each version of its listing that never changes again."""
