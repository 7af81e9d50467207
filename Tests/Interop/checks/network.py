"""A short docket among real processes, one of its members in Python, and the bundle that it ends in."""

import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from proof import bundle, snapshot
from proof.cbor import decode, encode
from proof.records import Place, Row
from proof.state import ProvenState

from . import schema, sessions
from .bundles import changed_bytes
from .harness import Runner, equal, refused, require
from .member import NO, Member, SealedSheet
from .products import Products, verify
from .testnet import CHAIR, MEMBERS, Testnet, running, testnet

STRANGER = "KOR"  # speaks with its node in Python alone
AT_ITS_DESK = "JPN"  # hands its sheet to the desk of its node, in Python too
PATIENCE = 60.0
LITHIUM, NICKEL = "lithium/carbonate@1", "nickel/unwrought@1"


@dataclass(frozen=True)
class Plan:
    """A docket: what each member, ascending by name, proposes for each item, and the floors that follow."""

    docket: str
    kind: str
    prices: dict[str, tuple[int, int, int, int]]
    floors: dict[str, int]

    def sheet(self, member: str) -> dict[str, int]:
        return {item: prices[MEMBERS.index(member)] for item, prices in self.prices.items()}


# Of four equal weights the second price is the median. The second docket's rise of a fifth is held at 5 %.
FIRST = Plan(
    "interop-1",
    "FIRST",
    {
        LITHIUM: (10_400_000, 10_600_000, 10_500_000, 10_800_000),
        NICKEL: (17_000_000, 16_500_000, 17_250_000, 17_100_000),
    },
    {LITHIUM: 10_500_000, NICKEL: 17_000_000},
)
ROUTINE = Plan(
    "interop-2",
    "ROUTINE",
    {LITHIUM: (12_600_000, 12_700_000, 12_500_000, 12_800_000)},
    {LITHIUM: 11_020_000},
)


def run(runner: Runner, products: Products) -> None:
    with testnet(products) as net:
        if not runner.run("network: four members start from a genesis that Python verifies", partial(_start, net)):
            return
        runner.run("network: a memorandum signed in Python is committed", partial(_memorandum, net))
        runner.run("network: forged, foreign, stale and malformed submissions are refused", partial(_refusals, net))
        runner.run("network: a docket of first floors, one member in Python", partial(_negotiate, net, FIRST))
        runner.run("network: a docket that revises a floor, within the step limit", partial(_negotiate, net, ROUTINE))
        runner.run("network: bundles are verified by both verifiers", partial(_bundle, net))
        runner.run(
            "network: rows, absences, ranges, dockets and the roster are proved to both", partial(_subjects, net)
        )
        runner.run(
            "network: two bundles of one chain, and a floor explained from a docket's bundle", partial(_compared, net)
        )
        runner.run("network: a snapshot and its manifest are verified by both", partial(_snapshot, net))
        runner.run("network: a bundle with a changed byte is refused by both", partial(_changed, net))
        sessions.run(runner, net)
        runner.run("network: stopped, nothing is left running", partial(_stop, net))


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
        (
            "a changed signature",
            encode([kind, [header, empty, payload, signature[:-1] + bytes([signature[-1] ^ 1])]]),
            {"BAD_SIGNATURE"},
        ),
        (
            "a changed payload",
            encode([kind, [header, empty, payload[:-1] + bytes([payload[-1] ^ 1]), signature]]),
            {"BAD_SIGNATURE"},
        ),
        ("another network", encode(elsewhere.transaction("memorandum", b"x")), {"BAD_SIGNATURE"}),
        ("a stranger", encode(nobody.transaction("memorandum", b"x")), {"STRANGER"}),
        ("another type in front", encode(["ballot", good[1]]), {"WRONG_TYPE"}),
        ("a foreign algorithm", encode([kind, [encode({1: -7}), empty, payload, signature]]), {"WRONG_ALGORITHM"}),
        ("a stale limit", encode(member.transaction("memorandum", b"x", life=-1_000)), {"STALE"}),
        ("a limit too far ahead", encode(member.transaction("memorandum", b"x", life=10**9)), {"TOO_FAR_AHEAD"}),
        ("a byte behind", encode(good) + b"\x00", {"MALFORMED"}),
        ("an argument that is not the shortest", b"\x98\x02" + encode(good)[1:], {"MALFORMED"}),
        ("an indefinite length", b"\x9f" + encode(good)[1:] + b"\xff", {"MALFORMED"}),
        ("no CBOR", b"GET / HTTP/1.1", {"MALFORMED"}),
        ("nothing", b"", {"MALFORMED"}),
    ]
    for what, data, codes in attempts:
        reply = member.post(data)
        require(400 <= reply.status < 500, f"{what}: answered with {reply.status}")
        require(
            reply.body["code"] in codes,
            f"{what}: refused with {reply.body['code']}, wanted {' or '.join(sorted(codes))}",
        )
    return f"{len(attempts)} submissions"


