"""The way from here to a venue: through a proxy, and under a certificate of one's own."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.markets.exchange import until
from tests.markets.quick_time import quickly
from tests.markets.running import running, stream_of
from tests.markets.venues_played import PlayedOkx
from tests.messaging.test_tls import Certificate


class Proxy:
    """Passes on what it is asked for with CONNECT, or refuses."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.refuses = False
        self.port = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split(" ")[1])
        if self.refuses:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        host, _, port = self.asked[-1].rpartition(":")
        back, forth = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_pass_on(reader, forth), _pass_on(back, writer))


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65_536):
        sink.write(data)
    sink.close()


@pytest.fixture(autouse=True)
def _no_way_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "WSS_PROXY", "SOCKS_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate(tmp_path)


def of_the_venue(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key_file)
    return context


def test_a_certificate_of_ones_own__is_trusted_where_a_setting_names_it(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))

    async def run() -> None:
        played = PlayedOkx()
        async with (
            played.exchange().open(of_the_venue(certificate)) as exchange,
            running(stream_of(played.venue, exchange)) as heard,
        ):
            assert exchange.origins[0].startswith("wss://")
            await until(lambda: len(heard.of("depth")) == 3)

    quickly(run())


def test_a_certificate_of_a_stranger__is_not_trusted(certificate: Certificate) -> None:
    async def run() -> None:
        played = PlayedOkx()
        async with played.exchange().open(of_the_venue(certificate)) as exchange:
            stream = stream_of(played.venue, exchange)
            async with running(stream):
                await until(lambda: stream.figures.trouble)

                assert "CERTIFICATE_VERIFY_FAILED" in stream.figures.trouble
                assert not exchange.paths

    quickly(run())


def test_where_a_proxy_is_named__rest_and_sockets_go_through_it(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))

    async def run() -> None:
        played = PlayedOkx()
        async with Proxy().open() as proxy, played.exchange().open(of_the_venue(certificate)) as exchange:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            async with running(stream_of(played.venue, exchange)) as heard:
                await until(lambda: len(heard.of("depth")) == 3)

                place = f"127.0.0.1:{exchange.port}"
                assert set(proxy.asked) == {place}
                assert len(proxy.asked) >= 2
                await exchange.cut()
                await until(lambda: len(heard.of("depth")) == 6)

    quickly(run())


def test_a_proxy_that_refuses__is_trouble_until_it_agrees(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))

    async def run() -> None:
        played = PlayedOkx()
        async with Proxy().open() as proxy, played.exchange().open(of_the_venue(certificate)) as exchange:
            proxy.refuses = True
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            stream = stream_of(played.venue, exchange)
            async with running(stream) as heard:
                await until(lambda: len(proxy.asked) == 2)
                assert "407" in stream.figures.trouble
                proxy.refuses = False
                await until(lambda: len(heard.of("depth")) == 3)
                proxy.refuses = True
                await exchange.cut()
                await until(lambda: "407" in stream.figures.trouble)
                proxy.refuses = False
                await until(lambda: len(heard.of("depth")) == 6)

    quickly(run())
