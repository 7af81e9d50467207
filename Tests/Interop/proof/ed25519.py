"""The curve of Ed25519 in plain numbers (RFC 8032, section 5.1): acceptable keys, and the cofactorless equation.

Slow and not for secrets: the rules of Protocol/encoding.md are stricter than what libraries promise to check.
"""

import hashlib

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)

Point = tuple[int, int, int, int]  # extended homogeneous coordinates
NEUTRAL: Point = (0, 1, 1, 0)


def add(left: Point, right: Point) -> Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % PRIME
    b = (left[1] + left[0]) * (right[1] + right[0]) % PRIME
    c = 2 * left[3] * right[3] * CURVE % PRIME
    d = 2 * left[2] * right[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def times(factor: int, point: Point) -> Point:
    result = NEUTRAL
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def decode(encoding: bytes) -> Point | None:
    """The point of a canonical encoding; nothing for any other bytes."""
    if len(encoding) != 32:
        return None
    number = int.from_bytes(encoding, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if x * x % PRIME != square or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = PRIME - x
    return (x, y, 1, x * y % PRIME)


def encode(point: Point) -> bytes:
    inverse = pow(point[2], -1, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def is_acceptable(key: bytes) -> bool:
    """A point on the curve, canonically encoded and not of small order."""
    point = decode(key)
    return point is not None and encode(times(8, point)) != encode(NEUTRAL)


BASE = decode((4 * pow(5, -1, PRIME) % PRIME).to_bytes(32, "little")) or NEUTRAL


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """S < L, and the encoding of [S]B - [k]A equals R byte for byte."""
    point = decode(key)
    if point is None or len(signature) != 64:
        return False
    response = int.from_bytes(signature[32:], "little")
    if response >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    opposite: Point = (PRIME - point[0], point[1], point[2], PRIME - point[3])
    return encode(add(times(response, BASE), times(challenge, opposite))) == signature[:32]
