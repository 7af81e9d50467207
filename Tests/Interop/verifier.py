"""Verifies a bundle from the genesis document alone, by Protocol/ and nothing else of this project.

verifier.py BUNDLE GENESIS     prints what is proved; exit 1 with the reason otherwise
"""

import sys
from pathlib import Path

from proof import bundle, genesis
from proof.cbor import Refused


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        data, document = (Path(name).read_bytes() for name in arguments)
        report = bundle.verified(data, genesis.verified(document))
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    except Refused as reason:
        print(f"not verified: {reason}", file=sys.stderr)
        return 1
    print("\n".join(["verified", *report.sentences]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
