"""The ledger: every signal of the last weeks in the database, with what became of it and of the price afterwards."""
