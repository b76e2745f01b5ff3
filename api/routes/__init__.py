"""Addresses of the API, by what they are about; the order of the files is the order of matching."""
