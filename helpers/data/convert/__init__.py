"""Fetched files in, named arrays out, in the same form for both editions."""
