"""A signed manifest of a snapshot, verified by its header's finality, and the pieces that it names."""

import hashlib
from dataclasses import dataclass

from .cbor import Fields, Refused, decode, refusing
from .chain import Header
from .epochs import MOST_HEADERS, MOST_LINKS, finality
from .genesis import MEMBER_ID, Genesis
from .signing import Statement

CHUNK = 2**20


@dataclass(frozen=True)
class Offer:
    header: Header
    signer: str
    size: int
    chunks: list[bytes]

    def accepts(self, snapshot: bytes) -> bool:
        """Whether these are the bytes that the manifest is of."""
        pieces = [snapshot[start : start + CHUNK] for start in range(0, len(snapshot), CHUNK)]
        return len(snapshot) == self.size and self.chunks == [_digest(piece) for piece in pieces]


def _digest(piece: bytes) -> bytes:
    return hashlib.sha256(b"pricefloor/snapshot-chunk/1" + piece).digest()


@refusing("the manifest")
def verified(data: bytes, genesis: Genesis) -> Offer:
    fields = Fields(decode(data, "the manifest"), 4, "the manifest", keys=range(4))
    if fields.unsigned() != 1:
        raise Refused("the manifest has another form than 1")
    if fields.digest() != genesis.network:
        raise Refused("the manifest is of another network than the genesis")
    statement = Statement.of(fields.raw(), "the manifest")
    parts = Fields(fields.raw(), 3, "the finality")
    final = finality(parts.items(MOST_HEADERS, least=1), parts.raw(), parts.items(MOST_LINKS), genesis)
    content = Fields(decode(statement.payload, "the manifest"), 6, "the manifest")
    signer, header, height, root = content.text(MEMBER_ID), content.digest(), content.unsigned(), content.digest()
    size, chunks = content.unsigned(), content.items(4_096, least=1)
    key = dict(final.history.latest.validators).get(signer)
    if key is not None:
        statement.verify(key, genesis.network, "snapshot-manifest", f"{signer} under the manifest")
    found = final.headers[0]
    if (header, height, root) != (found.digest, found.height, found.state_root):
        raise Refused("the manifest is of another header than the one that is final")
    if not (len(chunks) - 1) * CHUNK < size <= len(chunks) * CHUNK:
        raise Refused("the manifest names another number of chunks than its size needs")
    return Offer(found, signer, size, [Fields([each], 1, "a chunk").digest() for each in chunks])
