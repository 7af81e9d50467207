"""Headers, roots, entries and proofs of Protocol/Vectors/ledger.json, computed again by Protocol/ledger.md."""

from functools import partial
from typing import Any

import cbor2

from proof import merkle
from proof.cbor import decode, encode
from proof.chain import Header, check_chain
from proof.signing import digest
from proof.state import SECTIONS, Entry, ProvenState, head_of, root_of_heads

from . import golden
from .harness import Runner, equal, refused, require


def run(runner: Runner) -> None:
    runner.run("ledger: network and genesis block follow from the genesis document", _genesis)
    runner.run("ledger: headers follow from each other", _headers)
    runner.run("ledger: roots of transactions and results", _roots)
    runner.run("ledger: section roots and state root from all entries", _state)
    runner.run("ledger: inclusion, absence, ranges and whole sections are proved", _proofs)
    runner.run("ledger: damaged proofs are refused", _damaged_proofs)
    runner.run("ledger: a snapshot gives the state root of its header", _snapshot)


def _genesis() -> None:
    content, found = golden.ledger(), golden.document()
    equal(found.network.hex(), content["network"], "network")
    equal(found.header.digest.hex(), content["genesisDigest"], "genesis block")


def _header(text: str) -> Header:
    return Header.of(decode(bytes.fromhex(text), "a header"))


def _headers() -> str:
    content = golden.ledger()
    headers = [_header(content["genesisHeader"]), *(_header(each["header"]) for each in content["blocks"])]
    check_chain(headers)
    equal([header.digest.hex() for header in headers[1:]], [each["digest"] for each in content["blocks"]], "digests")
    return f"{len(headers)} headers"


def _roots() -> str:
    content, count = golden.ledger(), 0
    for height, block in enumerate(content["blocks"], start=1):
        header, identities = _header(block["header"]), [_identity(bytes.fromhex(body)) for body in block["bodies"]]
        outcomes = [bytes.fromhex(each["outcome"]) for each in content["outcomes"] if each["height"] == height]
        equal(merkle.root(identities), header.transactions_root, f"transactions of block {height}")
        equal(merkle.root(outcomes), header.results_root, f"results of block {height}")
        equal(decode(bytes.fromhex(block["outline"]), "an outline")[1], identities, f"outline of block {height}")
        equal([decode(each, "an outcome")[0] for each in outcomes], identities, f"outcomes of block {height}")
        count += len(identities)
    return f"{count} transactions"


def _identity(body: bytes) -> bytes:
    kind, statement = decode(body, "a transaction")
    payload = statement[2]
    return digest("transaction", encode([kind, decode(payload, "a payload")[0], payload]))


def _entries() -> dict[str, list[Entry]]:
    entries: dict[str, list[Entry]] = {name: [] for name in SECTIONS}
    for each in golden.ledger()["entries"]:
        entries[each["section"]].append((bytes.fromhex(each["key"]), bytes.fromhex(each["value"])))
    return entries


def _state() -> str:
    content, entries = golden.ledger(), _entries()
    heads = [head_of(number, entries[name]) for number, name in enumerate(SECTIONS)]
    equal(
        [encode(head).hex() for head in heads], [each["head"] for each in content["sections"]], "heads of the sections"
    )
    equal(root_of_heads(heads).hex(), content["stateRoot"], "state root")
    for name, known in entries.items():
        equal(known, sorted(known), f"order of {name}")
    equal(
        _header(content["blocks"][-1]["header"]).state_root.hex(), content["stateRoot"], "state root of the last header"
    )
    return f"{sum(map(len, entries.values()))} entries in {len(SECTIONS)} sections"


def _proven(proof: Any) -> ProvenState:
    return ProvenState(proof, bytes.fromhex(golden.ledger()["stateRoot"]))


def _proofs() -> str:
    proofs, entries = golden.ledger()["proofs"], _entries()
    for each in proofs:
        state, section, key = (
            _proven(cbor2.loads(bytes.fromhex(each["proof"]))),
            each["section"],
            bytes.fromhex(each["key"]),
        )
        if each["name"] in ("whole section", "range"):
            equal(
                state.prefix(section, key),
                [entry for entry in entries[section] if entry[0].startswith(key)],
                each["name"],
            )
        else:
            equal(state.value(section, key), bytes.fromhex(each["value"]) or None, each["name"])
    return f"{len(proofs)} proofs"


def _damaged_proofs() -> str:
    """Entries, siblings, places and sections changed; and nothing follows from what is not shown."""
    proofs, count = golden.ledger()["proofs"], 0
    for each in proofs:
        heads, runs = cbor2.loads(bytes.fromhex(each["proof"]))
        damages = [[heads[1:] + heads[:1], runs], [heads[:-1], runs]]
        for place, (section, start, shown, siblings) in enumerate(runs):
            changed = [[shown[0][0], shown[0][1] + b"\x00"], *shown[1:]]
            copies = [
                [section, start, changed, siblings],
                [section, start, shown[1:], siblings],
                [section, start + 1, shown, siblings],
                [section, start, shown, [*siblings, bytes(32)]],
                [section, start, [*shown, shown[-1]], siblings],
                [(section + 1) % len(SECTIONS), start, shown, siblings],
            ]
            if siblings:
                copies += [[section, start, shown, siblings[1:]], [section, start, shown, [bytes(32), *siblings[1:]]]]
            damages += [[heads, [*runs[:place], copy, *runs[place + 1 :]]] for copy in copies]
        for damage in damages:
            refused(f"a damaged proof ({each['name']})", partial(_proven, damage))
            count += 1
        if runs:
            bare = _proven([heads, []])
            refused(
                "an answer without a run",
                partial(bare.value, each["section"], bytes.fromhex(each["key"])),
            )
    return f"{count} damaged proofs"


def _snapshot() -> str:
    header, certificate, sections, seen = decode((golden.VECTORS / "snapshot.cbor").read_bytes(), "the snapshot")
    found = Header.of(header)
    entries = [[(key, value) for key, value in section] for section in sections]
    entries.insert(SECTIONS.index("seen"), [_bucket(second, identities) for second, identities in seen])
    root = root_of_heads([head_of(number, section) for number, section in enumerate(entries)])
    equal(root.hex(), found.state_root.hex(), "state root")
    require(certificate[4] == found.digest, "the certificate is not of the snapshot's header")
    return f"{sum(map(len, entries))} entries"


def _bucket(second: int, identities: list[bytes]) -> Entry:
    running = bytes(32)
    for identity in identities:
        running = digest("seen", running, identity)
    return second.to_bytes(8, "big"), encode([len(identities), running])
