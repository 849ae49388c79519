"""How well letters are read, measured on letters with known answers that lie outside of the repository. Not installed."""
