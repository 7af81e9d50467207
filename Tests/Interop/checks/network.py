"""A short docket among real processes, one of its members in Python, and the bundle that it ends in."""

import tempfile
import time
from pathlib import Path
from typing import Any

from proof import bundle
from proof.cbor import decode, encode
from proof.records import Place
from proof.state import ProvenState

from . import schema, sessions
from .bundles import changed_bytes
from .harness import Runner, equal, refused, require
from .member import NO, Member, SealedSheet
from .products import Products, verify
from .testnet import CHAIR, MEMBERS, Testnet, running, testnet

DOCKET = "interop-1"
STRANGER = "KOR"  # speaks with its node in Python alone
PATIENCE = 60.0
ITEMS = ("lithium/carbonate@1", "nickel/unwrought@1")
PRICES = {"EUN": (10_400_000, 17_000_000), "JPN": (10_600_000, 16_500_000), "KOR": (10_500_000, 17_250_000), "USA": (10_800_000, 17_100_000)}


def run(runner: Runner, products: Products) -> None:
    with testnet(products) as net:
        if not runner.run("network: four members start from a genesis that Python verifies", lambda: _start(net)):
            return
        runner.run("network: a memorandum signed in Python is committed", lambda: _memorandum(net))
        runner.run("network: forged, foreign, stale and malformed submissions are refused", lambda: _refusals(net))
        runner.run("network: a docket of first floors, one member in Python", lambda: _docket(net))
        runner.run("network: its bundle is verified by both verifiers", lambda: _bundle(net))
        runner.run("network: the bundle with a changed byte is refused by both", lambda: _changed(net))
        sessions.run(runner, net)
        runner.run("network: stopped, nothing is left running", lambda: _stop(net))


def _start(net: Testnet) -> str:
    report = net.up()
    require(all(node["ready"] for node in report["nodes"]), f"not all nodes are ready: {report}")
    schema.validate("genesis-document", net.document.read_bytes())
    equal(net.member(CHAIR).download("/v1/genesis"), net.document.read_bytes(), "the genesis that a node serves")
    return f"network {net.genesis.network.hex()[:16]}…"


def _memorandum(net: Testnet) -> str:
    member = net.member(STRANGER)
    transaction = member.transaction("memorandum", b"written in another language")
    schema.validate("signed-transaction", encode(transaction))
    reply = member.submit(transaction)
    equal((reply.status, reply.body.get("result")), (200, "OK"), f"the answer to a memorandum, {reply.body}")
    again = member.post(encode(transaction))
    equal((again.status, again.body["code"]), (409, "REPLAYED"), "the answer to the same once more")
    return f"block {reply.body['height']}"


def _refusals(net: Testnet) -> str:
    member = net.member(STRANGER)
    good = member.transaction("memorandum", b"once")
    kind, (header, empty, payload, signature) = good
    elsewhere = Member(member.name, member.api, bytes(32), member.key)
    nobody = Member("CHE", member.api, member.network, member.key)
    attempts = [
        ("a changed signature", encode([kind, [header, empty, payload, signature[:-1] + bytes([signature[-1] ^ 1])]]), {"BAD_SIGNATURE"}),
        ("a changed payload", encode([kind, [header, empty, payload[:-1] + bytes([payload[-1] ^ 1]), signature]]), {"BAD_SIGNATURE"}),
        ("another network", encode(elsewhere.transaction("memorandum", b"x")), {"BAD_SIGNATURE"}),
        ("a stranger", encode(nobody.transaction("memorandum", b"x")), {"STRANGER"}),
        ("another type in front", encode(["ballot", good[1]]), {"WRONG_TYPE", "MALFORMED"}),
        ("a foreign algorithm", encode([kind, [encode({1: -7}), empty, payload, signature]]), {"WRONG_ALGORITHM"}),
        ("a stale limit", encode(member.transaction("memorandum", b"x", life=-1_000)), {"STALE"}),
        ("a limit too far ahead", encode(member.transaction("memorandum", b"x", life=10**9)), {"TOO_FAR_AHEAD"}),
        ("a byte behind", encode(good) + b"\x00", {"MALFORMED", "NOT_DETERMINISTIC"}),
        ("an argument that is not the shortest", b"\x98\x02" + encode(good)[1:], {"MALFORMED", "NOT_DETERMINISTIC"}),
        ("an indefinite length", b"\x9f" + encode(good)[1:] + b"\xff", {"MALFORMED", "NOT_DETERMINISTIC"}),
        ("no CBOR", b"GET / HTTP/1.1", {"MALFORMED", "NOT_DETERMINISTIC"}),
        ("nothing", b"", {"MALFORMED", "NOT_DETERMINISTIC"}),
    ]
    for what, data, codes in attempts:
        reply = member.post(data)
        require(400 <= reply.status < 500, f"{what}: answered with {reply.status}")
        require(reply.body["code"] in codes, f"{what}: refused with {reply.body['code']}, wanted {' or '.join(sorted(codes))}")
    return f"{len(attempts)} submissions"


# The docket


