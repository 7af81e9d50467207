"""Deterministic CBOR (Protocol/encoding.md): decoded by cbor2, refused unless encoded again to the same bytes."""

import functools
import re
from collections.abc import Callable
from typing import Any, TypeVar

import cbor2

DEEPEST = 16

Answer = TypeVar("Answer")


class Refused(Exception):
    """Why something proves nothing: one reason, the first that was found."""


def refusing(what: str) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Makes a function refuse values of a form that it did not expect anywhere, in place of failing on them."""

    def decorate(function: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(function)
        def guarded(*arguments: Any) -> Answer:
            try:
                return function(*arguments)
            except (LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
                raise Refused(f"{what} does not have the form that the schema gives it ({error})") from error

        return guarded

    return decorate


def encode(value: Any) -> bytes:
    """All map keys are unsigned integers, for which canonical (RFC 7049) and deterministic encoding agree."""
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, what: str) -> Any:
    """The one item that the bytes are, in its only form."""
    try:
        value = cbor2.loads(data)
        again = encode(value)
    except Exception as error:  # cbor2 raises its own errors, and Unicode, recursion and memory errors besides
        raise Refused(f"{what} is not CBOR: {error}") from error
    if again != data:
        raise Refused(f"{what} is not in its deterministic form")
    _check_forms(value, what, DEEPEST)
    return value


def _check_forms(value: Any, what: str, levels: int) -> None:
    """Refuses what CBOR has and the protocol has not: floats, tags, simple values, other keys, depth."""
    if isinstance(value, (bool, type(None), bytes, str)):
        return
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise Refused(f"{what} has an integer beyond 64 bits")
        return
    if levels == 0:
        raise Refused(f"{what} is nested deeper than {DEEPEST}")
    if isinstance(value, list):
        for item in value:
            _check_forms(item, what, levels - 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, int) or isinstance(key, bool) or key < 0:
                raise Refused(f"{what} has a map key that is no unsigned integer")
            _check_forms(item, what, levels - 1)
    else:
        raise Refused(f"{what} has a form that the protocol does not use: {type(value).__name__}")


class Fields:
    """Reads the items of an array, or the values of a map with given keys, in order and each with its type."""

    def __init__(self, value: Any, count: int, what: str, keys: range | None = None):
        if keys is not None:
            if not isinstance(value, dict) or list(value) != list(keys):
                raise Refused(f"{what} is no map of the keys {keys.start} to {keys.stop - 1}")
            value = list(value.values())
        if not isinstance(value, list) or len(value) != count:
            raise Refused(f"{what} is no array of {count} items")
        self._rest = iter(value)
        self._what = what

    def raw(self) -> Any:
        return next(self._rest)

    def unsigned(self, most: int = 2**64 - 1) -> int:
        value = self.raw()
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise Refused(f"{self._what} has {value!r} in place of a number up to {most}")
        return value

    def integer(self) -> int:
        value = self.raw()
        if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
            raise Refused(f"{self._what} has {value!r} in place of a signed number of 64 bits")
        return value

    def flag(self) -> bool:
        value = self.raw()
        if not isinstance(value, bool):
            raise Refused(f"{self._what} has {value!r} in place of true or false")
        return value

    def octets(self, size: int | None = None, most: int = 2**31) -> bytes:
        value = self.raw()
        if not isinstance(value, bytes) or len(value) > most or (size is not None and len(value) != size):
            raise Refused(f"{self._what} has no byte string of the right size in its place")
        return value

    def digest(self) -> bytes:
        return self.octets(32)

    def text(self, pattern: str = r"[ -~]*") -> str:
        value = self.raw()
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise Refused(f"{self._what} has {value!r} in place of a text like {pattern}")
        return value

    def prose(self, most: int) -> str:
        value = self.raw()
        if not isinstance(value, str) or len(value.encode()) > most:
            raise Refused(f"{self._what} has no text of at most {most} bytes in its place")
        return value

    def items(self, most: int, least: int = 0) -> list[Any]:
        value = self.raw()
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Refused(f"{self._what} has no list of {least} to {most} items in its place")
        return value
