"""What an alert is: what can be watched, rules about it, and when they fire. Pure: no framework, clock, network."""
