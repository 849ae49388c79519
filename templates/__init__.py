"""Texts for people: letters, documents, the first configuration. Text, HTML, CSS and fonts only; no arithmetic."""