def _docket(net: Testnet) -> str:
    net.demand("docket", "open", DOCKET, "--kind", "FIRST", "--all", "--note", "checked by strangers", as_member=CHAIR)
    member, sheet = net.member(STRANGER), SealedSheet.of(Place(DOCKET, 0, 1), dict(zip(ITEMS, PRICES[STRANGER])))
    for name in MEMBERS:
        if name != STRANGER:
            _submit_sheet(net, name)
    early = member.submit(member.transaction("ballot", [[DOCKET, 0, 1], 1, NO, "too early"]))
    equal(early.body.get("result"), "WINDOW_NOT_OPEN", "the answer to a ballot before its window")
    _await(net, "COMMIT")
    _act(member, "commitment", sheet.commitment(member, _parameters(net)))
    _await(net, "REVEAL")
    _act(member, "reveal", sheet.reveal())
    _await(net, "RATIFY")
    for name in MEMBERS:
        if name != STRANGER:
            net.demand("ballot", "cast", DOCKET, "yes", "--reason", "in line with our data", as_member=name)
    ballot = [[DOCKET, 0, 1], 1, NO, "zu niedrig, 너무 낮다"]
    _act(member, "ballot", ballot)
    twice = member.submit(member.transaction("ballot", ballot))
    equal(twice.body.get("result"), "BALLOT_TWICE", "the answer to a second ballot")
    _await(net, "NOTICE")
    _check_pending(net)
    _await(net, "IN_FORCE")
    return "opened, sealed, revealed, voted on, announced and in force"


def _submit_sheet(net: Testnet, name: str) -> None:
    lines = [f"{item},USD/kg,PRICE,{price // 10**6}.{price % 10**6:06}" for item, price in zip(ITEMS, PRICES[name])]
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("\n".join(["item,unit,answer,price", *lines, ""]))
        file.flush()
        net.demand("sheet", "submit", file.name, "--docket", DOCKET, "--period", "2025", as_member=name)


def _act(member: Member, kind: str, body: Any) -> None:
    transaction = member.transaction(kind, body)
    schema.validate("transaction-payload", transaction[1][2])
    reply = member.submit(transaction)
    equal((reply.status, reply.body.get("result")), (200, "OK"), f"the answer to a {kind}, {reply.body}")


def _parameters(net: Testnet) -> bytes:
    return encode(decode(net.document.read_bytes(), "the genesis")[0][6])


def _await(net: Testnet, phase: str) -> None:
    """Waits until the docket's first lot is in a phase; it must not be past it."""
    member, limit = net.member(STRANGER), time.monotonic() + PATIENCE
    while True:
        lot = member.get(f"/v1/dockets/{DOCKET}").body["lots"][0]
        if lot["phase"] == phase:
            return
        require(time.monotonic() < limit, f"the lot is in {lot['phase']}, not in {phase}")
        time.sleep(0.1)


def _check_pending(net: Testnet) -> None:
    """An adopted row that is not in force yet is an entry that can be proved."""
    data = net.member(CHAIR).download(f"/v1/bundle?item={ITEMS[0]}")
    value = decode(data, "a bundle")
    state = ProvenState(value[7], value[3][value[4]][8])
    row = state.require("pending", ITEMS[0].encode())
    schema.validate("entry-pending", row)
    equal(bundle.verified(data, net.genesis).rows, [], "rows before entry into force")


# The bundle


def _bundle(net: Testnet) -> str:
    remarks = []
    for words in ([], *(["--item", item] for item in ITEMS)):
        data = _export(net, *words)
        schema.validate("bundle", data)
        report = bundle.verified(data, net.genesis)
        ours = verify(net.products, data, net.document)
        equal(ours.status, 0, f"exit status of floorctl, {ours.report.get('sentence')}")
        rows = {row["item"]: row["floorMicroUSDPerKilogram"] for row in ours.report["rows"]}
        equal({row.item: row.floor for row in report.rows}, rows, "floors of the two verifiers")
        equal((report.header.digest.hex(), report.signers), (ours.report["block"], ours.report["signers"]), "block and signers")
        require(len(rows) == (1 if words else 2), f"floors of all items are wanted, found {rows}")
        require(report.acts == {"ballot": 4, "docket-open": 1, "reveal": 4}, f"signed acts: {report.acts}")
        remarks = [f"{row.item} {row.floor}" for row in report.rows] if not words else remarks
    return f"{', '.join(remarks)}, {report.header.height} blocks"


def _export(net: Testnet, *words: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        net.demand("bundle", "export", "--out", path, *words, as_member="JPN")
        return path.read_bytes()


def _changed(net: Testnet) -> str:
    data, count, both = _export(net), 0, 0
    for place, changed in changed_bytes(data, 17):
        refused(f"a change of byte {place}", lambda changed=changed: bundle.verified(changed, net.genesis))
        count += 1
        if count % 40 == 0:
            equal(verify(net.products, changed, net.document).status, 1, f"exit status for a change of byte {place}")
            both += 1
    return f"{count} bytes by Python, {both} of them by floorctl"


def _stop(net: Testnet) -> None:
    stopped = net.down()["stopped"]
    equal(sorted(stopped), sorted(MEMBERS), "stopped")
    equal(running(net.directory), [], "processes")
