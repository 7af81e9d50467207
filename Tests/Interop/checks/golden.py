"""The golden files in Protocol/Vectors, item by item, each with its rule in the schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from proof import genesis
from proof.cbor import decode, encode
from proof.genesis import Genesis

from .harness import VECTORS

PAYLOADS = {"genesis": "genesis-endorsement", "hello": "hello-payload"} | dict.fromkeys(
    ("notarize", "nullify", "finalize"), "vote"
)
FILES = {
    "genesis.cbor": "genesis-document",
    "snapshot.cbor": "snapshot",
    "bundle-table.cbor": "bundle",
    "bundle-item.cbor": "bundle",
    "bundle-absent.cbor": "bundle",
    "bundle-row.cbor": "bundle",
    "bundle-unknown.cbor": "bundle",
    "bundle-range.cbor": "bundle",
    "bundle-docket.cbor": "bundle",
    "bundle-roster.cbor": "bundle",
    "bundle-epochs.cbor": "bundle",
    "bundle-fork.cbor": "bundle",
    "evidence.cbor": "contradiction-file",
    "snapshot-manifest.cbor": "snapshot-offer",
}
# One message a line, in hexadecimal: written by the tests of the modules that send them.
LINES = ("peer-message", "hello-payload", "desk-statement")
EACH = "each"
# What the records consist of that have a rule of their own: pycddl looks into the first item of a list only.
PARTS: dict[str, list[tuple[tuple[int | str, ...], str]]] = {
    "genesis-document": [((0,), "genesis-content"), ((1, EACH), "signed-statement")],
    "genesis-content": [
        ((3, EACH), "member-record"),
        ((5,), "ledger-parameters"),
        ((6,), "negotiation-parameters"),
        ((7, EACH), "item-record"),
        ((8, EACH), "item-votes"),
        ((9, EACH), "customs-profile"),
        ((10, EACH), "exchange-rate"),
        ((11, EACH), "territory-entry"),
    ],
    "snapshot": [((0,), "block-header"), ((1,), "quorum-certificate"), ((2, EACH, EACH), "section-entry")],
    "bundle": [
        ((2,), "bundle-subject"),
        ((3, EACH), "block-header"),
        ((5,), "quorum-certificate"),
        ((6, EACH), "epoch-link"),
        ((7,), "state-proof"),
        ((8, EACH), "signed-transaction"),
    ],
    "state-proof": [((0, EACH), "section-head"), ((1, EACH), "proof-run")],
    "proof-run": [((2, EACH), "section-entry"), ((3, EACH), "hash")],
    "signed-transaction": [((1,), "signed-statement")],
    "certified-block": [((0,), "block-outline"), ((1,), "quorum-certificate")],
    "block-outline": [((0,), "block-header"), ((1, EACH), "sha256")],
    "contradiction": [((EACH,), "signed-vote")],
    "contradiction-file": [((3, EACH), "contradiction")],
    "epoch-succession": [((0, EACH), "block-header"), ((1,), "quorum-certificate"), ((2,), "state-proof")],
    "restart-link": [((0,), "restart-document"), ((2,), "state-proof")],
    "restart-document": [((0,), "restart-content"), ((1, EACH), "signed-statement")],
    "restart-content": [((1,), "block-link"), ((2,), "validator-set"), ((4,), "validator-set")],
    "freeze-file": [((0,), "restart-basis"), ((1,), "signed-statement")],
    "snapshot-offer": [((2,), "signed-statement"), ((3,), "finality")],
    "finality": [((0, EACH), "block-header"), ((1,), "quorum-certificate"), ((2, EACH), "epoch-link")],
    "entry-motions": [((0,), "motion-body"), ((1,), "signing"), ((2, EACH), "motion-vote"), ((3,), "motion-outcome")],
    "motion-body": [((4, EACH), "roster-change")],
    "validator-set": [((EACH,), "validator-entry")],
    "entry-keys": [((0,), "public-key")],
    "entry-epochs": [((2,), "validator-set")],
    "signed-vote": [((1,), "signed-statement")],
    "entry-roster": [((3,), "public-key"), ((4,), "public-key"), ((5,), "public-key")],
    "entry-dockets": [((2, EACH), "signing"), ((3, EACH), "item-id"), ((4,), "docket-windows")],
    "entry-sheets": [((0,), "lot-round"), ((3,), "opened-sheet")],
    "opened-sheet": [((0,), "signing"), ((2,), "price-sheet"), ((3, EACH), "quote-verdict")],
    "price-sheet": [((0, EACH), "quote"), ((1, EACH), "evidence-file")],
    "entry-ballots": [((0,), "ballot-body"), ((1,), "signing")],
    "entry-results": [
        ((7,), "aggregation-figures"),
        ((8, EACH), "proposal-line"),
        ((10, EACH), "call-record"),
        ((11,), "item-outcome"),
    ],
    "call-record": [((4,), "chamber-tally"), ((5,), "chamber-tally")],
    "entry-rows": [((9,), "price-dispersion")],
}


@dataclass(frozen=True)
class Golden:
    """Bytes that this program writes, and the rule that they follow."""

    origin: str
    rule: str
    data: bytes


@cache
def ledger() -> dict[str, Any]:
    return json.loads((VECTORS / "ledger.json").read_text())


@cache
def floors() -> list[dict[str, Any]]:
    return json.loads((VECTORS / "floors.json").read_text())["cases"]


@cache
def signatures() -> dict[str, Any]:
    return json.loads((VECTORS / "signatures.json").read_text())


@cache
def document() -> Genesis:
    return genesis.verified((VECTORS / "genesis.cbor").read_bytes())


def bundle(name: str) -> bytes:
    return (VECTORS / f"bundle-{name}.cbor").read_bytes()


def whole() -> list[Golden]:
    """The items as they stand in the files."""
    files = [Golden(name, rule, (VECTORS / name).read_bytes()) for name, rule in FILES.items()]
    for rule in LINES:
        name = f"{rule}.hex"
        files += [Golden(name, rule, bytes.fromhex(line)) for line in (VECTORS / name).read_text().split()]
    return files + [
        Golden(f"ledger.json, {origin}", rule, bytes.fromhex(text)) for origin, rule, text in _ledger_items()
    ]


def parts(item: Golden) -> Iterator[Golden]:
    """The parts of an item that have a rule of their own, and theirs."""
    value = decode(item.data, item.origin)
    for path, rule in PARTS.get(item.rule, []):
        for found in _at(value, path):
            part = Golden(item.origin, rule, encode(found))
            yield part
            yield from parts(part)


def _at(value: Any, path: tuple[int | str, ...]) -> Iterator[Any]:
    if not path:
        yield value
    elif value is None:
        return
    elif path[0] == EACH:
        for each in value:
            yield from _at(each, path[1:])
    else:
        yield from _at(value[path[0]], path[1:])


def identity_content(statement: dict[str, Any]) -> bytes:
    """What a transaction's identity is the digest of."""
    return encode([statement["type"], statement["signer"], bytes.fromhex(statement["payload"])])


