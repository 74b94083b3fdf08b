"""The doors a halt comes in by, and the troubles it has to get past.

Everything is real and of this program's own: servers, a web process, strategy processes, a frozen process in a
transaction.
"""
