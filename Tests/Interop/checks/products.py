"""floorctl and the independent verifier side by side: both accept the same and refuse the same."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from proof import evidence
from proof.epochs import History

from . import golden
from .bundles import NAMES, changed_bytes
from .encoding import other_forms
from .harness import VECTORS, Failure, Runner, equal, require

# floorctl is a process each time; a few bytes of each part of a bundle suffice here.
STRIDE = 211


@dataclass(frozen=True)
class Answer:
    """What a command of floorctl answered."""

    status: int
    report: dict[str, Any]


@dataclass(frozen=True)
class Products:
    """The programs under test."""

    folder: Path

    @property
    def floorctl(self) -> Path:
        return self.folder / "floorctl"

    @property
    def floord(self) -> Path:
        return self.folder / "floord"

    def ask(self, *words: str | Path, seconds: float = 60) -> Answer:
        """Runs floorctl with --json."""
        command = [str(self.floorctl), *map(str, words), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        try:
            return Answer(done.returncode, json.loads(done.stdout))
        except json.JSONDecodeError as error:
            raise Failure(
                f"floorctl {words[0]} {words[1]} ended with {done.returncode}: {done.stderr[-600:]}"
            ) from error

    def demand(self, *words: str | Path, seconds: float = 60) -> dict[str, Any]:
        """The report of a command that must succeed."""
        answer = self.ask(*words, seconds=seconds)
        if answer.status != 0:
            raise Failure(
                f"floorctl {' '.join(map(str, words))}: {answer.report.get('code')}, {answer.report.get('sentence')}"
            )
        return answer.report


def run(runner: Runner, products: Products) -> None:
    runner.run("floorctl: verifies the golden bundles", partial(_verifies, products))
    runner.run("floorctl: verifies the golden evidence and manifest", partial(_verifies_evidence, products))
    runner.run("floorctl: compares golden bundles", partial(_compares, products))
    runner.run("floorctl: extracts evidence from bundles that contradict each other", partial(_extracts, products))
    runner.run("floorctl: refuses a bundle with a changed byte", partial(_refuses_changes, products))
    runner.run("floorctl: refuses other forms of a bundle and of a genesis", partial(_refuses_forms, products))
    runner.run("floorctl: passes the published arithmetic", partial(_selftest, products))


def verify(products: Products, data: bytes, genesis: Path = VECTORS / "genesis.cbor") -> Answer:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return products.ask("bundle", "verify", file.name, "--genesis", genesis)


def _verifies(products: Products) -> str:
    for name in NAMES:
        answer = verify(products, golden.bundle(name))
        equal(answer.status, 0, f"exit status for {name}")
        equal(answer.report["network"], golden.ledger()["network"], "network")
    report = verify(products, golden.bundle("epochs")).report
    epochs = [each["epoch"] for each in report["epochs"]]
    equal(epochs, [each["epoch"] for each in golden.ledger()["later"]["epochs"]], "epochs walked")
    return f"{len(NAMES)} bundles"


def _verifies_evidence(products: Products) -> str:
    genesis, file = VECTORS / "genesis.cbor", VECTORS / "evidence.cbor"
    words: list[str | Path] = ["evidence", "verify", file, "--genesis", genesis]
    report = products.demand(*words, "--bundle", VECTORS / "bundle-roster.cbor")
    equal([each["member"] for each in report["findings"]], ["AUS", "JPN"], "members exposed")
    answer = products.ask(*words)
    equal((answer.status, answer.report["code"]), (1, "EVIDENCE_EPOCH_UNPROVED"), "evidence without links")
    manifest = products.demand("snapshot", "verify", VECTORS / "snapshot-manifest.cbor", "--genesis", genesis)
    equal((manifest["signer"], manifest["signerVerified"]), ("EUN", True), "the signer of the manifest")
    return "; ".join(each["rule"] for each in report["findings"])


def _compares(products: Products) -> str:
    words: list[str | Path] = ["bundle", "compare", VECTORS / "bundle-row.cbor", VECTORS / "bundle-epochs.cbor"]
    report = products.demand(*words, "--genesis", VECTORS / "genesis.cbor")
    equal(report["relation"], "undecided", "what is said of two bundles of one chain")
    same = products.demand(*words[:2], words[2], words[2], "--genesis", VECTORS / "genesis.cbor")
    equal(same["relation"], "oneChain", "what is said of a bundle and itself")
    return str(report["sentences"][1])


def _extracts(products: Products) -> str:
    """Two final blocks of one height: whoever signed both is exposed, and Python finds the same in the file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "evidence"
        words: list[str | Path] = ["bundle", "compare", VECTORS / "bundle-row.cbor", VECTORS / "bundle-fork.cbor"]
        answer = products.ask(*words, "--genesis", VECTORS / "genesis.cbor", "--evidence", file)
        equal((answer.status, answer.report["relation"]), (1, "contradictory"), "what is said of the fork")
        findings = evidence.verified(file.read_bytes(), History.of(golden.document()))
    exposed = [finding.first.member for finding in findings]
    equal(exposed, answer.report["exposed"], "members exposed")
    equal(exposed, ["AUS", "EUN", "JPN"], "members that signed both")
    return str(answer.report["sentences"][0])


def _refuses_changes(products: Products) -> str:
    codes = set()
    count = 0
    for place, changed in changed_bytes(golden.bundle("item"), STRIDE):
        answer = verify(products, changed)
        require(answer.status == 1, f"a change of byte {place} ended with {answer.status}")
        codes.add(answer.report["code"])
        count += 1
    for each in golden.ledger()["refusedBundles"]:
        data = bytearray((VECTORS / each["file"]).read_bytes())
        data[each["flipLowestBitOfByte"]] ^= 1
        equal(
            verify(products, bytes(data)).report["code"], each["code"], f"code for byte {each['flipLowestBitOfByte']}"
        )
    return f"{count} bytes: {', '.join(sorted(codes))}"


def _refuses_forms(products: Products) -> str:
    count = 0
    for form, data in other_forms(golden.bundle("item")):
        answer = verify(products, data)
        equal((answer.status, answer.report.get("code")), (1, "BUNDLE_MALFORMED"), f"a bundle {form}")
        count += 1
    for form, data in other_forms((VECTORS / "genesis.cbor").read_bytes()):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            answer = products.ask("genesis", "verify", file.name)
        equal((answer.status, answer.report.get("code")), (4, "GENESIS_MALFORMED"), f"a genesis {form}")
        count += 1
    return f"{count} forms"


def _selftest(products: Products) -> str:
    report = products.demand("selftest", "--vectors", VECTORS / "floors.json")
    equal(report["failed"], 0, "failed cases")
    require(report["passed"] == len(golden.floors()), "not every case was run")
    return f"{report['passed']} cases"
