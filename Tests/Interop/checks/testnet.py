"""A network of real processes on this machine, from `floorctl testnet init` to `down`, and never left behind."""

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof import genesis
from proof.genesis import Genesis

from .harness import VECTORS
from .member import Member
from .products import Products

MEMBERS = ("EUN", "JPN", "KOR", "USA")
CHAIR = "USA"
# Seconds in place of days: as short as debug builds on a busy machine can follow.
WINDOWS = {"Notice": 2_500, "Evidence": 2_200, "Commit": 6_000, "Reveal": 4_000, "Ballot": 6_000, "Vacatio": 3_500}


@dataclass(frozen=True)
class Testnet:
    directory: Path
    products: Products
    genesis: Genesis

    @property
    def document(self) -> Path:
        return self.directory / "genesis.cbor"

    def folder(self, member: str) -> Path:
        return self.directory / member

    def member(self, name: str) -> Member:
        return Member.of(self.folder(name), self.genesis.network)

    def port(self, name: str) -> int:
        """Where a member's node listens for the others."""
        places = json.loads((self.directory / "network.json").read_text())["members"]
        return next(int(each["listen"].rpartition(":")[2]) for each in places if each["member"] == name)

    def demand(self, *words: str | Path, as_member: str | None = None, seconds: float = 60) -> dict[str, Any]:
        extra: list[str | Path] = ["--as", self.folder(as_member)] if as_member else []
        return self.products.demand(*words, *extra, seconds=seconds)

    def up(self) -> dict[str, Any]:
        return self.demand("testnet", "up", "--dir", self.directory)

    def down(self, *words: str) -> dict[str, Any]:
        return self.demand("testnet", "down", "--dir", self.directory, *words)


@contextmanager
def testnet(products: Products) -> Iterator[Testnet]:
    """A founded network whose processes have ended when the block has, however it ends."""
    with tempfile.TemporaryDirectory(prefix="pricefloor-interop-") as folder:
        directory = Path(folder) / "network"
        windows = [
            word
            for kind in ("first", "routine")
            for name, length in WINDOWS.items()
            for word in ("--parameter", f"{kind}{name}={length}")
        ]
        products.demand(
            "testnet",
            "init",
            "--members",
            ",".join(sorted(MEMBERS, key=lambda each: each != CHAIR)),
            "--dir",
            directory,
            "--vectors",
            VECTORS / "floors.json",
            *windows,
        )
        try:
            yield Testnet(directory, products, genesis.verified((directory / "genesis.cbor").read_bytes()))
        finally:
            with suppress(Exception):
                products.ask("testnet", "down", "--dir", directory)
            _end_processes(directory)


def running(directory: Path) -> list[int]:
    """The processes that were started from the network's folder and still run."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and str(directory).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def _end_processes(directory: Path) -> None:
    for pid in running(directory):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
