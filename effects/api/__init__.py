"""REST: what a change did."""
