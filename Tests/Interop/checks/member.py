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

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from proof.cbor import encode
from proof.records import Place
from proof.signing import EDDSA, digest, signed_bytes

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
    key: Ed25519PrivateKey

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

    def post(self, data: bytes, query: str = "") -> Reply:
        request = urllib.request.Request(
            f"{self.api}/v1/transactions{query}", data=data, headers={"Content-Type": "application/cbor"}
        )
        return _reply(request)

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


def private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} is no Ed25519 key")
    return key


def sign(key: Ed25519PrivateKey, network: bytes, kind: str, payload: bytes) -> list[Any]:
    """A COSE_Sign1 of the protocol."""
    return [encode({1: EDDSA}), {}, payload, key.sign(signed_bytes(EDDSA, network, kind, payload))]


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
