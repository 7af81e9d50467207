"""Headers of blocks and the certificates that make them final (Protocol/ledger.md, Protocol/consensus.md)."""

from dataclasses import dataclass
from typing import Any

from .cbor import Fields, Refused, encode
from .signing import Key, digest, quorum, signed_bytes

NOTARIZE, NULLIFY, FINALIZE = range(3)
KIND_NAMES = ("notarize", "nullify", "finalize")


@dataclass(frozen=True)
class Header:
    height: int
    epoch: int
    view: int
    parent: bytes
    parent_view: int
    timestamp: int
    transactions_root: bytes
    results_root: bytes
    state_root: bytes
    proposer: str
    rules: int
    digest: bytes

    @staticmethod
    def of(value: Any) -> "Header":
        fields = Fields(value, 11, "a header")
        return Header(
            height=fields.unsigned(),
            epoch=fields.unsigned(),
            view=fields.unsigned(),
            parent=fields.digest(),
            parent_view=fields.unsigned(),
            timestamp=fields.integer(),
            transactions_root=fields.digest(),
            results_root=fields.digest(),
            state_root=fields.digest(),
            proposer=fields.text(r"[A-Z0-9]{2,16}"),
            rules=fields.unsigned(),
            digest=digest("block", encode(value)),
        )

    def follows(self, before: "Header") -> bool:
        """Whether this is the header of a child, within one epoch."""
        return (
            self.parent == before.digest
            and self.parent_view == before.view
            and self.height == before.height + 1
            and self.epoch == before.epoch
            and self.view > before.view
            and self.timestamp > before.timestamp
        )


def check_chain(headers: list[Header]) -> None:
    for before, header in zip(headers, headers[1:]):
        if not header.follows(before):
            raise Refused(f"the header of height {header.height} does not follow from the one before it")


@dataclass(frozen=True)
class Epoch:
    """All that someone who executes nothing knows of an epoch: the block that opened it and who votes in it."""

    network: bytes
    number: int
    opening: Header
    validators: list[tuple[str, Key]]

    def leads_to(self, header: Header) -> bool:
        """Whether a header can be of this epoch, by all that the opening block says of it."""
        if header == self.opening:
            return header.epoch == self.number
        later = (
            header.epoch == self.number
            and header.height > self.opening.height
            and header.view > self.opening.view
            and header.timestamp > self.opening.timestamp
        )
        if header.height != self.opening.height + 1:
            return later
        return later and (header.parent, header.parent_view) == (self.opening.digest, self.opening.view)


@dataclass(frozen=True)
class Certificate:
    kind: int
    view: int
    block: bytes | None
    signers: list[str]


def verified(certificate: Any, known: Epoch) -> Certificate:
    """A certificate of an epoch: each vote is rebuilt with its member's name and verified."""
    fields = Fields(certificate, 6, "the certificate")
    kind, epoch, opener = fields.unsigned(2), fields.unsigned(), fields.digest()
    view, block, signatures = fields.unsigned(), fields.raw(), fields.items(256)
    if (block is None) != (kind == NULLIFY):
        raise Refused("the certificate names a block exactly when it should not")
    if (epoch, opener) != (known.number, known.opening.digest):
        raise Refused("the certificate is of another epoch, or of one that another block opened")
    members = known.validators
    if len(signatures) < quorum(len(members)):
        raise Refused(f"{len(signatures)} signatures are no quorum of {len(members)} members")
    names, least = [], 0
    for each in signatures:
        entry = Fields(each, 2, "a signature of the certificate")
        index, signature = entry.unsigned(2**16 - 1), entry.octets(64)
        if not least <= index < len(members):
            raise Refused("the signers of the certificate are out of order or do not exist")
        least = index + 1
        name, key = members[index]
        vote = encode([kind, epoch, opener, view, block, name])
        if not key.verifies(signed_bytes(key.algorithm, known.network, KIND_NAMES[kind], vote), signature):
            raise Refused(f"the signature of {name} in the certificate does not verify")
        names.append(name)
    return Certificate(kind, view, block, names)


def signers(certificate: Any, known: Epoch, last: Header) -> list[str]:
    """Who finalised the last header."""
    found = verified(certificate, known)
    if (found.kind, found.block, found.view, known.number) != (FINALIZE, last.digest, last.view, last.epoch):
        raise Refused("the certificate does not finalise the last header")
    return found.signers
