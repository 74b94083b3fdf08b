"""Django's SQLite, where the wait for another writer has an end."""
