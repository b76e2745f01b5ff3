"""The Model Context Protocol, as far as a visitor needs it who never calls a tool."""
