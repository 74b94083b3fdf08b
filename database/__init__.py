"""The ground under every question to the database: how long it may take, and what counts as no answer."""
