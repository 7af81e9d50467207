"""A real member that signs contradictory votes: exposed, out of the validators, and proved so to strangers."""

import subprocess
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

from proof import bundle, evidence
from proof.epochs import History

from . import schema
from .harness import Runner, equal, require
from .products import Products, verify
from .testnet import CHAIR, MEMBERS, Testnet, testnet

HONEST = [name for name in MEMBERS if name != CHAIR]
LIAR = CHAIR
PATIENCE = 60.0


def run(runner: Runner, products: Products) -> None:
    with testnet(products) as net:
        process = _start(net)
        try:
            if not runner.run(
                "exposure: a member that signs contradictory votes loses its vote", partial(_leaves, net)
            ):
                return
            runner.run("exposure: evidence from a node that saw nothing itself convinces both", partial(_evidence, net))
            runner.run(
                "exposure: bundles of the next epoch are verified through their link by both", partial(_links, net)
            )
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)


def _start(net: Testnet) -> subprocess.Popen[bytes]:
    net.demand("testnet", "up", "--dir", net.directory, "--members", ",".join(HONEST), seconds=120)
    program = net.products.folder / "floord-byzantine"
    command = [str(program), "--config", str(net.folder(LIAR) / "floord.yaml"), "--equivocate"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _leaves(net: Testnet) -> str:
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        # A liar whose votes nobody needs stays undiscovered while nothing happens.
        member = net.member(HONEST[0])
        member.submit(member.transaction("memorandum", str(time.monotonic()).encode()))
        status = net.demand("status", as_member=HONEST[0])
        if status["epoch"] > 0:
            return f"epoch {status['epoch']} at height {status['head']['height']}"
        time.sleep(0.5)
    raise AssertionError("no epoch without the liar began")


def _evidence(net: Testnet) -> str:
    for name in HONEST:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "evidence"
            net.demand("evidence", "export", "--accused", LIAR, "--epoch", "0", "--out", file, as_member=name)
            schema.validate("contradiction-file", file.read_bytes())
            findings = evidence.verified(file.read_bytes(), History.of(net.genesis))
            equal({finding.first.member for finding in findings}, {LIAR}, f"who is exposed by the file of {name}")
            report = net.products.demand("evidence", "verify", file, "--genesis", net.document)
            equal(len(report["findings"]), len(findings), "findings of floorctl")
    return f"{len(findings)} contradictions; {report['findings'][0]['rule']}"


def _links(net: Testnet) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bundle"
        net.demand("bundle", "export", "--roster", "--out", file, as_member=HONEST[1])
        data = file.read_bytes()
    schema.validate("bundle", data)
    report = bundle.verified(data, net.genesis)
    ours = verify(net.products, data, net.document)
    equal(ours.status, 0, f"exit status of floorctl, {ours.report.get('sentence')}")
    names = [[name for name, _ in epoch.validators] for epoch in report.finality.history.epochs]
    equal([each["validators"] for each in ours.report["epochs"]], names, "validators by floorctl")
    equal((names[0], names[-1]), (list(MEMBERS), HONEST), "validators before and after")
    equal([member.name for member in report.members], list(MEMBERS), "the roster, which the liar is still on")
    require(LIAR not in report.signers, "the liar signed the certificate of an epoch that it has no vote in")
    return f"{len(names)} epochs, signed by {', '.join(report.signers)}"
