"""REST: what a change would have done."""
