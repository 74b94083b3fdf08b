"""The spans that are compared, and what the market was in one of them; pure."""
