"""A network founded by hand, with P-256 keys and certificates made elsewhere: ES256 from genesis to final block."""

import json
import socket
import subprocess
import tempfile
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from proof import bundle, genesis
from proof.cbor import decode, encode
from proof.signing import ES256

from . import identities, schema
from .harness import VECTORS, Runner, equal, require
from .member import Member, private_key
from .products import Products, verify
from .signatures import cose_message

MEMBERS = ("EUN", "USA")
ROLES = ("root", "authority", "node")
ITEM = {
    "id": "tungsten/apt@1",
    "stage": "intermediate",
    "title": "Ammonium paratungstate",
    "basis": "CONTAINED_CONTENT",
    "basisStatement": "per kg of contained tungsten trioxide",
    "gradeLowPPM": 880_000,
    "gradeHighPPM": 900_000,
    "gradeReferencePPM": 1_000_000,
    "moisture": "DRY",
    "incoterm": "FOB",
    "deliveryPoint": "any port",
    "codes": ["284180"],
    "tick": "0.01",
    "hardLow": "5.00",
    "hardHigh": "500.00",
}
VOTES = {"item": ITEM["id"], "producerVotes": {"EUN": 400, "USA": 600}, "consumerVotes": {"EUN": 500, "USA": 500}}
CONTENT = {
    "schema": "pricefloor/content/1",
    "name": "Founded by hand",
    "items": [ITEM],
    "votes": [VOTES],
    "profiles": [],
}
PATIENCE = 60.0


@dataclass(frozen=True)
class Founding:
    products: Products
    directory: Path

    @property
    def document(self) -> Path:
        return self.directory / "genesis.cbor"

    def found(self) -> genesis.Genesis:
        """Keys, entries and a signed document, by floorctl; certificates by others."""
        entries: list[str | Path] = []
        for name in MEMBERS:
            folder = self.directory / name
            folder.mkdir()
            identities.make(folder, f"{name} by itself")
            keys: list[str | Path] = []
            for role in ROLES:
                path = folder / f"{role}.pem"
                self.products.demand("key", "new", "--out", path, "--algorithm", "p256")
                keys += [f"--{role}", path]
            entries += ["--entry", self._entry(name, folder, keys)]
        content = self.directory / "content.json"
        content.write_text(json.dumps(CONTENT))
        create = ["genesis", "create", "--content", content, *entries, "--pace", "demo", "--out", self.document]
        equal(self.products.ask(*create).status, 0, "exit status of genesis create")
        for name in MEMBERS:
            root = self.directory / name / "root.pem"
            self.products.demand("genesis", "sign", self.document, "--member", name, "--key", root)
        return genesis.verified(self.document.read_bytes())

    def _entry(self, name: str, folder: Path, keys: list[str | Path]) -> Path:
        path = folder / "entry.json"
        command = [self.products.floorctl, "genesis", "entry", "--member", name, "--name", name, *keys]
        subprocess.run(
            [*command, "--certificate", folder / "chain.pem", "--out", path], check=True, capture_output=True
        )
        return path

    def configure(self) -> dict[str, str]:
        """A configuration for each member; answers where their APIs listen."""
        ports = _free_ports(2 * len(MEMBERS))
        places = {name: (f"127.0.0.1:{ports.pop()}", f"127.0.0.1:{ports.pop()}") for name in MEMBERS}
        for name, (peers, api) in places.items():
            other = next(each for each in MEMBERS if each != name)
            (self.directory / name / "floord.yaml").write_text(
                f"member: {name}\ngenesis: ../genesis.cbor\ndata: data\nkeys:\n  node: node.pem\n"
                f"tls:\n  certificate: chain.pem\n  key: key.pem\n  anchors: [../{other}/chain.pem]\n"
                f"listen: {peers}\npeers:\n  {other}: {places[other][0]}\n"
                f"api:\n  listen: {api}\nvectors: {VECTORS / 'floors.json'}\n"
            )
        return {name: f"http://{api}" for name, (_, api) in places.items()}


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def _running(founding: Founding) -> Iterator[None]:
    processes = []
    try:
        for name in MEMBERS:
            folder = founding.directory / name
            with (folder / "log").open("wb") as log:
                command = [str(founding.products.floord), "--config", str(folder / "floord.yaml")]
                processes.append(subprocess.Popen(command, stdout=log, stderr=log))
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def run(runner: Runner, products: Products) -> None:
    with tempfile.TemporaryDirectory(prefix="pricefloor-founding-") as folder:
        founding = Founding(products, Path(folder))
        if not runner.run("founding: a genesis of P-256 keys, verified by Python", partial(_genesis, founding)):
            return
        runner.run(
            "founding: ES256 from Python's pen to a certificate that Python verifies", partial(_commit, founding)
        )


def _genesis(founding: Founding) -> str:
    found = founding.found()
    data = founding.document.read_bytes()
    schema.validate("genesis-document", data)
    keys = [key for member in found.roster.members for key in member.keys.values()]
    require(all(key.algorithm == ES256 for key in keys), "not every key is of P-256")
    for statement in decode(data, "the genesis")[1]:
        signer = decode(statement[2], "an endorsement")[0]
        message = cose_message(encode(statement), b"", "genesis", found.roster.member(signer).keys["root"])
        require(message.verify_signature(), f"pycose does not verify the endorsement of {signer}")
    return f"{len(keys)} keys, network {found.network.hex()[:16]}…"


def _commit(founding: Founding) -> str:
    found = genesis.verified(founding.document.read_bytes())
    addresses = founding.configure()
    members = {
        name: Member(name, address, found.network, private_key(founding.directory / name / "authority.pem"))
        for name, address in addresses.items()
    }
    with _running(founding):
        for member in members.values():
            _await_ready(founding, member)
        for member in members.values():
            reply = member.submit(member.transaction("memorandum", b"signed on P-256"))
            equal((reply.status, reply.body.get("result")), (200, "OK"), f"the answer to {member.name}, {reply.body}")
        data = members["USA"].download("/v1/bundle")
    report = bundle.verified(data, found)
    equal(report.signers, list(MEMBERS), "signers")
    equal(verify(founding.products, data, founding.document).status, 0, "exit status of floorctl")
    return f"block {report.header.height}, signed by {' and '.join(report.signers)}"


def _await_ready(founding: Founding, member: Member) -> None:
    limit = time.monotonic() + PATIENCE
    while True:
        with suppress(urllib.error.URLError, ConnectionError):
            if member.get("/readyz").status == 200:
                return
        log = (founding.directory / member.name / "log").read_text(errors="replace")
        require(time.monotonic() < limit, f"the node of {member.name} is not ready: {log[-600:]}")
        time.sleep(0.1)
