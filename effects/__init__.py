"""What a change of configuration did: equal spans before and after it, in the ledger and on the market."""
