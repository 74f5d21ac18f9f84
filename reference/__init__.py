"""Writes docs/reference from the code: `make reference`. A test holds the pages to it."""
