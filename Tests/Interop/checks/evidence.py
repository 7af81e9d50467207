"""Files of evidence and manifests of snapshots: the golden ones verified, everything changed in them refused."""

from functools import partial

import cbor2

from proof import bundle, evidence, snapshot
from proof.cbor import decode, encode
from proof.epochs import History
from proof.signing import digest

from . import golden
from .bundles import changed_bytes
from .harness import VECTORS, Runner, equal, refused, require


def run(runner: Runner) -> None:
    runner.run("epochs: validators are those that the golden network had", _epochs)
    runner.run("evidence: the golden contradictions are verified through the links of a bundle", _verified)
    runner.run("evidence: one changed byte, anywhere, is refused", _changed)
    runner.run("evidence: of an epoch that is not proved, or no contradiction, is refused", _refused)
    runner.run("snapshot: the golden manifest is verified, and its pieces found", _manifest)
    runner.run("snapshot: a manifest with one changed byte is refused", _changed_manifest)


def history() -> History:
    return bundle.verified(golden.bundle("roster"), golden.document()).finality.history


def _data() -> bytes:
    return (VECTORS / "evidence.cbor").read_bytes()


def _epochs() -> str:
    found, wanted = history().epochs, golden.ledger()["later"]["epochs"]
    equal(len(found), len(wanted), "epochs")
    for epoch, each in zip(found, wanted):
        validators = encode([[name, [key.algorithm, key.raw]] for name, key in epoch.validators])
        equal((epoch.number, epoch.opening.digest.hex()), (each["epoch"], each["opener"]), "epoch")
        equal(validators.hex(), each["validators"], f"validators of epoch {epoch.number}")
    for each in golden.ledger()["later"]["entries"]:
        if each["section"] == "keys":
            key = decode(bytes.fromhex(each["value"]), "a key")[0]
            equal(digest("key", encode(key)).hex(), each["key"], "the key under which a key is kept")
    return f"{len(found)} epochs"


def _verified() -> str:
    findings = evidence.verified(_data(), history())
    equal([finding.first.member for finding in findings], ["AUS", "JPN"], "members")
    return "; ".join(finding.sentence for finding in findings)


def _changed() -> str:
    data, known, count = _data(), history(), 0
    for place, changed in changed_bytes(data, 1):
        refused(f"a change of byte {place}", partial(evidence.verified, changed, known))
        count += 1
    return f"{count} bytes"


def _refused() -> str:
    value, known = cbor2.loads(_data()), history()
    (first, second), (other, _) = value[3]
    changes = [
        value | {1: bytes(32)},
        value | {2: 2},
        value | {2: 9},
        value | {3: []},
        value | {3: [[first, first]]},
        value | {3: [[first, other]]},
        value | {3: [[[0, first[1]], second]]},
    ]
    for change in changes:
        refused("changed evidence", partial(evidence.verified, encode(change), known))
    refused("evidence without links", partial(evidence.verified, _data(), History.of(golden.document())))
    return f"{len(changes) + 1} files"


def _manifest() -> str:
    offer = snapshot.verified((VECTORS / "snapshot-manifest.cbor").read_bytes(), golden.document())
    equal(offer.signer, "EUN", "signer")
    require(not offer.accepts((VECTORS / "snapshot.cbor").read_bytes()), "another snapshot is accepted")
    return f"block {offer.header.height}, {offer.size} bytes"


def _changed_manifest() -> str:
    data, count = (VECTORS / "snapshot-manifest.cbor").read_bytes(), 0
    for place, changed in changed_bytes(data, 13):
        refused(f"a change of byte {place}", partial(snapshot.verified, changed, golden.document()))
        count += 1
    return f"{count} of {len(data)} bytes"
