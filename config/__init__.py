"""The process's surroundings: settings, database, files, templates, logs. Imports nothing of the project."""
