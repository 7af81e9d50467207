"""Merkle trees of RFC 9162, section 2.1, and the roots that follow from some of the leaves."""

import hashlib
from collections.abc import Iterator

from .cbor import Refused

EMPTY = hashlib.sha256().digest()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(width: int) -> int:
    """The largest power of two below the width of a tree of at least two leaves."""
    return 1 << ((width - 1).bit_length() - 1)


def root(leaves: list[bytes]) -> bytes:
    """The root over the data of leaves, as RFC 9162 defines it: recursively, not level by level."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaf(leaves[0])
    middle = split(len(leaves))
    return node(root(leaves[:middle]), root(leaves[middle:]))


def root_of_run(leaves: list[bytes], start: int, count: int, siblings: list[bytes]) -> bytes:
    """The root of a tree of `count` leaves: those from `start` on are given, and the subtrees around them."""
    if not leaves or start + len(leaves) > count:
        raise Refused("a run of a proof does not lie within its section")
    rest = iter(siblings)
    found = _subtree(leaves, start, 0, count, rest)
    if next(rest, None) is not None:
        raise Refused("a run of a proof has more siblings than it needs")
    return found


def _subtree(leaves: list[bytes], start: int, first: int, width: int, siblings: Iterator[bytes]) -> bytes:
    if first >= start + len(leaves) or first + width <= start:
        sibling = next(siblings, None)
        if sibling is None:
            raise Refused("a run of a proof has fewer siblings than it needs")
        return sibling
    if width == 1:
        return leaf(leaves[first - start])
    middle = split(width)
    left = _subtree(leaves, start, first, middle, siblings)
    return node(left, _subtree(leaves, start, first + middle, width - middle, siblings))
