"""How proposals become a floor and ballots a decision: rules A1 to A9, V1 to V4 and W1 of Protocol/aggregation.md."""

from dataclasses import dataclass
from fractions import Fraction

MILLION = 10**6

Band = tuple[int, int]  # the lowest and the highest price


@dataclass(frozen=True)
class Parameters:
    weight_cap: int
    fewest_members: int
    presence: tuple[int, int]
    deviations: tuple[int, int]
    tolerance: int
    step_up: int
    step_down: int


@dataclass(frozen=True)
class PriceRules:
    tick: int
    low: int
    high: int
    corridor: Band | None


@dataclass(frozen=True)
class Proposal:
    member: str
    producer: int
    consumer: int
    price: int | None

    @property
    def weight(self) -> int:
        return self.producer + self.consumer


@dataclass(frozen=True)
class Screening:
    """The centre, and who is too far from it: member, price and distance."""

    centre: int
    deviation: int
    threshold: int
    screened: list[tuple[str, int, int]]
    capped_weight: int
    screened_weight: int


@dataclass(frozen=True)
class Agreement:
    """The number that the proposals come to, and the floor that follows from it."""

    status: str
    floor: int
    result: int
    next_band: Band
    midmean: int
    step: Band | None
    outside_evidence: bool
    floor_outside_evidence: bool

    @property
    def residual(self) -> int:
        return self.result - self.floor


@dataclass
class Result:
    """What came of one item. Without an agreement the floor before stays."""

    previous: int | None
    rejected: list[str]
    thin: list[str]
    members: int
    weight: int
    total: int
    screening: Screening | None = None
    divergent_band: Band | None = None
    agreement: Agreement | None = None

    @property
    def status(self) -> str:
        if self.agreement:
            return self.agreement.status
        return "DIVERGENT" if self.screening else "INSUFFICIENT"

    @property
    def next_band(self) -> Band | None:
        return self.agreement.next_band if self.agreement else self.divergent_band


Weighted = list[tuple[int, int]]


def quantile(prices: Weighted, numerator: int, denominator: int) -> int:
    """The lowest price up to which at least that part of the weight lies."""
    total = sum(weight for _, weight in prices)
    below = 0
    for price, weight in sorted(prices):
        below += weight
        if denominator * below >= numerator * total:
            return price
    raise ValueError("a quantile of nothing")


def quartiles(prices: Weighted) -> Band:
    return quantile(prices, 1, 4), quantile(prices, 3, 4)


def midmean(prices: Weighted) -> int:
    """The mean of the weights laid out along the price axis between a quarter and three quarters of the total."""
    total = sum(weight for _, weight in prices)
    first, last = Fraction(total, 4), Fraction(3 * total, 4)
    position, area = Fraction(0), Fraction(0)
    for price, weight in sorted(prices):
        inside = min(position + weight, last) - max(position, first)
        area += price * max(inside, Fraction(0))
        position += weight
    return area // (last - first)


def aggregate(proposals: list[Proposal], previous: int | None, rules: PriceRules, parameters: Parameters) -> Result:
    result, eligible = _eligible(proposals, previous, rules)
    if not _is_sufficient(result, parameters):
        return result
    cap = result.total * parameters.weight_cap // MILLION
    capped = [(member, price, min(weight, cap)) for member, price, weight in eligible]
    result.screening = _screening(capped, parameters)
    far = {member for member, _, _ in result.screening.screened}
    near = [(price, weight) for member, price, weight in capped if member not in far]
    if 3 * result.screening.screened_weight > result.screening.capped_weight or len(near) < parameters.fewest_members:
        result.divergent_band = quartiles([(price, weight) for _, price, weight in capped])
    else:
        result.agreement = _agreement(near, previous, rules, parameters)
    return result


Priced = tuple[str, int, int]  # member, price, weight


def _eligible(proposals: list[Proposal], previous: int | None, rules: PriceRules) -> tuple[Result, list[Priced]]:
    """A1, and the sums that A2 asks for."""
    ordered = sorted(proposals, key=lambda each: each.member)
    priced = [(each, each.price) for each in ordered if each.price is not None]
    counted = [(each, price) for each, price in priced if rules.low <= price <= rules.high]
    thin = []
    for chamber in ("consumer", "producer"):
        present = sum(getattr(each, chamber) for each, _ in counted)
        if 2 * present < sum(getattr(each, chamber) for each in proposals):
            thin.append(chamber)
    rejected = [each.member for each, price in priced if not rules.low <= price <= rules.high]
    eligible = [(each.member, price, each.weight) for each, price in counted]
    weight = sum(each.weight for each, _ in counted)
    total = sum(each.weight for each in proposals)
    return Result(previous, rejected, thin, len(eligible), weight, total), eligible


