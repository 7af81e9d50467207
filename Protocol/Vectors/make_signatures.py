#!/usr/bin/env python3
"""Writes signatures.json: accepted and refused keys and signatures of Ed25519 and ES256.

Standard library only, and none of the project's code: the curves are written out from RFC 8032 and SEC 1, so that the file says what
the rules of encoding.md demand and not what an implementation happens to do. Everything is fixed; the output never changes.

    python3 make_signatures.py > signatures.json
"""

import hashlib
import json

# Ed25519 (RFC 8032, section 5.1): p, the order L, d and the base point, in affine coordinates.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def ed_add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, P - 2, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, P - 2, P)
    return x % P, y % P


def ed_times(k, point):
    result = (0, 1)
    while k:
        if k & 1:
            result = ed_add(result, point)
        point, k = ed_add(point, point), k >> 1
    return result


def ed_decode(y, odd):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    return (P - x if x & 1 != odd else x), y


def ed_bytes(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


BASE = ed_decode(4 * pow(5, P - 2, P) % P, 0)
# A point of order 8, which the assertion proves.
T8 = ed_decode(int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"), 0)
assert ed_times(8, T8) == (0, 1) and ed_times(4, T8) != (0, 1)


def ed_secret(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def ed_challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def ed_sign(seed, message):
    scalar, prefix = ed_secret(seed)
    key = ed_bytes(ed_times(scalar, BASE))
    nonce = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    r = ed_bytes(ed_times(nonce, BASE))
    return key, r, (nonce + ed_challenge(r, key, message) * scalar) % L


def ed_cases():
    message = b"lithium/carbonate@1"
    seed = bytes(range(32))
    scalar, _ = ed_secret(seed)
    public = ed_times(scalar, BASE)
    key, r, s = ed_sign(seed, message)
    good = r + s.to_bytes(32, "little")

    def case(comment, key, message, signature, result):
        return {"algorithm": "EdDSA", "comment": comment, "key": key.hex(), "message": message.hex(),
                "signature": signature.hex(), "result": result}

    for text, secret, content in [
        ("RFC 8032, section 7.1, test 1: empty message", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
        ("RFC 8032, section 7.1, test 2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
        ("RFC 8032, section 7.1, test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
    ]:
        k, point, number = ed_sign(bytes.fromhex(secret), bytes.fromhex(content))
        yield case(text, k, bytes.fromhex(content), point + number.to_bytes(32, "little"), "valid")
    yield case("a plain signature", key, message, good, "valid")
    yield case("another message", key, message + b"0", good, "invalid")
    yield case("one bit of R changed", key, message, bytes([good[0] ^ 1]) + good[1:], "invalid")
    yield case("one bit of S changed", key, message, good[:32] + bytes([good[32] ^ 1]) + good[33:], "invalid")
    yield case("S + L: the same number modulo L, not below it", key, message, r + (s + L).to_bytes(32, "little"), "invalid")
    yield case("S + 8L", key, message, r + (s + 8 * L).to_bytes(32, "little"), "invalid")
    yield case("S = L, R the identity", key, message, ed_bytes((0, 1)) + L.to_bytes(32, "little"), "invalid")
    yield case("S of all ones", key, message, r + b"\xff" * 32, "invalid")
    yield case("S with its highest bit set", key, message, good[:63] + bytes([good[63] | 0x80]), "invalid")
    yield case("all zeros", key, message, bytes(64), "invalid")
    yield case("one byte short", key, message, good[:63], "invalid")
    yield case("one byte too long", key, message, good + b"\0", "invalid")
    yield case("empty", key, message, b"", "invalid")

    identity = ed_bytes((0, 1))
    number = ed_challenge(identity, key, message) * scalar % L
    yield case("R is the identity, canonically encoded: the equation holds", key, message, identity + number.to_bytes(32, "little"), "valid")
    padded = (P + 1).to_bytes(32, "little")
    number = ed_challenge(padded, key, message) * scalar % L
    yield case("R is the identity with y = p + 1: the encoding differs", key, message, padded + number.to_bytes(32, "little"), "invalid")
    signed = (1 | 1 << 255).to_bytes(32, "little")
    number = ed_challenge(signed, key, message) * scalar % L
    yield case("R is the identity with a sign for x = 0: the encoding differs", key, message, signed + number.to_bytes(32, "little"), "invalid")

    def mixed(key_twist, r_twist, wanted):
        """A signature whose key and R carry torsion, the first nonce for which the cofactorless equation answers `wanted`."""
        twisted = ed_bytes(ed_add(public, ed_times(key_twist, T8)))
        for nonce in range(1, 1000):
            point = ed_bytes(ed_add(ed_times(nonce, BASE), ed_times(r_twist, T8)))
            k = ed_challenge(point, twisted, message)
            if ((r_twist + k * key_twist) % 8 == 0) == wanted:
                return twisted, point + ((nonce + k * scalar) % L).to_bytes(32, "little")

    yield case("R of mixed order: valid only with the cofactor", key, message, mixed(0, 1, False)[1], "invalid")
    yield case("R of mixed order, torsion of order 2", key, message, mixed(0, 4, False)[1], "invalid")
    twisted, signature = mixed(1, 0, False)
    yield case("key of mixed order, its torsion does not cancel: valid only with the cofactor", twisted, message, signature, "invalid")
    twisted, signature = mixed(1, 0, True)
    yield case("key of mixed order, the challenge is a multiple of 8: the equation holds", twisted, message, signature, "valid")
    twisted, signature = mixed(1, 3, True)
    yield case("key and R of mixed order whose torsion cancels: the equation holds", twisted, message, signature, "valid")
    twisted, signature = mixed(1, 3, False)
    yield case("key and R of mixed order whose torsion does not cancel", twisted, message, signature, "invalid")


def ed_keys():
    scalar, _ = ed_secret(bytes(range(32)))
    public = ed_times(scalar, BASE)

    def case(comment, key, result):
        return {"algorithm": "EdDSA", "comment": comment, "key": key.hex(), "result": result}

    yield case("a plain key", ed_bytes(public), "acceptable")
    yield case("of mixed order: not of small order", ed_bytes(ed_add(public, T8)), "acceptable")
    for multiple in range(8):
        point = ed_times(multiple, T8)
        order = next(n for n in (1, 2, 4, 8) if ed_times(n, point) == (0, 1))
        yield case(f"of order {order}", ed_bytes(point), "refused")
    for y, name in [(P, "0"), (P + 1, "1"), (P + 3, "3"), (2**255 - 1, "18")]:
        for sign in (0, 1):
            yield case(f"y = {name} + p, sign {sign}: not canonical", (y | sign << 255).to_bytes(32, "little"), "refused")
    yield case("y = 1 with a sign for x = 0", (1 | 1 << 255).to_bytes(32, "little"), "refused")
    yield case("y = p - 1 with a sign for x = 0", (P - 1 | 1 << 255).to_bytes(32, "little"), "refused")
    yield case("y = 2 is not on the curve", (2).to_bytes(32, "little"), "refused")
    yield case("31 bytes", ed_bytes(public)[:31], "refused")
    yield case("33 bytes", ed_bytes(public) + b"\0", "refused")


# P-256 (SEC 2, section 2.4.2), affine coordinates, None for the point at infinity.
Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def ec_add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and (a[1] + b[1]) % Q == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], Q - 2, Q) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], Q - 2, Q)
    x = (slope * slope - a[0] - b[0]) % Q
    return x, (slope * (a[0] - x) - a[1]) % Q


def ec_times(k, point):
    result = None
    while k:
        if k & 1:
            result = ec_add(result, point)
        point, k = ec_add(point, point), k >> 1
    return result


def ec_bytes(point):
    return b"\4" + point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


EC_SECRET = int.from_bytes(hashlib.sha256(b"pricefloor vectors, P-256 key").digest(), "big") % N


def ec_sign(message, nonce):
    r = ec_times(nonce, G)[0] % N
    e = int.from_bytes(hashlib.sha256(message).digest(), "big")
    return r, pow(nonce, N - 2, N) * (e + r * EC_SECRET) % N


def ec_cases():
    message = b"lithium/carbonate@1"
    key = ec_bytes(ec_times(EC_SECRET, G))
    nonce = int.from_bytes(hashlib.sha256(b"pricefloor vectors, P-256 nonce").digest(), "big") % N
    r, s = ec_sign(message, nonce)
    low, high = min(s, N - s), max(s, N - s)

    def raw(a, b):
        return a.to_bytes(32, "big") + b.to_bytes(32, "big")

    def case(comment, signature, result, message=message, key=key):
        return {"algorithm": "ES256", "comment": comment, "key": key.hex(), "message": message.hex(),
                "signature": signature.hex(), "result": result}

    yield case("s in the lower half", raw(r, low), "valid")
    yield case("s in the upper half is as good", raw(r, high), "valid")
    yield case("another message", raw(r, low), "invalid", message=message + b"0")
    yield case("another key", raw(r, low), "invalid", key=ec_bytes(ec_times(2, G)))
    yield case("r and s exchanged", raw(low, r), "invalid")
    yield case("one bit of r changed", raw(r ^ 1, low), "invalid")
    yield case("one bit of s changed", raw(r, low ^ 1), "invalid")
    yield case("r = 0", raw(0, low), "invalid")
    yield case("s = 0", raw(r, 0), "invalid")
    yield case("r = s = 0", raw(0, 0), "invalid")
    yield case("r = n", raw(N, low), "invalid")
    yield case("s = n", raw(r, N), "invalid")
    yield case("r = n - 1", raw(N - 1, low), "invalid")
    yield case("r of all ones", raw(2**256 - 1, low), "invalid")
    yield case("s of all ones", raw(r, 2**256 - 1), "invalid")
    # A signature with so small an s that s + n still fits into 32 bytes: the scalar of the message is chosen for it.
    small = 5
    secret = (small * nonce - int.from_bytes(hashlib.sha256(message).digest(), "big")) * pow(r, N - 2, N) % N
    other = ec_bytes(ec_times(secret, G))
    yield case("a very small s", raw(r, small), "valid", key=other)
    yield case("s + n: the same number modulo n, not below it", raw(r, small + N), "invalid", key=other)
    def integer(number):
        digits = number.to_bytes(33, "big").lstrip(b"\0")
        digits = b"\0" + digits if digits[0] & 0x80 else digits
        return bytes([2, len(digits)]) + digits

    body = integer(r) + integer(low)
    yield case("DER instead of r and s", bytes([0x30, len(body)]) + body, "invalid")
    yield case("one byte short", raw(r, low)[:63], "invalid")
    yield case("one byte too long", raw(r, low) + b"\0", "invalid")
    yield case("empty", b"", "invalid")


def ec_keys():
    point = ec_times(EC_SECRET, G)
    key = ec_bytes(point)

    def case(comment, key, result):
        return {"algorithm": "ES256", "comment": comment, "key": key.hex(), "result": result}

    yield case("a plain key", key, "acceptable")
    yield case("off the curve", key[:64] + bytes([key[64] ^ 1]), "refused")
    yield case("compressed", bytes([2 + (point[1] & 1)]) + key[1:33], "refused")
    yield case("hybrid form of the same point", bytes([6 + (point[1] & 1)]) + key[1:], "refused")
    yield case("the point at infinity", b"\0", "refused")
    yield case("all zeros", b"\4" + bytes(64), "refused")
    # x = 5 is on the curve; x + p names the same residue.
    y = pow(125 - 15 + 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B, (Q + 1) // 4, Q)
    assert y * y % Q == (125 - 15 + 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B) % Q
    yield case("x = 5", b"\4" + (5).to_bytes(32, "big") + y.to_bytes(32, "big"), "acceptable")
    yield case("x = 5 + p", b"\4" + (5 + Q).to_bytes(32, "big") + y.to_bytes(32, "big"), "refused")
    yield case("64 bytes without the form", key[1:], "refused")
    yield case("66 bytes", key + b"\0", "refused")


print(json.dumps({
    "description": "Signatures by themselves and keys that want to enter a roster; all bytes hexadecimal. Rules: encoding.md.",
    "signatures": list(ed_cases()) + list(ec_cases()),
    "keys": list(ed_keys()) + list(ec_keys()),
}, indent=1))
