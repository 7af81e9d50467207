"""The duty on a consignment, by the rules T1 to T7 of Protocol/tariff.md."""

from dataclasses import dataclass
from fractions import Fraction

MILLION = 10**6


def rounded(value: Fraction, rounding: str) -> int:
    down = value.numerator // value.denominator
    rest = value - down
    if rounding == "FLOOR" or rest == 0:
        return down
    if rounding == "CEIL":
        return down + 1
    if rounding == "TRUNC":
        return down + (value < 0)
    half = Fraction(1, 2)
    if rest != half:
        return down + (rest > half)
    if rounding == "HALF_UP":
        return down + (value > 0)
    if rounding == "HALF_EVEN":
        return down + down % 2
    raise ValueError(f"no rounding is called {rounding}")


@dataclass(frozen=True)
class Component:
    floor: int | None
    grade: int
    payable: int
    reference: int


@dataclass(frozen=True)
class Consignment:
    components: list[Component]
    net_grams: int
    moisture: int
    declared_value: int
    freight_insurance: int
    is_preferential: bool
    other_duties: int


@dataclass(frozen=True)
class Regime:
    """What the importing member's profile and the row say."""

    exchange_rate: int
    minor_per_major: int
    rounding: str
    valuation: str
    ordinary: int
    nets_ordinary: bool
    mode: str
    bound: int | None
    banded_maximum: int


@dataclass(frozen=True)
class Duty:
    contents: list[int]
    floor_value: int
    ordinary: int
    owed: int
    applied: int
    uncovered: int


def duty(consignment: Consignment, regime: Regime) -> Duty:
    dry = consignment.net_grams * (MILLION - consignment.moisture)
    contents = [dry * each.grade // (MILLION * each.reference) for each in consignment.components]
    value = _floor_value(contents, consignment.components, regime)
    ordinary = rounded(Fraction(consignment.declared_value * regime.ordinary, MILLION), regime.rounding)
    owed = 0 if consignment.is_preferential else _owed(consignment, regime, value, ordinary)
    applied = _applied(consignment, regime, owed, ordinary)
    return Duty(contents, value, ordinary, owed, applied, owed - applied)


def _floor_value(contents: list[int], components: list[Component], regime: Regime) -> int:
    worth = sum((each.floor or 0) * content * each.payable for content, each in zip(contents, components))
    return rounded(Fraction(worth * regime.exchange_rate * regime.minor_per_major, 10**24), regime.rounding)


def _owed(consignment: Consignment, regime: Regime, floor_value: int, ordinary: int) -> int:
    landed = consignment.declared_value
    if regime.valuation == "FOB":
        landed += consignment.freight_insurance
    if regime.mode == "BANDED":
        return _banded(floor_value, landed, regime)
    netted = (ordinary if regime.nets_ordinary else 0) + consignment.other_duties
    return max(0, floor_value - landed - netted)


def _banded(floor_value: int, landed: int, regime: Regime) -> int:
    if landed >= floor_value:
        return 0
    band = -((landed - floor_value) * 50 // floor_value)
    return rounded(Fraction(floor_value * band, 50), regime.rounding) if band <= 4 else regime.banded_maximum


def _applied(consignment: Consignment, regime: Regime, owed: int, ordinary: int) -> int:
    if regime.mode == "INDICATIVE":
        return 0
    if regime.bound is None:
        return owed
    return min(owed, max(0, consignment.declared_value * regime.bound // MILLION - ordinary))
