"""A member's ministry in Python: signs with its authority key and speaks HTTP with its node."""

import hashlib
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proof.cbor import encode
from proof.records import Place
from proof.signing import EDDSA, ES256, digest, signed_bytes

PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

LIFE = 60_000
YES, NO, ABSTAIN = range(3)
MANUAL = 3


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True)
class Member:
    name: str
    api: str
    network: bytes
    key: PrivateKey

    @staticmethod
    def of(folder: Path, network: bytes) -> "Member":
        """A member by its folder, as `floorctl testnet init` makes it."""
        settings = json.loads((folder / "member.json").read_text())
        return Member(settings["member"], settings["api"], network, private_key(folder / settings["authorityKey"]))

    def transaction(self, kind: str, body: Any, life: int = LIFE) -> list[Any]:
        payload = encode([self.name, int(time.time() * 1000) + life, kind, body])
        return [kind, sign(self.key, self.network, kind, payload)]

    def submit(self, transaction: list[Any]) -> Reply:
        """Sends a transaction and waits until it is in a final block."""
        return self.post(encode(transaction), "?wait=committed&timeout=20000")

    def post(self, data: bytes, query: str = "", path: str = "/v1/transactions") -> Reply:
        headers = {"Content-Type": "application/cbor"}
        return _reply(urllib.request.Request(f"{self.api}{path}{query}", data=data, headers=headers))

    def desk_sheet(self, place: list[Any], sheet: list[Any]) -> list[Any]:
        """A sheet for the desk of the member's own node, which seals, sends and reveals it."""
        payload = encode([self.name, int(time.time() * 1000) + LIFE, place, 0, sheet])
        return ["desk-sheet", sign(self.key, self.network, "desk-sheet", payload)]

    def get(self, path: str) -> Reply:
        return _reply(urllib.request.Request(f"{self.api}{path}"))

    def download(self, path: str) -> bytes:
        with urllib.request.urlopen(f"{self.api}{path}", timeout=30) as answer:
            return answer.read()


def _reply(request: urllib.request.Request) -> Reply:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Reply(answer.status, json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        return Reply(error.code, json.loads(error.read()))


def private_key(path: Path) -> PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} is no key of an algorithm that the protocol has")
    return key


def sign(key: PrivateKey, network: bytes, kind: str, payload: bytes) -> list[Any]:
    """A COSE_Sign1 of the protocol."""
    algorithm = EDDSA if isinstance(key, Ed25519PrivateKey) else ES256
    message = signed_bytes(algorithm, network, kind, payload)
    if isinstance(key, Ed25519PrivateKey):
        signature = key.sign(message)
    else:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return [encode({1: algorithm}), {}, payload, signature]


@dataclass(frozen=True)
class SealedSheet:
    """A price for each item of a lot, sealed by a salt."""

    place: Place
    sheet: list[Any]
    salt: bytes

    @staticmethod
    def of(place: Place, prices: dict[str, int]) -> "SealedSheet":
        quotes = [[item, 0, 6, 0, price] for item, price in sorted(prices.items())]
        evidence = [[MANUAL, "prices made up for a test", "2025", hashlib.sha256(b"a file of evidence").digest()]]
        return SealedSheet(place, [quotes, evidence], os.urandom(32))

    @property
    def _place(self) -> list[Any]:
        return [self.place.docket, self.place.lot, self.place.round]

    def commitment(self, member: Member, parameters: bytes) -> list[Any]:
        """The body of a commitment under the encoded parameters of the negotiation (Protocol/negotiation.md, N16)."""
        quotes, evidence = self.sheet
        items = encode([quote[0] for quote in quotes])
        digests = [
            digest("items", items),
            digest("parameters", parameters),
            digest("proposals", encode(quotes)),
            digest("evidence", encode(evidence)),
        ]
        content = encode([member.network, *self._place, member.name, *digests])
        return [self._place, digest("commitment", content, self.salt), None]

    def reveal(self) -> list[Any]:
        return [self._place, self.salt, self.sheet]
