"""Claims: what may be said of a tool, what it takes, how long it holds; and the level that follows from them."""
