"""How proposals become a floor and ballots a decision, by the rules A1 to A9, V1 to V4 and W1 of Protocol/aggregation.md."""

from dataclasses import dataclass, field
from fractions import Fraction

MILLION = 10**6


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
    corridor: tuple[int, int] | None


@dataclass(frozen=True)
class Proposal:
    member: str
    producer: int
    consumer: int
    price: int | None

    @property
    def weight(self) -> int:
        return self.producer + self.consumer


@dataclass
class Result:
    """What came of one item. What the steps did not reach is none; the floor is then the one in force."""

    rejected: list[str] = field(default_factory=list)
    thin: list[str] = field(default_factory=list)
    members: int = 0
    weight: int = 0
    total: int = 0
    status: str = "INSUFFICIENT"
    centre: int | None = None
    deviation: int | None = None
    threshold: int | None = None
    screened: list[str] = field(default_factory=list)
    capped_weight: int = 0
    screened_weight: int = 0
    next_band: tuple[int, int] | None = None
    result: int | None = None
    midmean: int | None = None
    step: tuple[int, int] | None = None
    floor: int | None = None
    outside_evidence: bool = False
    floor_outside_evidence: bool = False


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


def quartiles(prices: Weighted) -> tuple[int, int]:
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
    result = Result(total=sum(each.weight for each in proposals), floor=previous)
    eligible = _eligible(proposals, rules, result)
    if not _is_sufficient(proposals, eligible, parameters, result):
        return result
    cap = result.total * parameters.weight_cap // MILLION
    capped = [(each, min(each.weight, cap)) for each in eligible]
    near = _screen(capped, parameters, result)
    if near:
        _conclude(near, previous, rules, parameters, result)
    return result


def _eligible(proposals: list[Proposal], rules: PriceRules, result: Result) -> list[Proposal]:
    """A1."""
    priced = [each for each in sorted(proposals, key=lambda each: each.member) if each.price is not None]
    eligible = [each for each in priced if rules.low <= each.price <= rules.high]
    result.rejected = [each.member for each in priced if each not in eligible]
    return eligible


def _is_sufficient(proposals: list[Proposal], eligible: list[Proposal], parameters: Parameters, result: Result) -> bool:
    """A2."""
    result.members, result.weight = len(eligible), sum(each.weight for each in eligible)
    for chamber in ("consumer", "producer"):
        present, total = (sum(getattr(each, chamber) for each in group) for group in (eligible, proposals))
        if 2 * present < total:
            result.thin.append(chamber)
    numerator, denominator = parameters.presence
    is_present = result.weight * denominator >= result.total * numerator
    return is_present and result.members >= parameters.fewest_members and not result.thin


def _screen(capped: list[tuple[Proposal, int]], parameters: Parameters, result: Result) -> Weighted:
    """A4 and A5: what is near the centre, or nothing where the proposals diverge."""
    all_prices = [(each.price, weight) for each, weight in capped]
    centre = quantile(all_prices, 1, 2)
    deviation = quantile([(abs(price - centre), weight) for price, weight in all_prices], 1, 2)
    numerator, denominator = parameters.deviations
    threshold = max(deviation * numerator // denominator, centre * parameters.tolerance // MILLION)
    far = [each for each in capped if abs(each[0].price - centre) > threshold]
    near = [(each.price, weight) for each, weight in capped if abs(each.price - centre) <= threshold]
    result.centre, result.deviation, result.threshold = centre, deviation, threshold
    result.screened = [each.member for each, _ in far]
    result.capped_weight = sum(weight for _, weight in capped)
    result.screened_weight = sum(weight for _, weight in far)
    if 3 * result.screened_weight > result.capped_weight or len(near) < parameters.fewest_members:
        result.status, result.next_band = "DIVERGENT", quartiles(all_prices)
        return []
    return near


def _conclude(near: Weighted, previous: int | None, rules: PriceRules, parameters: Parameters, result: Result) -> None:
    """A6 to A9."""
    found = quantile(near, 1, 2)
    result.result, result.next_band, result.midmean = found, quartiles(near), midmean(near)
    result.status, limited, low = "FIRST", found, 0
    if previous is not None:
        result.step = _step(previous, rules.tick, parameters)
        low, high = result.step
        limited = min(max(found, low), high)
        result.status = "OK" if limited == found else "STEP_LIMITED"
    floor = limited - limited % rules.tick
    result.floor = floor if floor >= low else floor + rules.tick
    if rules.corridor:
        inside = range(rules.corridor[0], rules.corridor[1] + 1)
        result.outside_evidence = found not in inside
        result.floor_outside_evidence = result.floor not in inside


def _step(previous: int, tick: int, parameters: Parameters) -> tuple[int, int]:
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
    sums = {choice: sum(votes.get(member, 0) for member, cast in ballots.items() if cast == choice) for choice in ("YES", "NO", "ABSTAIN")}
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
