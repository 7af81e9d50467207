"""The values of the state that a verifier reads (Protocol/pricefloor.cddl, the entries of the sections)."""

from dataclasses import dataclass
from typing import Any

from .aggregation import Band, Parameters, PriceRules
from .cbor import Fields, Refused, decode
from .genesis import ITEM_ID, MEMBER_ID

DOCKET_ID = r"[!-~]{1,32}"
STATUSES = ("INSUFFICIENT", "DIVERGENT", "FIRST", "STEP_LIMITED", "OK")
MODES = ("EXACT", "BANDED", "CAPPED", "INDICATIVE")
AUTHORITIES = ("SIMPLE_VOTE", "SPECIAL_VOTE", "STATUS_QUO", "LAPSE")
CHOICES = ("YES", "NO", "ABSTAIN")
VOTE_KINDS = ("SIMPLE", "SPECIAL")
CHAMBERS = ("producer", "consumer")
COUNTED, ANSWERED, OUT_OF_BOUNDS, OUT_OF_BAND = range(4)
FIRST_KIND = 1
IN_THE_VOTE, ADOPTED, IN_FORCE, CONCILIATION, STATUS_QUO = range(5)


def band_of(value: Any) -> Band | None:
    if value is None:
        return None
    fields = Fields(value, 2, "a band of prices")
    return fields.integer(), fields.integer()


@dataclass(frozen=True)
class Place:
    """A round of a lot of a docket."""

    docket: str
    lot: int
    round: int

    @staticmethod
    def of(value: Any) -> "Place":
        fields = Fields(value, 3, "the place of an act")
        return Place(fields.text(DOCKET_ID), fields.unsigned(2**16 - 1), fields.unsigned(255))

    @property
    def prefix(self) -> bytes:
        return self.docket.encode() + b"\x00" + self.lot.to_bytes(2, "big") + bytes([self.round])


@dataclass(frozen=True)
class Signing:
    member: str
    transaction: bytes
    at: int

    @staticmethod
    def of(value: Any) -> "Signing":
        fields = Fields(value, 3, "a signing")
        return Signing(fields.text(MEMBER_ID), fields.digest(), fields.integer())


@dataclass(frozen=True)
class Item:
    name: str
    title: str
    rules: PriceRules

    @staticmethod
    def of(data: bytes) -> "Item":
        value = decode(data, "an item")
        fields = Fields(value, 14, "an item")
        name, _, title = fields.text(ITEM_ID), fields.unsigned(7), fields.prose(200)
        pricing = Fields(value[11], 4, "the pricing of an item")
        tick, low, high, corridor = pricing.integer(), pricing.integer(), pricing.integer(), pricing.raw()
        return Item(name, title, PriceRules(tick, low, high, tuple(corridor[:2]) if corridor else None))


def votes_of(data: bytes) -> tuple[str, dict[str, dict[str, int]]]:
    """The item, and the votes of each member in each chamber."""
    fields = Fields(decode(data, "votes"), 3, "votes")
    item, rolls = fields.text(ITEM_ID), {}
    for chamber in CHAMBERS:
        entries = [Fields(each, 2, "a member's votes") for each in fields.items(256)]
        rolls[chamber] = {entry.text(MEMBER_ID): entry.integer() for entry in entries}
    return item, rolls


def aggregation_parameters(data: bytes) -> Parameters:
    negotiation = decode(data, "the parameters of the negotiation")
    fields = Fields(negotiation, 11, "the parameters of the negotiation", keys=range(1, 12))
    rules = Fields(fields.raw(), 7, "the parameters of the aggregation")
    cap, fewest = rules.integer(), rules.integer()
    presence, deviations = tuple(rules.items(2, 2)), tuple(rules.items(2, 2))
    return Parameters(cap, fewest, presence, deviations, rules.integer(), rules.integer(), rules.integer())


@dataclass(frozen=True)
class Table:
    version: int
    effective_at: int
    row_count: int
    docket: str | None

    @staticmethod
    def of(data: bytes) -> "Table":
        fields = Fields(decode(data, "a table"), 4, "a table")
        version, at, count, docket = fields.unsigned(), fields.integer(), fields.unsigned(2**32 - 1), fields.raw()
        return Table(version, at, count, None if docket is None else Fields([docket], 1, "a table").text(DOCKET_ID))


