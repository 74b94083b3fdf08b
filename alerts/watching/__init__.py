"""The process that watches: it judges the rules of alerts, keeps what fires in the database and tells of it on NATS."""
