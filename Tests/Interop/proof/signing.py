"""Digests, keys, COSE_Sign1 statements (RFC 9052) and the arithmetic of a quorum."""

import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed25519 as library
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from . import ed25519
from .cbor import Fields, Refused, encode

EDDSA, ES256 = -8, -7
KEY_SIZES = {EDDSA: 32, ES256: 65}
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ROLES = (
    dict.fromkeys(("genesis", "restart-approval", "root-approval"), "root")
    | dict.fromkeys(("hello", "notarize", "nullify", "finalize", "status", "freeze", "snapshot-manifest"), "node")
    | dict.fromkeys(("ready", "evidence", "restart"), "node")
)
TRANSACTION_TYPES = (
    *("memorandum", "docket-open", "docket-withdraw", "commitment", "reveal", "ballot"),
    *("motion", "motion-ballot", "ready", "evidence", "restart"),
)


def digest(use: str, *parts: bytes) -> bytes:
    """SHA-256 behind the prefix of its use, so that no digest of one kind can stand for another."""
    return hashlib.sha256(f"pricefloor/{use}/1".encode() + b"".join(parts)).digest()


def quorum(members: int) -> int:
    return 2 * members // 3 + 1


def role_of(statement_type: str) -> str:
    """Whose key signs statements of a type."""
    return ROLES.get(statement_type, "authority")


@dataclass(frozen=True)
class Key:
    algorithm: int
    raw: bytes

    @staticmethod
    def of(value: Any, what: str) -> "Key":
        fields = Fields(value, 2, what)
        algorithm = fields.integer()
        if algorithm not in KEY_SIZES:
            raise Refused(f"{what} has an unknown algorithm")
        return Key(algorithm, fields.octets(KEY_SIZES[algorithm]))

    def is_acceptable(self) -> bool:
        """Whether the key may stand in a roster."""
        if len(self.raw) != KEY_SIZES[self.algorithm]:
            return False
        if self.algorithm == EDDSA:
            return ed25519.is_acceptable(self.raw)
        return self.raw[0] == 4 and self._curve_point() is not None

    def verifies(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != 64:
            return False
        try:
            if self.algorithm == EDDSA:
                library.Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
                return True
            return self._verifies_es256(message, signature)
        except (InvalidSignature, ValueError):
            return False

    def _verifies_es256(self, message: bytes, signature: bytes) -> bool:
        key = self._curve_point()
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if key is None or not (1 <= r < P256_ORDER and 1 <= s < P256_ORDER):
            return False
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        return True

    def _curve_point(self) -> ec.EllipticCurvePublicKey | None:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.raw)
        except ValueError:
            return None


def signed_bytes(algorithm: int, network: bytes, statement_type: str, payload: bytes) -> bytes:
    """COSE's Sig_structure: the network and the statement's type are external data."""
    external = encode(["pricefloor", network, statement_type])
    return encode(["Signature1", encode({1: algorithm}), external, payload])


@dataclass(frozen=True)
class Statement:
    """An untagged COSE_Sign1: protected header exactly {1: algorithm}, unprotected header empty."""

    algorithm: int
    payload: bytes
    signature: bytes

    @staticmethod
    def of(value: Any, what: str) -> "Statement":
        fields = Fields(value, 4, what)
        header = fields.octets(3)
        algorithm = next((each for each in KEY_SIZES if encode({1: each}) == header), None)
        if algorithm is None or fields.raw() != {}:
            raise Refused(f"{what} has other headers than the algorithm alone")
        payload = fields.octets(most=262_144)
        return Statement(algorithm, payload, fields.octets(64))

    def verify(self, key: Key, network: bytes, statement_type: str, what: str) -> None:
        if key.algorithm != self.algorithm:
            raise Refused(f"{what} is signed with another algorithm than the roster's key")
        if not key.verifies(signed_bytes(self.algorithm, network, statement_type, self.payload), self.signature):
            raise Refused(f"the signature of {what} does not verify")
