"""What answers look like: for each thing a serializer that describes it and a function that makes it."""
