"""Floods of every kind on a web process, and what honest clients notice of them."""
