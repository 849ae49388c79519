"""Tickets: who asked for what, who does it, how far it is. Knows letters as values only."""
