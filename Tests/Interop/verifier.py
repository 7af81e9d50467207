"""Verifies proofs from the genesis document alone, by Protocol/ and nothing else of this project.

verifier.py BUNDLE GENESIS                    prints what a bundle proves; exit 1 with the reason otherwise
verifier.py --evidence FILE GENESIS [BUNDLE]  contradictory votes; the bundle proves the validators of later epochs
verifier.py --manifest FILE GENESIS           a snapshot's manifest
"""

import sys
from collections.abc import Callable
from pathlib import Path

from proof import bundle, evidence, genesis, snapshot
from proof.cbor import Refused
from proof.epochs import History


def main(arguments: list[str]) -> int:
    options: dict[str, tuple[Callable[..., list[str]], range]] = {
        "--evidence": (_evidence, range(2, 4)),
        "--manifest": (_manifest, range(2, 3)),
    }
    work, counts = options.get(arguments[0] if arguments else "", (_bundle, range(2, 3)))
    arguments = arguments[1:] if arguments and arguments[0] in options else arguments
    if len(arguments) not in counts:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        lines = work(*(Path(name).read_bytes() for name in arguments))
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    except Refused as reason:
        print(f"not verified: {reason}", file=sys.stderr)
        return 1
    print("\n".join(["verified", *lines]))
    return 0


def _bundle(data: bytes, document: bytes) -> list[str]:
    return bundle.verified(data, genesis.verified(document)).sentences


def _evidence(data: bytes, document: bytes, links: bytes | None = None) -> list[str]:
    founded = genesis.verified(document)
    history = bundle.verified(links, founded).finality.history if links else History.of(founded)
    return [finding.sentence for finding in evidence.verified(data, history)]


def _manifest(data: bytes, document: bytes) -> list[str]:
    offer = snapshot.verified(data, genesis.verified(document))
    return [f"block {offer.header.height}, {offer.header.digest.hex()}", f"{offer.size} bytes, made by {offer.signer}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
