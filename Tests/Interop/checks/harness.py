"""Named checks: each either passes, perhaps with a remark, or fails with a reason."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from proof.cbor import Refused

Work = Callable[[], str | None]
ROOT = Path(__file__).resolve().parents[3]
PROTOCOL = ROOT / "Protocol"
VECTORS = PROTOCOL / "Vectors"


class Failure(Exception):
    """What a check found instead of what it wanted."""


@dataclass
class Runner:
    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def run(self, name: str, work: Work) -> bool:
        """Runs one check and prints its line."""
        started = time.monotonic()
        try:
            remark, reason = work(), None
        except Exception as error:  # a check that breaks has failed, whatever broke it
            remark, reason = None, f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - started
        if reason is None:
            self.passed += 1
            print(f"ok    {name}{f': {remark}' if remark else ''} ({seconds:.1f} s)", flush=True)
        else:
            self.failed.append(name)
            print(f"FAIL  {name}: {reason}", flush=True)
        return reason is None


def equal(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise Failure(f"{what}: found {found!r}, wanted {wanted!r}")


def require(condition: bool, what: str) -> None:
    if not condition:
        raise Failure(what)


def refused(what: str, work: Callable[[], object]) -> str:
    """The reason why something was refused; it must be."""
    try:
        work()
    except Refused as reason:
        return str(reason)
    raise Failure(f"{what} was accepted")
