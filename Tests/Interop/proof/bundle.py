"""A bundle, verified from the genesis document to its rows (Protocol/ledger.md)."""

from dataclasses import dataclass, field
from functools import partial
from operator import eq
from typing import Any

from . import records
from .cbor import Fields, Refused, decode, encode, refusing
from .chain import Header, check_chain, signers
from .dockets import Case, Reckoning, Rolls
from .genesis import Genesis, Member
from .records import Item, Place, Row, Signing, Table
from .signing import TRANSACTION_TYPES, Statement, digest
from .state import ProvenState


@dataclass(frozen=True)
class Act:
    """A transaction as a member signed it."""

    identity: bytes
    type: str
    signer: str
    body: Any
    statement: Statement

    @staticmethod
    def of(value: Any) -> "Act":
        fields = Fields(value, 2, "a signed act")
        kind, statement = fields.text(), Statement.of(fields.raw(), "a signed act")
        payload = Fields(decode(statement.payload, "a signed act"), 4, "a signed act")
        signer, _, stated = payload.text(r"[A-Z0-9]{2,16}"), payload.integer(), payload.text()
        if kind not in TRANSACTION_TYPES or stated != kind:
            raise Refused("a signed act is of another type than it says")
        return Act(
            digest("transaction", encode([kind, signer, statement.payload])), kind, signer, payload.raw(), statement
        )


@dataclass
class Report:
    """What a bundle proves."""

    network: bytes
    name: str
    header: Header
    signers: list[str]
    members: int
    table: Table | None
    items: list[Item]
    rows: list[Row]
    acts: dict[str, int] = field(default_factory=dict)
    rounds: int = 0

    @property
    def sentences(self) -> list[str]:
        acts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acts.items())) or "none"
        return [
            f"network {self.name!r}, {self.network.hex()}",
            f"block {self.header.height}, {self.header.digest.hex()}, at {self.header.timestamp} ms",
            f"final by {len(self.signers)} signatures of {self.members} members: {', '.join(self.signers)}",
            f"table version {self.table.version if self.table else 0}; signed acts: {acts}",
            *[
                f"{row.item}: {_dollars(row.floor)} USD/kg, {row.mode}, docket {row.docket}, {row.authority}"
                for row in self.rows
            ],
            *[f"{item.name}: no floor" for item in self.items if item.name not in {row.item for row in self.rows}],
            f"{self.rounds} rounds of aggregation computed again from the revealed sheets",
        ]


def _dollars(price: int) -> str:
    return f"{price // 10**6}.{price % 10**6:06}"


@refusing("the bundle")
def verified(data: bytes, genesis: Genesis) -> Report:
    """Everything that a bundle claims, or the reason why it proves nothing."""
    fields = Fields(decode(data, "the bundle"), 9, "the bundle", keys=range(9))
    if fields.unsigned() != 1:
        raise Refused("the bundle has another form than 1")
    if fields.digest() != genesis.network:
        raise Refused("the bundle is of another network than the genesis")
    subject = fields.raw()
    headers = [Header.of(each) for each in fields.items(65_536, least=1)]
    proved, certificate, links = fields.unsigned(2**16 - 1), fields.raw(), fields.items(0)
    if proved >= len(headers) or links:
        raise Refused("the bundle has no header to which its proof could belong")
    check_chain(headers)
    names = signers(certificate, genesis, headers[-1])
    state = ProvenState(fields.raw(), headers[proved].state_root)
    acts = [Act.of(each) for each in fields.items(65_536)]
    return _Contents(genesis, state, subject, acts).report(headers[proved], names)


