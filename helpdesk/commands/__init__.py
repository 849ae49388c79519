"""The commands that a letter may carry: one decorated function each, found through one registry."""