# Dockets


def _negotiate(net: Testnet, plan: Plan) -> str:
    items = [word for item in plan.prices for word in ("--item", item)]
    net.demand("docket", "open", plan.docket, "--kind", plan.kind, "--note", "by strangers", *items, as_member=CHAIR)
    member, place = net.member(STRANGER), [plan.docket, 0, 1]
    sheet = SealedSheet.of(Place(plan.docket, 0, 1), plan.sheet(STRANGER))
    others = [name for name in MEMBERS if name != STRANGER]
    for name in others:
        if name == AT_ITS_DESK:
            _hand_in(net.member(name), place, SealedSheet.of(Place(plan.docket, 0, 1), plan.sheet(name)).sheet)
        else:
            _submit_sheet(net, plan, name)
    early = member.submit(member.transaction("ballot", [place, 1, NO, "too early"]))
    equal(early.body.get("result"), "WINDOW_NOT_OPEN", "the answer to a ballot before its window")
    _await(net, plan, "COMMIT")
    _act(member, "commitment", sheet.commitment(member, _parameters(net)))
    _await(net, plan, "REVEAL")
    _act(member, "reveal", sheet.reveal())
    _await(net, plan, "RATIFY")
    for name in others:
        net.demand("ballot", "cast", plan.docket, "yes", "--reason", "in line with our data", as_member=name)
    ballot = [place, 1, NO, "zu niedrig, 너무 낮다"]
    _act(member, "ballot", ballot)
    twice = member.submit(member.transaction("ballot", ballot))
    equal(twice.body.get("result"), "BALLOT_TWICE", "the answer to a second ballot")
    _await(net, plan, "NOTICE")
    _check_pending(net, plan)
    _await(net, plan, "IN_FORCE")
    return "opened, sealed, revealed, voted on, announced and in force"


def _submit_sheet(net: Testnet, plan: Plan, name: str) -> None:
    prices = plan.sheet(name).items()
    lines = [f"{item},USD/kg,PRICE,{price // 10**6}.{price % 10**6:06}" for item, price in prices]
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("\n".join(["item,unit,answer,price", *lines, ""]))
        file.flush()
        words = ["--docket", plan.docket, "--period", "2025", "--confirm"]
        net.demand("sheet", "submit", file.name, *words, as_member=name)


def _hand_in(member: Member, place: list[Any], sheet: list[Any]) -> None:
    statement = member.desk_sheet(place, sheet)
    schema.validate("desk-statement", statement[1][2])
    foreign = ["desk-sheet", [*statement[1][:3], bytes(64)]]
    equal(member.post(encode(foreign), path="/v1/desk/sheet").body["code"], "BAD_SIGNATURE", "a forged sheet")
    reply = member.post(encode(statement), path="/v1/desk/sheet")
    equal(reply.status, 200, f"the desk's answer, {reply.body}")


