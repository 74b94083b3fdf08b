"""What there is of entities that are no markets, read where it stands: a module a kind."""
