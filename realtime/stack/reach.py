"""Do the servers that were given answer? Asked before anything starts, so that the answer is a sentence."""

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError

from realtime.stack.state import StackError

SECONDS = 3.0
NATS_DEFAULT_PORT = 4222


def check_given_servers(environ: Mapping[str, str]) -> None:
    """Raise StackError for a given NATS or Redis that cannot be reached."""
    if url := environ.get("NATS_URL"):
        _check_nats(url)
    if url := environ.get("REDIS_URL"):
        _check_redis(url)


def _check_nats(url: str) -> None:
    """One server of the cluster is enough; the clients find the others."""
    problems = [problem for part in url.split(",") if (problem := _cannot_connect(part.strip()))]
    if len(problems) == len(url.split(",")):
        raise StackError(f"NATS cannot be reached (NATS_URL): {'; '.join(problems)}.")


def _cannot_connect(url: str) -> str | None:
    try:
        address = urlsplit(url)
        host, port = address.hostname or "", address.port or NATS_DEFAULT_PORT
        socket.create_connection((host, port), SECONDS).close()
    except (OSError, ValueError) as error:
        return f"{url.rpartition('@')[2]}: {error}"
    return None


def _check_redis(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise StackError(f"Redis cannot be used (REDIS_URL): {error}.") from error
