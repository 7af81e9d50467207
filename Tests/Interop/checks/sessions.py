"""What a member's port answers: to `openssl s_client`, to a node in Python, and to strangers."""

import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from proof import chain
from proof.cbor import decode, encode
from proof.chain import Header
from proof.signing import digest

from . import identities, schema
from .harness import Runner, equal, require
from .member import Member, private_key
from .peer import Hello, Session, greeted, session
from .testnet import Testnet

AWAY, PEER = "KOR", "USA"  # the member that Python stands in for while its node is stopped, and whom it dials
ALPN = ("-alpn", "pricefloor/1")
VOTE, CERTIFICATE, STATUS, REQUEST = 0, 1, 3, 4  # of agreement
AGREEMENT, TRANSACTIONS, WANT_TRANSACTIONS, WANT_BLOCK, BLOCK, WANT_RANGE, RANGE = 0, 2, 3, 4, 5, 6, 7


def run(runner: Runner, net: Testnet) -> None:
    runner.run(
        "tls: openssl s_client sees TLS 1.3, the protocol, and a client certificate asked for", partial(_version, net)
    )
    runner.run("tls: a member's own certificate gets through the handshake", partial(_member, net))
    runner.run("tls: older versions are refused", partial(_older, net))
    runner.run("tls: no certificate, a foreign one and no protocol are refused", partial(_strangers, net))
    net.down("--members", AWAY)
    runner.run("session: a node in Python greets, is greeted and told where the other stands", partial(_greeting, net))
    runner.run("session: a node in Python fetches the chain and verifies it", partial(_chain, net))
    runner.run("session: blocks and bodies on request, and a transaction relayed", partial(_requests, net))
    runner.run("session: malformed and useless messages change nothing", partial(_useless, net))
    runner.run("session: every false greeting ends the session", partial(_false_greetings, net))
    net.up()


# openssl s_client


