"""A docket's results, computed again from what the members signed (Protocol/negotiation.md, N37)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import records
from .aggregation import Band, Parameters, Proposal, Result, Tally, aggregate, tally
from .cbor import Refused, encode
from .records import COUNTED, OUT_OF_BAND, OUT_OF_BOUNDS, Ballot, Docket, Item, ItemResult, Place, Row, Sheet
from .signing import digest
from .state import ProvenState

Rolls = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Case:
    """A docket with all its records."""

    docket: Docket
    votes: dict[str, Rolls]
    sheets: list[Sheet]
    ballots: list[Ballot]
    results: list[ItemResult]

    @staticmethod
    def read(name: str, state: ProvenState, items: list[str]) -> "Case":
        """The records of a docket, and the votes of its own electorate on those of its items that are among these."""
        key = name.encode()
        docket = Docket.of(state.require("dockets", key))
        electorate = docket.electorate.to_bytes(8, "big")
        state.require("electorates", electorate)
        shown = [item for item in docket.items if item in items]
        votes = dict(records.votes_of(state.require("electorates", electorate + item.encode())) for item in shown)
        state.prefix("lots", key + b"\x00")
        values = {
            section: [value for _, value in state.prefix(section, key + b"\x00")]
            for section in ("sheets", "ballots", "results")
        }
        return Case(
            docket,
            votes,
            [Sheet.of(value) for value in values["sheets"]],
            [Ballot.of(value) for value in values["ballots"]],
            [ItemResult.of(value) for value in values["results"]],
        )

    def round_sheets(self, place: Place) -> list[Sheet]:
        return sorted((sheet for sheet in self.sheets if sheet.place == place), key=lambda sheet: sheet.member)


@dataclass(frozen=True)
class Reckoning:
    """What every round is reckoned with. `row_of` answers an item's row in a version of the table, proved."""

    network: bytes
    parameters: Parameters
    parameters_digest: bytes
    row_of: Callable[[int, str], Row | None]

    def check(self, case: Case, item: Item, row: Row | None) -> int:
        """Computes all rounds of an item again, and the row; answers how many rounds there were."""
        if item.name not in case.votes:
            return 0
        votes = case.votes[item.name]
        rounds = sorted((each for each in case.results if each.item == item.name), key=lambda each: each.round)
        band: Band | None = None
        for result in rounds:
            if result.band != band:
                raise Refused(f"the band of {item.name} in round {result.round} does not follow from the round before")
            previous = self._previous(case.docket, result)
            computed = self._round(case, result, item, votes, previous)
            _compare_figures(result, computed)
            _check_calls(case, result, votes)
            band = _narrowed(band, computed.next_band)
            self._check_rows(case.docket, result, computed, row)
        made = any(result.outcome[0] == records.IN_FORCE for result in rounds)
        if row and row.docket == case.docket.name and not made:
            raise Refused(f"the row of {item.name} names a docket that made none")
        return len(rounds)

    def _previous(self, docket: Docket, result: ItemResult) -> int | None:
        """The floor before: none in a docket of first floors, else of the table in force at the reckoning (N22)."""
        if docket.kind == records.FIRST_KIND or result.table_version == 0:
            return None
        row = self.row_of(result.table_version, result.item)
        return row.floor if row else None

    def _check_rows(self, docket: Docket, result: ItemResult, computed: Result, row: Row | None) -> None:
        """The row of the version that the round made, and the one in force, if it rests on the same docket."""
        kind, _, version = result.outcome
        if kind == records.IN_FORCE:
            made = self.row_of(version, result.item)
            if made is None or made.docket != docket.name:
                raise Refused(
                    f"the version {version} of the table has no row of {result.item} by the docket that made it"
                )
            _check_row(made, result, computed)
        if kind == records.IN_FORCE and row and row.docket == docket.name:
            _check_row(row, result, computed)

    def _round(self, case: Case, result: ItemResult, item: Item, votes: Rolls, previous: int | None) -> Result:
        prices: dict[str, int | None] = {}
        for sheet in case.round_sheets(result.place):
            self._check_commitment(sheet)
            quote = sheet.quote(item.name)
            if quote and _check_verdict(quote, item, result.band):
                prices[sheet.member] = quote[0]
        members = sorted(set(votes["producer"]) | set(votes["consumer"]))
        proposals = [
            Proposal(member, votes["producer"].get(member, 0), votes["consumer"].get(member, 0), prices.get(member))
            for member in members
        ]
        return aggregate(proposals, previous, item.rules, self.parameters)

    def _check_commitment(self, sheet: Sheet) -> None:
        """A revealed sheet is the very one that was sealed (N16)."""
        if sheet.by is None:
            return
        quotes, evidence = sheet.content
        items = digest("items", encode([quote[0] for quote in quotes]))
        parts = [digest("proposals", encode(quotes)), digest("evidence", encode(evidence))]
        place = [sheet.place.docket, sheet.place.lot, sheet.place.round, sheet.member]
        sealed = encode([self.network, *place, items, self.parameters_digest, *parts])
        if digest("commitment", sealed, sheet.salt) != sheet.commitment:
            raise Refused(f"the sheet of {sheet.member} is not the one that it had sealed")


