"""REST: strategies with their state, and what people decided about a symbol."""
