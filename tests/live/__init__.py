"""Snippets of the API run as they are printed, by the libraries that they are written for. `make snippets-live`."""
