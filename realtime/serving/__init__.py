"""The server of the web process: uvicorn on uvloop, with an end to everything a client may send or wait for."""