class _Contents:
    """The entries of a bundle's proof, and the acts that belong to them."""

    def __init__(self, genesis: Genesis, state: ProvenState, subject: Any, acts: list[Act]):
        self._genesis, self._state, self._acts = genesis, state, acts
        self._subject = None if subject is None else Fields([subject], 1, "the subject").text(records.ITEM_ID)
        self._name = Fields([self._parameter("name")], 1, "the network's name").prose(128)
        self._parameter("chair"), self._parameter("ledger")
        self._check_roster()
        for section in ("profiles", "rates", "territories"):
            for _, value in state.prefix(section):
                decode(value, f"an entry of {section}")
        self._table = self._current_table()

    def _parameter(self, name: str) -> Any:
        return decode(self._state.require("parameters", name.encode()), f"the parameter {name}")

    def _check_roster(self) -> None:
        """There is one epoch in this version: the roster of the state is that of the genesis."""
        members = [Member.of(decode(value, "a member")) for _, value in self._state.prefix("roster")]
        if members != self._genesis.roster.members:
            raise Refused("the roster of the state is not that of the genesis")

    def _current_table(self) -> Table | None:
        """The table of the highest version; that there is no later one is proved, not assumed."""
        version = self._state.count("tables")
        if version == 0:
            return None
        table = Table.of(self._state.require("tables", version.to_bytes(8, "big")))
        if table.version != version or self._state.value("tables", (version + 1).to_bytes(8, "big")) is not None:
            raise Refused("there is a later version of the table than the one shown")
        return table

    def report(self, header: Header, names: list[str]) -> Report:
        items, votes, rows = self._items(), self._votes(), self._rows()
        cases = [Case.read(name, self._state) for name in self._dockets(rows)]
        counts = self._check_acts(cases)
        parameters = self._state.require("parameters", b"negotiation")
        reckoning = Reckoning(
            self._genesis.network,
            records.aggregation_parameters(parameters),
            digest("parameters", parameters),
            self._row_of,
        )
        rounds = sum(
            reckoning.check(case, item, votes[item.name], rows.get(item.name)) for case in cases for item in items
        )
        members = len(self._genesis.roster.members)
        return Report(
            self._genesis.network,
            self._name,
            header,
            names,
            members,
            self._table,
            items,
            list(rows.values()),
            counts,
            rounds,
        )

    def _values(self, section: str) -> list[bytes]:
        """The entries of a section by item: all of them, or that of the bundle's item."""
        if self._subject is None:
            return [value for _, value in self._state.prefix(section)]
        return [self._state.require(section, self._subject.encode())]

    def _items(self) -> list[Item]:
        return [Item.of(value) for value in self._values("items")]

    def _votes(self) -> dict[str, Rolls]:
        return dict(records.votes_of(value) for value in self._values("votes"))

    def _rows(self) -> dict[str, Row]:
        """The rows of the version in force, by item: all of them, or that of the bundle's item."""
        if self._subject is None:
            self._state.prefix("pending")
            values = self._rows_of_all_versions()
        else:
            self._state.value("pending", self._subject.encode())
            version = (self._table.version if self._table else 0).to_bytes(8, "big")
            value = self._state.value("rows", version + self._subject.encode())
            values = [] if value is None else [value]
        return {row.item: row for row in map(Row.of, values)}

    def _rows_of_all_versions(self) -> list[bytes]:
        """The rows of the version in force, after every version was found to be whole."""
        values: list[bytes] = []
        self._state.prefix("rows")
        for number, (_, head) in enumerate(self._state.prefix("tables"), start=1):
            table = Table.of(head)
            values = [value for _, value in self._state.prefix("rows", number.to_bytes(8, "big"))]
            if (table.version, table.row_count) != (number, len(values)):
                raise Refused(f"the version {number} of the table does not have as many rows as its head says")
        return values

    def _row_of(self, version: int, item: str) -> Row | None:
        value = self._state.value("rows", version.to_bytes(8, "big") + item.encode())
        return None if value is None else Row.of(value)

    def _dockets(self, rows: dict[str, Row]) -> list[str]:
        """The dockets behind the rows, and the one that made the table."""
        names = {row.docket for row in rows.values()}
        if self._table and self._table.docket:
            names.add(self._table.docket)
        return sorted(names)

    def _check_acts(self, cases: list[Case]) -> dict[str, int]:
        """The acts are exactly those on which the dockets rest, signed, and say what the records say."""
        claims = {}
        for case in cases:
            claims.update(_claims(case))
        identities = [act.identity for act in self._acts]
        if identities != sorted(claims):
            raise Refused("the signed acts are not exactly those on which the dockets rest, ascending by identity")
        counts: dict[str, int] = {}
        for act in self._acts:
            by, kind, says = claims[act.identity]
            key = self._genesis.roster.member(act.signer).keys["authority"]
            act.statement.verify(key, self._genesis.network, act.type, f"{act.signer} under an act")
            if (act.signer, act.type) != (by.member, kind) or not says(act.body):
                raise Refused("a signed act says something else than the record made of it")
            counts[kind] = counts.get(kind, 0) + 1
        return counts


def _claims(case: Case) -> dict[bytes, tuple[Signing, str, Any]]:
    """What the records say that was signed: by whom, in which type of act, and whether a body says so."""
    docket, claims = case.docket, {}
    for by in docket.openers:
        claims[by.transaction] = (by, "docket-open", lambda body: body[:3] == [docket.name, docket.kind, docket.items])
    for sheet in case.sheets:
        if sheet.by and sheet.by.member == sheet.member:
            wanted = [_place(sheet.place), sheet.salt, sheet.content]
            claims[sheet.by.transaction] = (sheet.by, "reveal", partial(eq, wanted))
        elif sheet.by:
            raise Refused("a sheet was revealed by another member than its own")
    for ballot in case.ballots:
        claims[ballot.by.transaction] = (ballot.by, "ballot", partial(eq, ballot.content))
    return claims


def _place(place: Place) -> list[Any]:
    return [place.docket, place.lot, place.round]
