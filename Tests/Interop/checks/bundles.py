"""Golden bundles verified from genesis to row, and everything that was changed in them refused."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cbor2

from proof import bundle, genesis
from proof.bundle import Report
from proof.cbor import encode
from proof.signing import digest

from . import golden
from .harness import VECTORS, Runner, equal, refused, require

FLOOR = {"lithium/carbonate@1": 10_500_000}
# Each golden bundle with the floors that it proves, and whether its dockets are computed again.
NAMES: dict[str, tuple[dict[str, int], bool]] = {
    "table": (FLOOR, True),
    "item": (FLOOR, True),
    "absent": ({}, True),
    "row": (FLOOR, False),
    "unknown": ({}, False),
    "range": (FLOOR, False),
    "docket": ({}, True),
    "roster": ({}, False),
    "epochs": (FLOOR, True),
    "fork": (FLOOR, False),
}
# Every how-manieth byte of a bundle is changed; a prime, so that fields are met at all of their bytes.
STRIDE = 7


def run(runner: Runner) -> None:
    for name in NAMES:
        runner.run(f"bundle: {name} is verified from genesis to row", partial(_verified, name))
    runner.run("bundle: verifier.py as a command", _command)
    runner.run("bundle: those that ledger.json lists are refused", _listed)
    for name in ("item", "row", "epochs"):
        runner.run(f"bundle: {name} with one changed byte, anywhere, is refused", partial(_changed_bytes, name))
    runner.run("bundle: parts left out, added or exchanged are refused", _changed_parts)
    runner.run("bundle: of another network is refused", _other_network)
    runner.run("genesis: unsigned, signed twice or changed is refused", _genesis)


def verified(data: bytes) -> Report:
    return bundle.verified(data, golden.document())


def _verified(name: str) -> str:
    report = verified(golden.bundle(name))
    floors, is_reckoned = NAMES[name]
    equal({row.item: row.floor for row in report.rows}, floors, "floors")
    equal(report.rounds >= 1, is_reckoned, "whether the aggregation was computed again")
    return f"block {report.header.height}, signed by {', '.join(report.signers)}, {report.rounds} rounds computed again"


def _command() -> None:
    """Exit status 0 with what is proved, 1 with the reason, 2 for wrong usage."""
    verifier, document = Path(__file__).resolve().parents[1] / "verifier.py", VECTORS / "genesis.cbor"
    calls = [((VECTORS / "bundle-item.cbor", document), 0), ((document, document), 1), ((document,), 2)]
    for arguments, status in calls:
        done = subprocess.run([sys.executable, verifier, *arguments], capture_output=True, text=True, check=False)
        equal(done.returncode, status, f"exit status, {done.stderr}")
        require(("lithium/carbonate@1: 10.500000" in done.stdout) == (status == 0), f"it says {done.stdout!r}")


def _listed() -> str:
    listed = golden.ledger()["refusedBundles"]
    for each in listed:
        data = bytearray((VECTORS / each["file"]).read_bytes())
        data[each["flipLowestBitOfByte"]] ^= 1
        refused(f"byte {each['flipLowestBitOfByte']}", partial(verified, bytes(data)))
    return f"{len(listed)} bundles"


def changed_bytes(data: bytes, stride: int) -> Iterator[tuple[int, bytes]]:
    """Copies with one bit changed, another one in each place."""
    for number, place in enumerate(range(0, len(data), stride)):
        yield place, data[:place] + bytes([data[place] ^ 1 << number % 8]) + data[place + 1 :]


def _changed_bytes(name: str) -> str:
    data, count, reasons = golden.bundle(name), 0, set()
    for place, changed in changed_bytes(data, STRIDE):
        reasons.add(refused(f"a change of byte {place}", partial(verified, changed)))
        count += 1
    return f"{count} of {len(data)} bytes, {len(reasons)} reasons"


def _changed_parts() -> str:
    changes = [*_parts_changed(cbor2.loads(golden.bundle("table"))), *_links_changed()]
    for what, changed in changes:
        refused(what, partial(verified, encode(changed)))
    return f"{len(changes)} changes"


def _parts_changed(value: dict[int, Any]) -> Iterator[tuple[str, dict[int, Any]]]:
    headers, certificate, (heads, runs), acts = value[3], value[5], value[7], value[8]
    signatures = certificate[5]
    yield "another form", value | {0: 2}
    yield "another subject", value | {2: [1, "lithium/carbonate@2"]}
    yield "no subject", value | {2: None}
    yield "a subject that is not known", value | {2: [7]}
    yield "no header", value | {3: []}
    yield "a header left out", value | {3: [headers[0], headers[2]]}
    yield "headers exchanged", value | {3: [headers[1], headers[0], headers[2]]}
    yield "the last header left out", value | {3: headers[:-1]}
    yield "another header proved", value | {4: 0}
    yield "a header proved that is not there", value | {4: len(headers)}
    yield "too few signatures", value | {5: [*certificate[:5], signatures[:2]]}
    yield "a signer twice", value | {5: [*certificate[:5], [signatures[0], *signatures[:2]]]}
    yield "a notarisation for a finalisation", value | {5: [0, *certificate[1:]]}
    yield "a link that is none", value | {6: [0]}
    yield "a signed act left out", value | {8: acts[1:]}
    yield "a signed act twice", value | {8: [acts[0], *acts]}
    yield "signed acts exchanged", value | {8: [acts[1], acts[0], *acts[2:]]}
    yield "a signed act of nobody's docket", value | {8: sorted([*acts, _memorandum()], key=_identity)}
    yield "no proof", value | {7: [heads, []]}
    for place, run in enumerate(runs):
        yield f"the run of section {run[0]} left out", value | {7: [heads, [*runs[:place], *runs[place + 1 :]]]}


def _links_changed() -> Iterator[tuple[str, dict[int, Any]]]:
    """The links of a bundle some epochs later, each part of each left out or exchanged."""
    value = cbor2.loads(golden.bundle("epochs"))
    links = value[6]
    yield "no links", value | {6: []}
    yield "the last link left out", value | {6: links[:-1]}
    yield "a link twice", value | {6: [links[0], *links]}
    yield "links exchanged", value | {6: [links[1], links[0], *links[2:]]}
    for place, (kind, (headers, certificate, proof)) in enumerate(links):
        other = links[place - 1][1]
        damages = [
            [kind + 1, [headers, certificate, proof]],
            [kind, [[], certificate, proof]],
            [kind, [headers[1:], certificate, proof]],
            [kind, [headers, [*certificate[:5], certificate[5][:-1]], proof]],
            [kind, [headers, other[1], proof]],
            [kind, [headers, certificate, other[2]]],
            [kind, [headers, certificate, [proof[0], []]]],
        ]
        for number, damage in enumerate(damages):
            yield f"link {place} damaged ({number})", value | {6: [*links[:place], damage, *links[place + 1 :]]}


def _memorandum() -> list[Any]:
    return next(
        ["memorandum", cbor2.loads(bytes.fromhex(each["statement"]))]
        for each in golden.ledger()["statements"]
        if each["type"] == "memorandum"
    )


def _identity(act: list[Any]) -> bytes:
    payload = act[1][2]
    return digest("transaction", encode([act[0], cbor2.loads(payload)[0], payload]))


def _other_network() -> None:
    value = cbor2.loads(golden.bundle("item"))
    refused("another network", partial(verified, encode(value | {1: bytes(32)})))


def _genesis() -> str:
    content, endorsements = cbor2.loads((VECTORS / "genesis.cbor").read_bytes()).values()
    changes = [
        (content, endorsements[1:]),
        (content, [endorsements[0], *endorsements]),
        (content, [endorsements[1], *endorsements[1:]]),
        (content | {1: "Another network"}, endorsements),
        (content | {12: 2}, endorsements),
        (content | {4: "CHE"}, endorsements),
        (content | {3: content[3][::-1]}, endorsements),
        (content | {3: [*content[3], content[3][-1]]}, endorsements),
    ]
    for changed, signed in changes:
        refused(
            "a changed genesis",
            partial(genesis.verified, encode({0: changed, 1: signed})),
        )
    return f"{len(changes)} documents"
