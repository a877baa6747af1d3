"""Textbook code against the lessons' code: seconds, memory and accuracy."""
