"""The dialling side of a session between two nodes, by Protocol/transport.md, over pyOpenSSL."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from OpenSSL import SSL

from proof.cbor import Fields, decode, encode
from proof.signing import Statement

from .harness import equal
from .member import PrivateKey, private_key, sign
from .testnet import Testnet

PROTOCOL = b"pricefloor/1"
DIALLED, ANSWERED = 0, 1
SECONDS = 10


@dataclass(frozen=True)
class Hello:
    member: str
    version: int
    peer: str
    role: int
    binding: bytes

    def encoded(self) -> bytes:
        return encode([self.member, self.version, self.peer, self.role, self.binding])


class Session:
    """A TLS session with a member's node, under the TLS identity of the dialling member unless another's is named."""

    def __init__(self, net: Testnet, member: str, peer: str, identity: str | None = None):
        self._net, self._member, self._peer = net, member, peer
        self._socket = socket.create_connection(("127.0.0.1", net.port(peer)), timeout=SECONDS)
        self._socket.setblocking(True)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", SECONDS, 0))
        self._connection = SSL.Connection(_context(net, identity or member), self._socket)
        self._connection.set_connect_state()
        self._connection.do_handshake()
        self._buffer = b""
        equal(self._connection.get_protocol_version_name(), "TLSv1.3", "TLS version")
        equal(self._connection.get_alpn_proto_negotiated(), PROTOCOL, "application protocol")

    def close(self) -> None:
        self._socket.close()

    @property
    def binding(self) -> bytes:
        return self._connection.export_keying_material(b"EXPORTER-Channel-Binding", 32, None)

    @property
    def hello(self) -> Hello:
        return Hello(self._member, 1, self._peer, DIALLED, self.binding)

    def node_key(self) -> PrivateKey:
        return private_key(self._net.folder(self._member) / "keys" / "node.pem")

    def greet(self, hello: Hello, key: PrivateKey, network: bytes | None = None) -> None:
        self.send(
            encode(sign(key, self._net.genesis.network if network is None else network, "hello", hello.encoded()))
        )

    def answer(self) -> bytes:
        """The peer's hello, verified: its member, its role, this session, and its node key of the roster."""
        frame = self.receive()
        statement = Statement.of(decode(frame, "a hello"), "a hello")
        fields = Fields(decode(statement.payload, "a hello"), 5, "a hello")
        found = Hello(fields.text(), fields.unsigned(), fields.text(), fields.unsigned(1), fields.digest())
        equal(found, Hello(self._peer, 1, self._member, ANSWERED, self.binding), "the answer to a hello")
        key = self._net.genesis.roster.member(self._peer).keys["node"]
        statement.verify(key, self._net.genesis.network, "hello", f"the hello of {self._peer}")
        return statement.payload

    def send(self, content: bytes) -> None:
        self.send_raw(len(content).to_bytes(4, "big") + content)

    def send_raw(self, data: bytes) -> None:
        self._connection.sendall(data)

    def receive(self) -> bytes:
        """The next frame's content. Raises what TLS or the system says where the session ends or stays silent."""
        length = int.from_bytes(self._take(4), "big")
        return self._take(length)

    def message(self) -> Any:
        return decode(self.receive(), "a message between nodes")

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._buffer += self._connection.recv(65_536)
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def is_closed(self) -> bool:
        """Whether the peer ends the session without another frame."""
        try:
            self.receive()
        except (SSL.ZeroReturnError, SSL.SysCallError, ConnectionError):
            return True
        except SSL.WantReadError:
            return False
        except SSL.Error:
            return True
        return False


def _context(net: Testnet, member: str) -> SSL.Context:
    folder = net.folder(member) / "tls"
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.use_certificate_chain_file(str(folder / "chain.pem"))
    context.use_privatekey_file(str(folder / "key.pem"))
    context.load_verify_locations(str(folder / "anchors.pem"))
    context.set_verify(SSL.VERIFY_PEER, lambda *arguments: bool(arguments[-1]))
    context.set_alpn_protos([PROTOCOL])
    return context


@contextmanager
def session(net: Testnet, member: str, peer: str, identity: str | None = None) -> Iterator[Session]:
    opened = Session(net, member, peer, identity)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def greeted(net: Testnet, member: str, peer: str) -> Iterator[Session]:
    """A session on which both greetings verified."""
    with session(net, member, peer) as opened:
        opened.greet(opened.hello, opened.node_key())
        opened.answer()
        yield opened
