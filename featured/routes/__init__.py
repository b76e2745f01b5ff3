"""Addresses, by who uses them."""
