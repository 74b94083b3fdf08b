"""Do the servers that were given answer? Asked before anything starts, so that the answer is a sentence."""

import socket
from collections.abc import Mapping

from redis import Redis
from redis.exceptions import RedisError

from messaging.address import Address, addresses
from realtime.stack.state import StackError

SECONDS = 3.0


def check_given_servers(environ: Mapping[str, str]) -> None:
    """Raise StackError for a given NATS or Redis that cannot be reached."""
    if url := environ.get("NATS_URL"):
        _check_nats(url)
    if url := environ.get("REDIS_URL"):
        _check_redis(url)


def _check_nats(url: str) -> None:
    """One server of the cluster is enough; the clients find the others."""
    try:
        servers = addresses(url)
    except ValueError as error:
        raise StackError(f"NATS_URL cannot be read: {error}.") from error
    problems = [problem for server in servers if (problem := _cannot_connect(server))]
    if len(problems) == len(servers):
        raise StackError(f"NATS cannot be reached (NATS_URL): {'; '.join(problems)}.")


def _cannot_connect(server: Address) -> str | None:
    try:
        socket.create_connection((server.hostname or "", server.port or 0), SECONDS).close()
    except OSError as error:
        return f"{server.netloc}: {error}"
    return None


def _check_redis(url: str) -> None:
    try:
        with Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            client.ping()
    except (RedisError, ValueError) as error:
        raise StackError(f"Redis cannot be used (REDIS_URL): {error}.") from error