def _check_verdict(quote: tuple[int | None, int], item: Item, band: Band | None) -> bool:
    """Whether the price enters the reckoning (N20): one out of bounds does, to be listed; one out of band does not."""
    price, verdict = quote
    if price is None:
        expected = records.ANSWERED
    elif not item.rules.low <= price <= item.rules.high:
        expected = OUT_OF_BOUNDS
    elif band and not band[0] <= price <= band[1]:
        expected = OUT_OF_BAND
    else:
        expected = COUNTED
    if verdict != expected:
        raise Refused(f"a quote on {item.name} has another verdict than it deserves")
    return expected in (COUNTED, OUT_OF_BOUNDS)


def _narrowed(band: Band | None, following: Band | None) -> Band | None:
    if band is None or following is None:
        return following or band
    low, high = max(band[0], following[0]), min(band[1], following[1])
    return (low, high) if low <= high else band


def _compare_figures(result: ItemResult, computed: Result) -> None:
    thin = [records.CHAMBERS.index(chamber) for chamber in computed.thin]
    sums = [computed.members, computed.weight, computed.total, computed.previous]
    if [computed.rejected, thin, *sums, _screening(computed), _conclusion(computed)] != result.figures:
        raise Refused(f"the figures of {result.item} in round {result.round} do not follow from the signed sheets")


def _screening(computed: Result) -> list[Any] | None:
    if computed.screening is None:
        return None
    found = computed.screening
    screened = [list(each) for each in found.screened]
    return [found.centre, found.deviation, found.threshold, screened, found.capped_weight, found.screened_weight]


def _conclusion(computed: Result) -> list[Any] | None:
    found = computed.agreement
    if found is None:
        return list(computed.divergent_band) if computed.divergent_band else None
    step = list(found.step) if found.step else None
    numbers = [found.floor, found.result, list(found.next_band), found.midmean, step, found.residual]
    return [records.STATUSES.index(found.status), *numbers, found.outside_evidence, found.floor_outside_evidence]


def _check_calls(case: Case, result: ItemResult, votes: Rolls) -> None:
    for record in result.calls:
        lot, call, kind, _, *tallies = record[:6]
        place = Place(result.docket, lot, result.round)
        ballots = {each.by.member: each.choice for each in case.ballots if (each.place, each.call) == (place, call)}
        for number, chamber in enumerate(records.CHAMBERS):
            counted = tally(votes[chamber], ballots, records.VOTE_KINDS[kind], call)
            if tallies[number] != _fields(number, counted):
                raise Refused(f"call {call} on {result.item} was not counted from the signed ballots")
        cast = list(ballots.values())
        if record[6:] != [cast.count("YES"), cast.count("NO")]:
            raise Refused(f"call {call} on {result.item} names other numbers of members than voted")


def _fields(chamber: int, counted: Tally) -> list[Any]:
    return [chamber, counted.yes, counted.no, counted.present, counted.total, counted.has_quorum, counted.is_passed]


def _check_row(row: Row, result: ItemResult, computed: Result) -> None:
    """The row is the adopted floor, and its dispersion that of the round which made it."""
    last = result.calls[-1] if result.calls else None
    if not last or not (last[4][6] and last[5][6]):
        raise Refused(f"the row of {row.item} names a docket in which both chambers did not agree")
    if row.authority in ("SIMPLE_VOTE", "SPECIAL_VOTE") and not row.authority.startswith(records.VOTE_KINDS[last[2]]):
        raise Refused(f"the row of {row.item} names another kind of vote than was held")
    found, screening = computed.agreement, computed.screening
    if found is None or screening is None:
        raise Refused(f"the row of {row.item} names a round without an agreement")
    spread = [
        records.STATUSES.index(found.status),
        *(computed.members, computed.weight, computed.total),
        [member for member, _, _ in screening.screened],
        screening.screened_weight,
        *(*found.next_band, found.midmean, found.result, found.residual),
        *(found.outside_evidence, found.floor_outside_evidence),
    ]
    if (row.floor, row.dispersion) != (found.floor, spread):
        raise Refused(f"the row of {row.item} is not what the signed sheets come to")
