"""Addresses of the portal, one file for each part of it."""