def _is_sufficient(result: Result, parameters: Parameters) -> bool:
    """A2."""
    numerator, denominator = parameters.presence
    is_present = result.weight * denominator >= result.total * numerator
    return is_present and result.members >= parameters.fewest_members and not result.thin


def _screening(capped: list[Priced], parameters: Parameters) -> Screening:
    """A4 and A5."""
    centre = quantile([(price, weight) for _, price, weight in capped], 1, 2)
    deviation = quantile([(abs(price - centre), weight) for _, price, weight in capped], 1, 2)
    numerator, denominator = parameters.deviations
    threshold = max(deviation * numerator // denominator, centre * parameters.tolerance // MILLION)
    far = [each for each in capped if abs(each[1] - centre) > threshold]
    return Screening(
        centre,
        deviation,
        threshold,
        [(member, price, abs(price - centre)) for member, price, _ in far],
        sum(weight for _, _, weight in capped),
        sum(weight for _, _, weight in far),
    )


def _agreement(near: Weighted, previous: int | None, rules: PriceRules, parameters: Parameters) -> Agreement:
    """A6 to A9."""
    found = quantile(near, 1, 2)
    status, limited, low, step = "FIRST", found, 0, None
    if previous is not None:
        step = low, high = _step(previous, rules.tick, parameters)
        limited = min(max(found, low), high)
        status = "OK" if limited == found else "STEP_LIMITED"
    floor = limited - limited % rules.tick
    floor = floor if floor >= low else floor + rules.tick
    outside = [
        not rules.corridor[0] <= price <= rules.corridor[1] if rules.corridor else False for price in (found, floor)
    ]
    return Agreement(status, floor, found, quartiles(near), midmean(near), step, *outside)


def _step(previous: int, tick: int, parameters: Parameters) -> Band:
    """A7: what one step can reach."""
    low = -(previous * (parameters.step_down - MILLION) // MILLION)
    high = previous * (MILLION + parameters.step_up) // MILLION
    if parameters.step_up > 0 and high <= previous:
        high = previous + tick
    if parameters.step_down > 0 and low >= previous:
        low = max(0, previous - tick)
    return low, high


@dataclass(frozen=True)
class Tally:
    yes: int
    no: int
    present: int
    total: int
    has_quorum: bool
    is_passed: bool


def tally(votes: dict[str, int], ballots: dict[str, str], kind: str, call: int) -> Tally:
    """What one chamber said (V1 to V3)."""
    sums = {
        choice: sum(votes.get(member, 0) for member, cast in ballots.items() if cast == choice)
        for choice in ("YES", "NO", "ABSTAIN")
    }
    yes, no, present, total = sums["YES"], sums["NO"], sum(sums.values()), sum(votes.values())
    has_quorum = 2 * present > total if call == 3 else 3 * present >= 2 * total
    if kind == "SIMPLE":
        has_majority = 2 * yes > yes + no
    else:
        members = list(ballots.values())
        has_majority = yes + no > 0 and 3 * yes >= 2 * (yes + no) and members.count("YES") >= members.count("NO")
    return Tally(yes, no, present, total, has_quorum, has_quorum and has_majority)


def distribute(quantities: dict[str, int], total: int, cap: int, minimum: int) -> dict[str, int] | None:
    """The votes of a chamber (W1); nothing where no distribution exists."""
    if minimum * len(quantities) > total or cap * len(quantities) < total:
        return None
    votes = dict.fromkeys(sorted(quantities, key=str.encode), minimum)
    while left := total - sum(votes.values()):
        open_members = [member for member in votes if votes[member] < cap]
        for member, share in largest_remainder(open_members, quantities, left).items():
            votes[member] = min(cap, votes[member] + share)
    return votes


def largest_remainder(members: list[str], quantities: dict[str, int], amount: int) -> dict[str, int]:
    """An amount shared by quantities, or alike where there are none."""
    weights = {member: quantities[member] for member in members}
    if not any(weights.values()):
        weights = dict.fromkeys(members, 1)
    whole = sum(weights.values())
    shares = {member: amount * weight // whole for member, weight in weights.items()}
    by_remainder = sorted(members, key=lambda member: (-(amount * weights[member] % whole), member.encode()))
    for member in by_remainder[: amount - sum(shares.values())]:
        shares[member] += 1
    return shares
