"""Servers that want TLS, or are wanted to speak it, and who stands on the way to them."""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from messaging import bus
from realtime.stack.servers import LOCALHOST, free_port
from tests.messaging.guarded import ENCODED, guarded, two_members, user
from tests.messaging.test_bus import events, reach

WANTS_TLS = b'INFO {"tls_required": true}\r\n'

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Certificate:
    """Of 127.0.0.1, and of hosts of these names, signed by itself."""

    def __init__(self, directory: Path, *names: str) -> None:
        self.file, self.key_file = directory / "certificate.pem", directory / "key.pem"
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, LOCALHOST)])
        today = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName(
                    [x509.IPAddress(ip_address(LOCALHOST)), *map(x509.DNSName, names)]
                ),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    @property
    def rules(self) -> str:
        """Those of a server that shows it."""
        return f'tls {{ cert_file: "{self.file}", key_file: "{self.key_file}" }}\n'


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """One that is trusted."""
    certificate = Certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[int]:
    """Somebody who answers on the port."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await answer(reader, writer)
        writer.close()

    async with await asyncio.start_server(answered, LOCALHOST, 0) as server:
        yield server.sockets[0].getsockname()[1]


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(WANTS_TLS)
    await writer.drain()


async def hang_up_later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await hang_up(reader, writer)
    await reader.read(1)
    writer.write_eof()
    await reader.read()


def a_stranger(directory: Path) -> Answer:
    """Who shows a certificate nobody trusts."""
    directory.mkdir()
    own = Certificate(directory)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own.file, own.key_file)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hang_up(reader, writer)
        await writer.start_tls(context)

    return answer


async def relay(
    port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, more: dict[str, object]
) -> None:
    """Stand between a client and the server on the port, which is made to say `more`."""
    from_server, to_server = await asyncio.open_connection(LOCALHOST, port)
    info = json.loads((await from_server.readline()).removeprefix(b"INFO "))
    writer.write(b"INFO " + json.dumps(info | more).encode() + b"\r\n")

    async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while some := await source.read(65536):
            sink.write(some)
        sink.close()

    await asyncio.gather(pass_on(reader, to_server), pass_on(from_server, writer))


@pytest.mark.parametrize("scheme", ["nats", "tls"])
@pytest.mark.parametrize("failure", ["hangs up", "hangs up later", "is a stranger"])
def test_a_handshake_that_fails_at_start__is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, certificate: Certificate, scheme: str, failure: str
):
    caplog.set_level(logging.INFO)
    ways = {
        "hangs up": hang_up,
        "hangs up later": hang_up_later,
        "is a stranger": a_stranger(tmp_path / "other"),
    }
    came = 0

    async def run() -> None:
        with guarded(tmp_path, user() + certificate.rules) as server:

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                nonlocal came
                came += 1
                if came < 3:
                    await ways[failure](reader, writer)
                else:
                    await relay(server.server.port, reader, writer, {})

            async with listening(answer) as port:
                link = bus.Link(f"{scheme}://desk:{ENCODED}@{LOCALHOST}:{port}", "test")
                async with asyncio.timeout(10):
                    await link.open()
                await bus.leave(link)

    asyncio.run(run())
    assert came == 3
    assert events(caplog)[-1] == "nats_connected"


def test_leaving_while_handshakes_fail__is_at_once(tmp_path: Path, certificate: Certificate):
    came = 0

    async def run() -> None:
        with guarded(tmp_path, user() + certificate.rules) as server:

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                nonlocal came
                came += 1
                if came == 1:
                    await relay(server.server.port, reader, writer, {})
                else:
                    await hang_up(reader, writer)

            async with listening(answer) as port:
                link = await bus.connect(f"tls://desk:{ENCODED}@{LOCALHOST}:{port}", "test")
                server.server.stop()
                await reach(lambda: came > 2)
                await link.publish("news", b"meanwhile")
                async with asyncio.timeout(3):
                    await bus.leave(link)

    asyncio.run(run())


def test_who_stands_on_the_way_to_tls__names_nobody_who_gets_the_log_in(
    tmp_path: Path, certificate: Certificate
):
    evil = f"{LOCALHOST}:{free_port()}"

    async def run() -> None:
        with guarded(tmp_path, user() + certificate.rules) as server:

            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await relay(server.server.port, reader, writer, {"connect_urls": [evil]})

            async with listening(answer) as port:
                link = await bus.connect(f"tls://desk:{ENCODED}@{LOCALHOST}:{port}", "test")
                await bus.flush(link)
                assert [known.netloc for known in link.servers] == [f"{LOCALHOST}:{port}"]
                await bus.leave(link)

    asyncio.run(run())


def test_members_of_the_cluster__are_learnt_inside_tls(tmp_path: Path, certificate: Certificate):
    async def run() -> None:
        with two_members(tmp_path, user() + certificate.rules) as (named, announced):
            plain = await bus.connect(named.url(), "plain")
            await reach(lambda: len(plain.servers) == 2)
            link = await bus.connect(named.url().replace("nats://", "tls://"), "test")
            await reach(lambda: len(link.servers) == 2)
            learnt = next(server for server in link.servers if server.port == announced.server.port)
            assert learnt.scheme == "tls"
            named.server.stop()
            await reach(lambda: link.is_connected and link.connected_url == learnt)
            await bus.leave(link)
            await bus.leave(plain)

    asyncio.run(run())