def _act(member: Member, kind: str, body: Any) -> None:
    transaction = member.transaction(kind, body)
    schema.validate("transaction-payload", transaction[1][2])
    reply = member.submit(transaction)
    equal((reply.status, reply.body.get("result")), (200, "OK"), f"the answer to a {kind}, {reply.body}")


def _parameters(net: Testnet) -> bytes:
    return encode(decode(net.document.read_bytes(), "the genesis")[0][6])


def _await(net: Testnet, plan: Plan, phase: str) -> None:
    """Waits until the docket's lot is in a phase."""
    member, limit = net.member(STRANGER), time.monotonic() + PATIENCE
    while True:
        lot = member.get(f"/v1/dockets/{plan.docket}").body["lots"][0]
        if lot["phase"] == phase:
            return
        require(time.monotonic() < limit, f"the lot is in {lot['phase']}, not in {phase}")
        time.sleep(0.1)


def _check_pending(net: Testnet, plan: Plan) -> None:
    """An adopted row that is not in force yet is an entry that can be proved."""
    for item, floor in plan.floors.items():
        data = net.member(CHAIR).download(f"/v1/bundle?item={item}")
        value = decode(data, "a bundle")
        state = ProvenState(value[7], value[3][value[4]][8])
        row = state.require("pending", item.encode())
        schema.validate("entry-pending", row)
        equal(Row.of(row).floor, floor, f"the pending floor of {item}")
        report = bundle.verified(data, net.genesis)
        require(floor not in [each.floor for each in report.rows], "a pending floor is in the table")


# The bundle


def _bundle(net: Testnet) -> str:
    floors = FIRST.floors | ROUTINE.floors
    for words, items in (([], floors), (["--item", LITHIUM], [LITHIUM]), (["--item", NICKEL], [NICKEL])):
        data = _export(net, *words)
        schema.validate("bundle", data)
        report = bundle.verified(data, net.genesis)
        ours = verify(net.products, data, net.document)
        equal(ours.status, 0, f"exit status of floorctl, {ours.report.get('sentence')}")
        wanted = {item: floors[item] for item in items}
        equal({row.item: row.floor for row in report.rows}, wanted, "floors by Python")
        found = {row["item"]: row["floorMicroUSDPerKilogram"] for row in ours.report["rows"]}
        equal(found, wanted, "floors by floorctl")
        equal((report.header.digest.hex(), report.signers), (ours.report["block"], ours.report["signers"]), "block")
        dockets = len({row.docket for row in report.rows} | {ROUTINE.docket})
        equal(report.acts, {"ballot": 4 * dockets, "docket-open": dockets, "reveal": 4 * dockets}, "signed acts")
    return ", ".join(f"{item} {floor}" for item, floor in floors.items())


def _subjects(net: Testnet) -> str:
    """Bundles without signed inputs, a docket's with all of them, and the roster's: both verifiers say the same."""
    floors = FIRST.floors | ROUTINE.floors
    cases: list[tuple[list[str], dict[str, int]]] = [
        (["--item", LITHIUM, "--lean"], {LITHIUM: floors[LITHIUM]}),
        (["--range", f"{LITHIUM}..{NICKEL}"], floors),
        (["--range", f"{LITHIUM}..{LITHIUM}"], {LITHIUM: floors[LITHIUM]}),
        (["--absent", "gold/bar@1"], {}),
        (["--docket", FIRST.docket], {}),
        (["--docket", ROUTINE.docket], {}),
        (["--roster"], {}),
    ]
    sizes = []
    for words, wanted in cases:
        data = _export(net, *words)
        schema.validate("bundle", data)
        report = bundle.verified(data, net.genesis)
        equal({row.item: row.floor for row in report.rows}, wanted, f"floors by Python of {' '.join(words)}")
        ours = verify(net.products, data, net.document)
        equal(ours.status, 0, f"exit status of floorctl, {ours.report.get('sentence')}")
        found = {row["item"]: row["floorMicroUSDPerKilogram"] for row in ours.report["rows"]}
        equal(found, wanted, f"floors by floorctl of {' '.join(words)}")
        sizes.append(f"{words[0].removeprefix('--')} {len(data)}")
        if words[0] == "--docket":
            equal(report.acts, {"ballot": 4, "commitment": 4, "docket-open": 1, "reveal": 4}, "signed acts")
    equal([member["id"] for member in ours.report["roster"]], list(MEMBERS), "the roster by floorctl")
    return f"bytes: {', '.join(sizes)}"