def _ledger_items() -> Iterator[tuple[str, str, str]]:
    content = ledger()
    yield "genesis header", "block-header", content["genesisHeader"]
    for each in content["statements"]:
        yield "statements", "signed-statement", each["statement"]
        yield "signed bytes", "signed-bytes", each["signedBytes"]
        yield "external data", "external-data", decode(bytes.fromhex(each["signedBytes"]), "signed bytes")[2].hex()
        if "identity" in each:
            yield "identities", "transaction-identity", identity_content(each).hex()
        yield "payloads", PAYLOADS.get(each["type"], "transaction-payload"), each["payload"]
    for each in content["blocks"]:
        yield "headers", "block-header", each["header"]
        yield "outlines", "block-outline", each["outline"]
        for body in each["bodies"]:
            yield "bodies", "signed-transaction", body
    for each in content["outcomes"]:
        yield "outcomes", "transaction-outcome", each["outcome"]
    for each in content["sections"]:
        yield "section heads", "section-head", each["head"]
    for each in content["entries"]:
        yield f"entries of {each['section']}", f"entry-{each['section']}", each["value"]
    for each in content["proofs"]:
        yield "proofs", "state-proof", each["proof"]
    for each in content["later"]["entries"]:
        yield f"later entries of {each['section']}", f"entry-{each['section']}", each["value"]
    for each in content["encodings"]:
        yield f"encodings of {each['rule']}", each["rule"], each["hex"]