def _client(net: Testnet, *words: str) -> str:
    """What s_client says until the server ends the connection, or two seconds have passed."""
    command = ["timeout", "2", "openssl", "s_client", "-connect", f"127.0.0.1:{net.port(PEER)}", "-ign_eof", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


def _identity(folder: Path) -> tuple[str, ...]:
    return "-cert", str(folder / "chain.pem"), "-cert_chain", str(folder / "chain.pem"), "-key", str(folder / "key.pem")


def _says(text: str, *patterns: str) -> None:
    for pattern in patterns:
        require(re.search(pattern, text) is not None, f"s_client does not say {pattern!r} but {text[:1500]!r}")


def _version(net: Testnet) -> str:
    text = _client(net, "-tls1_3", *ALPN)
    _says(text, r"New, TLSv1\.3, Cipher is TLS_", r"\nRequested Signature Algorithms: ", r"ALPN protocol: pricefloor/1")
    require("New Session Ticket" not in text and "Post-Handshake" not in text, "a session ticket was issued")
    return text.partition("Cipher is ")[2].split()[0]


def _member(net: Testnet) -> None:
    text = _client(net, "-tls1_3", *ALPN, *_identity(net.folder(AWAY) / "tls"))
    _says(text, r"New, TLSv1\.3")
    require("alert" not in text, f"the server sent an alert: {text[-600:]}")


def _older(net: Testnet) -> str:
    for version in ("-tls1_2", "-tls1_1", "-tls1"):
        text = _client(net, version, "-cipher", "ALL:@SECLEVEL=0", *ALPN, *_identity(net.folder(AWAY) / "tls"))
        _says(text, r"alert protocol version", r"Cipher is \(NONE\)")
    return "TLS 1.2, 1.1, 1.0"


def _strangers(net: Testnet) -> None:
    _says(_client(net, "-tls1_3", *ALPN), r"alert certificate required")
    with tempfile.TemporaryDirectory() as folder:
        identities.make(Path(folder), f"{AWAY} node")
        _says(
            _client(net, "-tls1_3", *ALPN, *_identity(Path(folder))),
            r"alert (unknown ca|bad certificate|certificate unknown)",
        )
    _says(
        _client(net, "-tls1_3", "-alpn", "http/1.1", *_identity(net.folder(AWAY) / "tls")),
        r"alert no application protocol",
    )


# A node in Python


def _greeting(net: Testnet) -> str:
    with session(net, AWAY, PEER) as opened:
        schema.validate("hello-payload", opened.hello.encoded())
        opened.greet(opened.hello, opened.node_key())
        schema.validate("hello-payload", opened.answer())
        status = _await(opened, lambda message: message[0] == AGREEMENT and message[1][0] == STATUS)[1][1]
    schema.validate("consensus-status", encode(status))
    equal((status[0], status[1]), (0, net.genesis.header.digest), "epoch and the block that opened it")
    return f"finalised height {status[2]}, view {status[5]}"


def _await(opened: Session, wanted: Callable[[Any], bool]) -> Any:
    """The first message that is wanted; every message until then must follow the schema."""
    while True:
        message = opened.message()
        schema.validate("peer-message", encode(message))
        if wanted(message):
            return message


def _chain(net: Testnet) -> str:
    headers = [net.genesis.header]
    with greeted(net, AWAY, PEER) as opened:
        tip = net.member(PEER).get("/v1/status").body["head"]
        while headers[-1].height < tip["height"]:
            opened.send(encode([WANT_RANGE, headers[-1].height + 1]))
            blocks, descendants, finalisation = _await(opened, lambda message: message[0] == RANGE)[1]
            require(len(blocks) > 0, "the peer sent no blocks")
            found = [_checked_header(outline, bodies) for outline, bodies in blocks]
            chain.check_chain([headers[-1], *found, *map(Header.of, descendants)])
            last = Header.of(descendants[-1]) if descendants else found[-1]
            chain.signers(finalisation, net.genesis.epoch, last)
            headers += found
    known = next(header for header in headers if header.height == tip["height"])
    equal(known.digest.hex(), tip["digest"], "the last block")
    return f"{len(headers) - 1} blocks, final by their certificates"


def _checked_header(outline: Any, bodies: Any) -> Header:
    """A block's header, its identities and bodies belonging together."""
    header, identities = outline
    payloads = [statement[2] for _, statement in bodies]
    kinds = [kind for kind, _ in bodies]
    signers = [decode(payload, "a payload")[0] for payload in payloads]
    found = [digest("transaction", encode(list(each))) for each in zip(kinds, signers, payloads)]
    equal(found, identities, "identities of a block's transactions")
    return Header.of(header)


def _requests(net: Testnet) -> str:
    member, peer = net.member(AWAY), net.member(PEER)
    relayed = member.transaction("memorandum", b"relayed between nodes")
    with greeted(net, AWAY, PEER) as opened:
        opened.send(encode([TRANSACTIONS, [relayed]]))
        reply = peer.submit(relayed)
        equal((reply.status, reply.body["state"]), (200, "COMMITTED"), "what became of a relayed transaction")
        block = _digest(peer, reply.body["height"])
        opened.send(encode([WANT_BLOCK, block]))
        header, identities = _await(opened, lambda message: message[0] == BLOCK)[1]
        equal(Header.of(header).digest, block, "the block that was asked for")
        opened.send(encode([WANT_TRANSACTIONS, [block, identities]]))
        bodies = _await(opened, lambda message: message[0] == TRANSACTIONS and relayed in message[1])[1]
        _checked_header([header, identities], bodies)
        opened.send(encode([AGREEMENT, [REQUEST, [0, net.genesis.header.digest, 0, header[2] + 1]]]))
        certificate = _await(opened, lambda message: message[0] == AGREEMENT and message[1][0] == CERTIFICATE)[1][1]
    found = chain.verified(certificate, net.genesis.epoch)
    return f"block {header[0]}, {len(bodies)} bodies, a certificate by {', '.join(found.signers)}"


def _digest(peer: Member, height: int) -> bytes:
    """A block's digest, once the node has written it into its history."""
    limit = time.monotonic() + 10
    while True:
        reply = peer.get(f"/v1/blocks/{height}")
        if reply.status == 200:
            return bytes.fromhex(reply.body["digest"])
        require(time.monotonic() < limit, f"the block {height} is not in the node's history: {reply.body}")
        time.sleep(0.05)


def _useless(net: Testnet) -> str:
    """Each on a session of its own; the peer still answers its API, and the network goes on."""
    peer = net.member(PEER)
    payload = encode([1, 0, net.genesis.header.digest, 10**6, None, "EUN"])
    forged = [1, [encode({1: -8}), {}, payload, bytes(64)]]
    certificate = [2, 0, net.genesis.header.digest, 10**6, bytes(32), [[index, bytes(64)] for index in range(3)]]
    messages = [
        b"\xff\xff", encode([99, 0]), encode([WANT_RANGE, 1.5]), encode([WANT_BLOCK, bytes(31)]), b"\x82\x06\x18\x01",
        encode([TRANSACTIONS, [["memorandum", [encode({1: -8}), {}, b"x", bytes(64)]]]]),
        encode([AGREEMENT, [VOTE, forged]]), encode([AGREEMENT, [CERTIFICATE, certificate]]),
        encode([RANGE, [[], [], certificate]]), bytes(2**20),
    ]  # fmt: skip
    for message in messages:
        with greeted(net, AWAY, PEER) as opened:
            opened.send(message)
            opened.send(encode([WANT_RANGE, 1]))
    before = peer.get("/v1/status").body["head"]["height"]
    reply = peer.submit(peer.transaction("memorandum", b"still there"))
    equal((reply.status, reply.body["result"]), (200, "OK"), "the answer to a memorandum afterwards")
    require(reply.body["height"] > before, "the chain did not go on")
    return f"{len(messages)} messages"


def _false_greetings(net: Testnet) -> str:
    authority = private_key(net.folder(AWAY) / "keys" / "authority.pem")
    changes: list[tuple[str, Callable[[Hello], Hello]]] = [
        ("of another session", lambda hello: replace(hello, binding=bytes(32))),
        ("of another version", lambda hello: replace(hello, version=2)),
        ("in the other role", lambda hello: replace(hello, role=1)),
        ("for another member", lambda hello: replace(hello, peer="JPN")),
        ("by another member", lambda hello: replace(hello, member="EUN")),
        ("by the member itself", lambda hello: replace(hello, member=PEER)),
        ("by a stranger", lambda hello: replace(hello, member="CHE")),
    ]
    for what, change in changes:
        _ends(net, f"a greeting {what}", partial(_greet_falsely, change))
    _ends(net, "a greeting by another key", lambda opened: opened.greet(opened.hello, authority))
    _ends(net, "a greeting of another network", lambda opened: opened.greet(opened.hello, opened.node_key(), bytes(32)))
    _ends(net, "a long greeting", lambda opened: opened.send(bytes(2_048)))
    _ends(net, "an empty frame", lambda opened: opened.send(b""))
    _ends(net, "an announced giant", lambda opened: opened.send_raw(b"\xff\xff\xff\xff"))
    _ends(net, "a message before the greeting", lambda opened: opened.send(encode([WANT_RANGE, 1])))
    with session(net, AWAY, PEER, identity="EUN") as opened:
        opened.greet(opened.hello, opened.node_key())
        require(opened.is_closed(), "a greeting under another member's certificate did not end the session")
    return f"{len(changes) + 7} greetings"


def _greet_falsely(change: Callable[[Hello], Hello], opened: Session) -> None:
    opened.greet(change(opened.hello), opened.node_key())


def _ends(net: Testnet, what: str, act: Callable[[Session], None]) -> None:
    with session(net, AWAY, PEER) as opened:
        act(opened)
        require(opened.is_closed(), f"{what} did not end the session")