@dataclass(frozen=True)
class Row:
    item: str
    floor: int
    mode: str
    effective_at: int
    docket: str
    carried: int
    authority: str
    dispersion: list[Any]

    @staticmethod
    def of(data: bytes) -> "Row":
        fields = Fields(decode(data, "a row"), 10, "a row")
        item, floor, mode = fields.text(ITEM_ID), fields.integer(), MODES[fields.unsigned(3)]
        at, docket, carried = fields.integer(), fields.text(DOCKET_ID), fields.unsigned(2**32 - 1)
        fields.raw(), fields.unsigned(2)
        return Row(item, floor, mode, at, docket, carried, AUTHORITIES[fields.unsigned(3)], fields.items(13, 13))


@dataclass(frozen=True)
class Docket:
    name: str
    kind: int
    openers: list[Signing]
    items: list[str]
    electorate: int
    withdrawal: tuple[Signing, str] | None

    @staticmethod
    def of(data: bytes) -> "Docket":
        fields = Fields(decode(data, "a docket"), 11, "a docket")
        name, kind = fields.text(DOCKET_ID), fields.unsigned(1)
        openers, items = [Signing.of(each) for each in fields.items(3)], fields.items(1_024)
        fields.raw(), fields.prose(1_024), fields.integer()
        electorate = fields.unsigned()
        fields.unsigned(2**16 - 1), fields.raw()
        end = fields.raw()
        if end is None:
            return Docket(name, kind, openers, items, electorate, None)
        parts = Fields(end, 2, "the end of a docket")
        return Docket(name, kind, openers, items, electorate, (Signing.of(parts.raw()), parts.prose(1_024)))


@dataclass(frozen=True)
class Sheet:
    """A member's last commitment, and, where it was revealed, by what act, with which salt, content and verdicts."""

    place: Place
    member: str
    commitment: bytes
    commitments: list[tuple[bytes, Signing]]
    by: Signing | None
    salt: bytes
    content: list[Any]
    verdicts: list[int]

    @staticmethod
    def of(data: bytes) -> "Sheet":
        fields = Fields(decode(data, "a sheet"), 5, "a sheet")
        place, member = Place.of(fields.raw()), fields.text(MEMBER_ID)
        seals = [Fields(each, 2, "a commitment") for each in fields.items(16, least=1)]
        commitments = [(each.digest(), Signing.of(each.raw())) for each in seals]
        last, revealed = commitments[-1][0], fields.raw()
        if revealed is None:
            return Sheet(place, member, last, commitments, None, b"", [[], []], [])
        parts = Fields(revealed, 4, "a revealed sheet")
        by, salt, content, verdicts = Signing.of(parts.raw()), parts.digest(), parts.items(2, 2), parts.items(512)
        if len(verdicts) != len(content[0]):
            raise Refused("a revealed sheet does not have a verdict for each quote")
        return Sheet(place, member, last, commitments, by, salt, content, verdicts)

    def quote(self, item: str) -> tuple[int | None, int] | None:
        """The price on an item (none for a typed answer) and its verdict; nothing where the item is not answered."""
        for quote, verdict in zip(self.content[0], self.verdicts):
            if quote[0] == item:
                return quote[4], verdict
        return None


@dataclass(frozen=True)
class Ballot:
    place: Place
    call: int
    choice: str
    by: Signing
    content: list[Any]

    @staticmethod
    def of(data: bytes) -> "Ballot":
        record = Fields(decode(data, "a ballot"), 2, "a ballot")
        content, by = record.raw(), Signing.of(record.raw())
        fields = Fields(content, 4, "a ballot")
        place, call, choice = Place.of(fields.raw()), fields.unsigned(255), CHOICES[fields.unsigned(2)]
        return Ballot(place, call, choice, by, content)


@dataclass(frozen=True)
class ItemResult:
    docket: str
    item: str
    round: int
    lot: int
    table_version: int
    band: Band | None
    figures: list[Any]
    proposals: list[Any]
    calls: list[Any]
    outcome: list[Any]

    @staticmethod
    def of(data: bytes) -> "ItemResult":
        fields = Fields(decode(data, "a result"), 13, "a result")
        docket, item = fields.text(DOCKET_ID), fields.text(ITEM_ID)
        number, lot = fields.unsigned(16), fields.unsigned(2**16 - 1)
        fields.integer()
        version, band, figures, proposals = (
            fields.unsigned(),
            band_of(fields.raw()),
            fields.items(8, 8),
            fields.items(256),
        )
        fields.items(256)
        return ItemResult(
            docket, item, number, lot, version, band, figures, proposals, fields.items(3), fields.items(3, 3)
        )

    @property
    def place(self) -> Place:
        return Place(self.docket, self.lot, self.round)