def _compared(net: Testnet) -> str:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("one", "other", "votes")]
        net.demand("bundle", "export", "--item", LITHIUM, "--lean", "--out", files[0], as_member="JPN")
        height = bundle.verified(files[0].read_bytes(), net.genesis).header.height
        _memorandum_again(net)
        words: list[str | Path] = [
            "bundle",
            "export",
            "--item",
            LITHIUM,
            "--lean",
            "--from",
            str(height),
            "--out",
            files[1],
        ]
        net.demand(*words, as_member="USA")
        report = net.products.demand(
            "bundle", "compare", files[0], files[1], "--genesis", net.document, "--evidence", files[2]
        )
        equal((report["relation"], report["exposed"]), ("oneChain", []), "what is said of two bundles")
        require(not files[2].exists(), "evidence was written against nobody")
    explained = net.demand("explain", ROUTINE.docket, LITHIUM, as_member="EUN")
    equal(explained["floorMicroUSDPerKilogram"], ROUTINE.floors[LITHIUM], "the floor explained")
    return str(report["sentences"][0])


def _memorandum_again(net: Testnet) -> None:
    member = net.member(STRANGER)
    reply = member.submit(member.transaction("memorandum", b"between two bundles"))
    equal(reply.status, 200, f"the answer to a memorandum, {reply.body}")


def _snapshot(net: Testnet) -> str:
    with tempfile.TemporaryDirectory() as folder:
        state, manifest = Path(folder) / "state", Path(folder) / "manifest"
        net.demand("snapshot", "export", "--out", state, "--manifest", manifest, as_member="USA")
        schema.validate("snapshot-offer", manifest.read_bytes())
        offer = snapshot.verified(manifest.read_bytes(), net.genesis)
        require(offer.accepts(state.read_bytes()), "the manifest does not have the digests of the snapshot's pieces")
        words: list[str | Path] = ["snapshot", "verify", manifest, "--genesis", net.document, "--snapshot", state]
        report = net.products.demand(*words)
        equal((report["signer"], report["snapshotVerified"]), ("USA", True), "the answer of floorctl")
        data = bytearray(state.read_bytes())
        data[len(data) // 2] ^= 1
        state.write_bytes(data)
        answer = net.products.ask(*words)
        equal((answer.status, answer.report["code"]), (1, "SNAPSHOT_CHUNK"), "a changed snapshot")
        return f"block {offer.header.height}, {offer.size} bytes"


def _export(net: Testnet, *words: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle"
        net.demand("bundle", "export", "--out", path, *words, as_member="JPN")
        return path.read_bytes()


def _changed(net: Testnet) -> str:
    data, count, both = _export(net), 0, 0
    for place, changed in changed_bytes(data, 17):
        refused(f"a change of byte {place}", partial(bundle.verified, changed, net.genesis))
        count += 1
        if count % 40 == 0:
            equal(verify(net.products, changed, net.document).status, 1, f"exit status for a change of byte {place}")
            both += 1
    return f"{count} bytes by Python, {both} of them by floorctl"


def _stop(net: Testnet) -> None:
    stopped = net.down()["stopped"]
    equal(sorted(stopped), sorted(MEMBERS), "stopped")
    equal(running(net.directory), [], "processes")
