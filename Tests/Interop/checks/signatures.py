"""Keys, signatures and signed statements: by `cryptography`, by pycose, and by the curve in plain numbers."""

from functools import partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pycose.headers import Algorithm
from pycose.keys import EC2Key, OKPKey
from pycose.keys.curves import P256, Ed25519
from pycose.messages import Sign1Message

from proof import chain, ed25519
from proof.cbor import decode, encode
from proof.signing import EDDSA, ES256, Key, Statement, digest, role_of, signed_bytes

from . import golden
from .harness import Runner, equal, refused, require

ALGORITHMS = {"EdDSA": EDDSA, "ES256": ES256}


def run(runner: Runner) -> None:
    runner.run("signatures: Ed25519 by the equation of RFC 8032 in plain numbers", _ed25519)
    runner.run("signatures: by the library cryptography", _library)
    runner.run("keys: accepted and refused for a roster", _keys)
    runner.run("keys: of the golden files follow from their seeds", _seeds)
    runner.run("statements: COSE_Sign1 verified by pycose, with external data", _statements)
    runner.run("statements: pycose refuses another network, type, payload and signer", _forged)
    runner.run("statements: signed bytes and identities rebuilt", _rebuilt)
    runner.run("certificates: a quorum's votes rebuilt and verified", _certificates)


def _vectors(kind: str, algorithm: str | None = None) -> list[dict[str, Any]]:
    return [each for each in golden.signatures()[kind] if algorithm in (None, each["algorithm"])]


def _ed25519() -> str:
    cases = _vectors("signatures", "EdDSA")
    for case in cases:
        key, message, signature = (bytes.fromhex(case[name]) for name in ("key", "message", "signature"))
        equal(ed25519.verifies(key, message, signature), case["result"] == "valid", case["comment"])
    return f"{len(cases)} cases"


def _library() -> str:
    """The library makes the same check as this program: S below L, no cofactor, r and s in range, either s."""
    cases = _vectors("signatures")
    for case in cases:
        key = Key(ALGORITHMS[case["algorithm"]], bytes.fromhex(case["key"]))
        found = key.verifies(bytes.fromhex(case["message"]), bytes.fromhex(case["signature"]))
        equal(found, case["result"] == "valid", f"{case['algorithm']}, {case['comment']}")
    return f"{len(cases)} cases"


def _keys() -> str:
    cases = _vectors("keys")
    for case in cases:
        key = Key(ALGORITHMS[case["algorithm"]], bytes.fromhex(case["key"]))
        equal(key.is_acceptable(), case["result"] == "acceptable", f"{case['algorithm']}, {case['comment']}")
    return f"{len(cases)} cases"


def _seeds() -> str:
    for each in golden.ledger()["keys"]:
        public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(each["seed"])).public_key().public_bytes_raw()
        equal(public.hex(), each["publicKey"], f"{each['role']} of {each['member']}")
    return f"{len(golden.ledger()['keys'])} keys"


def cose_key(key: Key) -> OKPKey | EC2Key:
    if key.algorithm == EDDSA:
        return OKPKey(crv=Ed25519, x=key.raw)
    return EC2Key(crv=P256, x=key.raw[1:33], y=key.raw[33:])


def cose_message(statement: bytes, network: bytes, statement_type: str, key: Key) -> Sign1Message:
    """A statement as pycose sees it: untagged, its external data given from outside."""
    message = Sign1Message.from_cose_obj(decode(statement, "a statement"), allow_unknown_attributes=False)
    message.external_aad = encode(["pricefloor", network, statement_type])
    message.key = cose_key(key)
    return message


def _key(each: dict[str, Any]) -> Key:
    return golden.document().roster.member(each["signer"]).keys[each["role"]]


def _statements() -> str:
    statements = golden.ledger()["statements"]
    for each in statements:
        equal(each["role"], role_of(each["type"]), f"the role for {each['type']}")
        message = cose_message(
            bytes.fromhex(each["statement"]), bytes.fromhex(each["network"]), each["type"], _key(each)
        )
        equal(list(message.phdr), [Algorithm], "protected header")
        equal(message.uhdr, {}, "unprotected header")
        require(message.verify_signature(), f"{each['type']} of {each['signer']} does not verify")
    return f"{len(statements)} of {', '.join(sorted({each['type'] for each in statements}))}"


def _forged() -> str:
    count = 0
    for each in golden.ledger()["statements"]:
        statement, network = bytes.fromhex(each["statement"]), bytes.fromhex(each["network"])
        other = next(member for member in golden.document().roster.members if member.name != each["signer"])
        payload = bytes.fromhex(each["payload"])
        changed = statement.replace(payload, payload[:-1] + bytes([payload[-1] ^ 1]))
        forgeries = [
            cose_message(statement, bytes(32), each["type"], _key(each)),
            cose_message(statement, network, "hello", _key(each)),
            cose_message(statement, network, each["type"], other.keys[each["role"]]),
            cose_message(changed, network, each["type"], _key(each)),
        ]
        for forgery in forgeries:
            require(not forgery.verify_signature(), f"a forged {each['type']} verifies")
            count += 1
    return f"{count} forgeries"


def _rebuilt() -> str:
    for each in golden.ledger()["statements"]:
        statement = Statement.of(decode(bytes.fromhex(each["statement"]), "a statement"), "a statement")
        made = signed_bytes(statement.algorithm, bytes.fromhex(each["network"]), each["type"], statement.payload)
        equal(made.hex(), each["signedBytes"], "signed bytes")
        equal(statement.payload.hex(), each["payload"], "payload")
        if "identity" in each:
            equal(digest("transaction", golden.identity_content(each)).hex(), each["identity"], "identity")
    return f"{len(golden.ledger()['statements'])} statements"


def _certificates() -> str:
    certificates = [each for each in golden.ledger()["encodings"] if each["rule"] == "quorum-certificate"]
    for each in certificates:
        value = decode(bytes.fromhex(each["hex"]), "a certificate")
        found = chain.verified(value, golden.document().epoch)
        require(len(found.signers) >= 3, "too few signers")
        for damage in _certificate_damages(value):
            refused("a damaged certificate", partial(chain.verified, damage, golden.document().epoch))
    return f"{len(certificates)} certificates and 8 damaged copies of each"


def _certificate_damages(value: list[Any]) -> list[list[Any]]:
    """Too few, one twice, out of order, an index of nobody, and another signer, view, kind or opener."""
    *subject, signatures = value
    first, second = signatures[0], signatures[1]
    lists = [
        signatures[:2],
        [first, first, *signatures[1:]],
        [second, first, *signatures[2:]],
        [*signatures[:2], [9, signatures[2][1]]],
        [[first[0], second[1]], *signatures[1:]],
    ]
    kind, epoch, opener, view, block = subject
    subjects = [
        [kind, epoch, opener, view + 1, block],
        [2 if kind == 0 else 0, epoch, opener, view, block or bytes(32)],
        [kind, epoch, bytes(32), view, block],
    ]
    return [[*subject, each] for each in lists] + [[*each, signatures] for each in subjects]
