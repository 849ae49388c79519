"""Money and paper: what work is owed, which documents ask for it, who has paid. Reads the desk, never changes it."""
