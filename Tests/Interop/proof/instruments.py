"""Support payments and monitoring, by section 6 of Protocol/tariff.md."""

from fractions import Fraction

from .aggregation import largest_remainder
from .tariff import MILLION, rounded


def nearest(numerator: int, denominator: int) -> int:
    return rounded(Fraction(numerator, denominator), "HALF_UP")


def contract_for_difference(strike: int, reference: int, kilograms: int, minor_per_major: int, share: int) -> int:
    if strike >= reference:
        return nearest((strike - reference) * kilograms * minor_per_major, MILLION)
    return -nearest((reference - strike) * kilograms * minor_per_major * share, MILLION**2)


def pro_rata(claims: dict[str, int], budget: int) -> dict[str, int]:
    if sum(claims.values()) <= budget:
        return dict(claims)
    return largest_remainder(list(claims), claims, budget)


def offtake(index: int, share: int, low: int, high: int) -> int:
    return min(max(nearest(index * share, MILLION), low), high)


def inversion(upstream: int, content: int, recovery: int, cost: int) -> int:
    return -(-upstream * content // recovery) + cost


def mirror_gap(exports: int, imports: int) -> int:
    return nearest((exports - imports) * MILLION, exports)


def capacity(production: int, imports: int, stock_draw: int, exports: int) -> tuple[int, int]:
    excess = max(0, exports - production - imports - stock_draw)
    return excess, nearest(excess * MILLION, exports) if exports else 0


def bunching(at_floor: int, neighbours: list[int]) -> int | None:
    around = sum(neighbours)
    if at_floor + around < 30 or around == 0:
        return None
    return nearest(at_floor * len(neighbours) * MILLION, around)
