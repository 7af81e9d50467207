"""Deterministic CBOR: golden bytes through cbor2 and back, and the same content in every other form refused."""

from collections.abc import Iterator
from functools import partial

import cbor2

from proof.cbor import decode, encode

from . import golden
from .harness import Runner, equal, refused


def run(runner: Runner) -> None:
    runner.run("encoding: decoded by cbor2 and encoded again to the same bytes", _round_trip)
    runner.run("encoding: every other form of the same content is refused", _other_forms)


def _round_trip() -> str:
    items = golden.whole()
    for item in items:
        if item.rule != "sha256":
            equal(encode(cbor2.loads(item.data)).hex(), item.data.hex(), item.origin)
            decode(item.data, item.origin)
    return f"{len(items)} items"


def _other_forms() -> str:
    count = 0
    for item in {item.rule: item for item in golden.whole()}.values():
        for form, data in other_forms(item.data):
            refused(f"{item.rule} {form}", partial(decode, data, "an item"))
            count += 1
    return f"{count} forms"


def other_forms(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The same content in forms that CBOR knows and this protocol does not, and forms that no content has."""
    yield "with a byte behind", data + b"\x00"
    yield "cut short", data[:-1]
    yield "behind a tag", b"\xd8\x18" + data
    yield "nested too deep", b"\x81" * 17 + data
    major, argument = data[0] >> 5, data[0] & 31
    if argument < 24:
        yield "with an argument that is not the shortest", bytes([major << 5 | 24, argument]) + data[1:]
    if major in (4, 5) and argument < 24:
        yield "of indefinite length", bytes([major << 5 | 31]) + data[1:] + b"\xff"
    if major == 5:
        yield from _other_maps(data)


def _other_maps(data: bytes) -> Iterator[tuple[str, bytes]]:
    pairs = [encode(key) + encode(value) for key, value in cbor2.loads(data).items()]
    head = data[0]
    yield "with keys out of order", bytes([head]) + b"".join(reversed(pairs))
    if head & 31 < 23:
        yield "with a key twice", bytes([head + 1]) + b"".join([*pairs, pairs[-1]])
