"""Checks by tools that were not written here, and by a verifier that was written from Protocol/ alone.

    run.py --products FOLDER [SUBJECT ...]     FOLDER holds floorctl, floord and floord-byzantine

A line a check, the counts at the end; exit 1 if any failed. Without subjects all of them are run.
"""

import argparse
import sys
from pathlib import Path

from checks import (
    arithmetic,
    bundles,
    encoding,
    evidence,
    exposure,
    founding,
    ledger,
    network,
    products,
    schema,
    signatures,
)
from checks.harness import Runner
from checks.products import Products

OFFLINE = {
    each.__name__.removeprefix("checks."): each
    for each in (schema, encoding, signatures, ledger, arithmetic, bundles, evidence)
}
WITH_PROGRAMS = {"products": products, "founding": founding, "network": network, "exposure": exposure}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=Path, required=True, help="the folder with the programs")
    parser.add_argument("subjects", nargs="*", help=f"some of {', '.join([*OFFLINE, *WITH_PROGRAMS])}")
    options = parser.parse_args()
    wanted = options.subjects or [*OFFLINE, *WITH_PROGRAMS]
    unknown = [each for each in wanted if each not in OFFLINE and each not in WITH_PROGRAMS]
    if unknown:
        parser.error(f"no subject is called {', '.join(unknown)}")
    runner = Runner()
    for subject in wanted:
        if subject in OFFLINE:
            OFFLINE[subject].run(runner)
        else:
            WITH_PROGRAMS[subject].run(runner, Products(options.products.resolve()))
    print(f"{runner.passed} passed, {len(runner.failed)} failed")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
