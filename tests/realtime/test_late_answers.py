"""A handshake is answered once, whatever comes later."""

from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.defer import Deferred

from live.denial import DENIAL
from realtime.serving import WebServer

ENDS = {
    "it is awaited": (lambda protocol: None, [503]),
    "Daphne has waited long enough": (WebSocketProtocol.serverReject, [403]),
    "the client has left": (lambda protocol: protocol.onClose(False, 1006, ""), []),
    "it is forgotten": (lambda protocol: protocol.server.connections.clear(), []),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_refusal_reaches_only_who_still_waits_for_it(end: str):
    happen, expected = ENDS[end]
    codes: list[int] = []
    protocol = handshake(codes)
    happen(protocol)
    refuse = async_to_sync(protocol.server.handle_reply)
    refuse(protocol, {"type": f"{DENIAL}.start", "status": 503, "headers": []})
    refuse(protocol, {"type": f"{DENIAL}.body", "body": b""})
    assert codes == expected


def handshake(codes: list[int]) -> WebSocketProtocol:
    """One that is not answered yet; the answer's status ends up in `codes`."""
    protocol = WebSocketProtocol()
    protocol.state = WebSocketProtocol.STATE_CONNECTING
    protocol.client_addr, protocol.request = None, SimpleNamespace(path="/ws/configuration/")
    protocol.handshake_deferred = Deferred().addErrback(lambda failure: codes.append(failure.value.code))
    protocol.server = WebServer(application=None, endpoints=["tcp:0"])
    protocol.server.connections = {protocol: {}}
    return protocol
