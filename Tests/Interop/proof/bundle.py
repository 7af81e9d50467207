"""A bundle, verified from the genesis document to its rows (Protocol/ledger.md)."""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from operator import eq
from typing import Any

from . import records
from .cbor import Fields, Refused, decode, encode, refusing
from .chain import Header
from .dockets import Case, Reckoning
from .epochs import MOST_HEADERS, MOST_LINKS, EpochRecord, Finality, epoch_record, finality
from .genesis import ITEM_ID, MEMBER_ID, Genesis, Member, Roster
from .records import DOCKET_ID, Item, Place, Row, Signing, Table
from .signing import TRANSACTION_TYPES, Key, Statement, digest
from .state import ProvenState

AUTHORITY = 1


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


class About(IntEnum):
    """What a bundle can be about."""

    TABLE = 0
    ITEM = 1
    ROW = 2
    ABSENCE = 3
    RANGE = 4
    DOCKET = 5
    ROSTER = 6


@dataclass(frozen=True)
class Subject:
    about: About
    names: list[str]

    @staticmethod
    def of(value: Any) -> "Subject":
        if not isinstance(value, list) or not value or value[0] not in list(About) or isinstance(value[0], bool):
            raise Refused("the bundle is about something that is not known")
        about = About(value[0])
        patterns = {About.RANGE: [ITEM_ID, ITEM_ID], About.DOCKET: [DOCKET_ID]}
        patterns |= {each: [ITEM_ID] for each in (About.ITEM, About.ROW, About.ABSENCE)}
        wanted = patterns.get(about, [])
        fields = Fields(value[1:], len(wanted), "the subject")
        return Subject(about, [fields.text(pattern) for pattern in wanted])

    @property
    def has_terms(self) -> bool:
        """Whether it comes with all that floors and duties rest on."""
        return self.about in (About.TABLE, About.ITEM, About.DOCKET)


@dataclass
class Report:
    """What a bundle proves."""

    network: bytes
    subject: Subject
    finality: Finality
    header: Header
    table: Table | None = None
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    acts: dict[str, int] = field(default_factory=dict)
    rounds: int = 0
    members: list[Member] = field(default_factory=list)
    latest: EpochRecord | None = None

    @property
    def signers(self) -> list[str]:
        return self.finality.signers

    @property
    def sentences(self) -> list[str]:
        acts = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acts.items())) or "none"
        epoch = self.finality.history.latest
        rows = [
            f"{row.item}: {_dollars(row.floor)} USD/kg, {row.mode}, docket {row.docket}, {row.authority}"
            for row in self.rows
        ]
        return [
            f"network {self.network.hex()}, about {self.subject.about.name} {' to '.join(self.subject.names)}".rstrip(),
            f"block {self.header.height}, {self.header.digest.hex()}, at {self.header.timestamp} ms",
            f"final by {len(self.signers)} signatures of the {len(epoch.validators)} validators of epoch "
            f"{epoch.number}: {', '.join(self.signers)}",
            f"table version {self.table.version if self.table else 0}; signed acts: {acts}",
            *rows,
            *self._without_floor,
            *([f"members: {', '.join(member.name for member in self.members)}"] if self.members else []),
            f"{self.rounds} rounds of aggregation computed again from the revealed sheets",
        ]

    @property
    def _without_floor(self) -> list[str]:
        """The items without a row, where the bundle proves that."""
        known = {row.item for row in self.rows}
        match self.subject.about:
            case About.TABLE | About.ITEM:
                return [f"{item.name}: no floor" for item in self.items if item.name not in known]
            case About.ABSENCE:
                registry = "the registry has it" if self.items else "the registry has no such item"
                return [f"{self.subject.names[0]}: no floor, {registry}"]
            case _:
                return []


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
    subject = Subject.of(fields.raw())
    headers, proved = fields.items(MOST_HEADERS, least=1), fields.unsigned(2**16 - 1)
    certificate, links = fields.raw(), fields.items(MOST_LINKS)
    final = finality(headers, certificate, links, genesis)
    if proved >= len(headers):
        raise Refused("the bundle has no header to which its proof could belong")
    header = final.headers[proved]
    state = ProvenState(fields.raw(), header.state_root)
    acts = [Act.of(each) for each in fields.items(65_536)]
    report = Report(genesis.network, subject, final, header)
    _Contents(genesis, state, subject, acts).fill(report)
    return report


class _Contents:
    """The entries of a bundle's proof, and the acts that belong to them."""

    def __init__(self, genesis: Genesis, state: ProvenState, subject: Subject, acts: list[Act]):
        self._genesis, self._state, self._subject, self._acts = genesis, state, subject, acts
        self._roster: Roster | None = None
        self._table: Table | None = None

    def fill(self, report: Report) -> None:
        about = self._subject.about
        if self._subject.has_terms or about == About.ROSTER:
            self._read_terms()
            report.members = self._roster.members if self._roster else []
        if about == About.ROSTER:
            last = self._state.last("epochs")
            report.latest = epoch_record(last[1]) if last else None
        else:
            self._table = report.table = self._current_table()
        rows = self._rows()
        report.items, report.rows = self._items(), list(rows.values())
        cases = [Case.read(name, self._state, [item.name for item in report.items]) for name in self._dockets(rows)]
        report.acts = self._check_acts(cases)
        if cases:
            report.rounds = self._reckon(cases, report.items, rows)

    def _read_terms(self) -> None:
        for section in ("parameters", "standings"):
            self._state.prefix(section)
        self._roster = Roster([Member.of(decode(value, "a member")) for _, value in self._state.prefix("roster")])
        if not self._subject.has_terms:
            return
        Fields([self._parameter("name")], 1, "the network's name").prose(128)
        self._parameter("chair"), self._parameter("ledger")
        for section in ("profiles", "rates", "territories"):
            for _, value in self._state.prefix(section):
                decode(value, f"an entry of {section}")

    def _parameter(self, name: str) -> Any:
        return decode(self._state.require("parameters", name.encode()), f"the parameter {name}")

    def _current_table(self) -> Table | None:
        """The table of the highest version; that there is no later one is proved, not assumed."""
        version = self._state.count("tables")
        if version == 0:
            return None
        table = Table.of(self._state.require("tables", version.to_bytes(8, "big")))
        if table.version != version or self._state.value("tables", (version + 1).to_bytes(8, "big")) is not None:
            raise Refused("there is a later version of the table than the one shown")
        return table

    def _reckon(self, cases: list[Case], items: list[Item], rows: dict[str, Row]) -> int:
        parameters = self._state.require("parameters", b"negotiation")
        reckoning = Reckoning(
            self._genesis.network,
            records.aggregation_parameters(parameters),
            digest("parameters", parameters),
            self._row_of,
        )
        return sum(reckoning.check(case, item, rows.get(item.name)) for case in cases for item in items)

    # Items and rows

    def _items(self) -> list[Item]:
        match self._subject.about:
            case About.TABLE:
                self._state.prefix("votes")
                return [Item.of(value) for _, value in self._state.prefix("items")]
            case About.ITEM | About.DOCKET:
                return [self._item(name) for name in self._named()]
            case About.ABSENCE:
                value = self._state.value("items", self._subject.names[0].encode())
                return [] if value is None else [Item.of(value)]
            case _:
                return []

    def _item(self, name: str) -> Item:
        key = name.encode()
        self._state.require("votes", key)
        self._state.value("pending", key)
        return Item.of(self._state.require("items", key))

    def _named(self) -> list[str]:
        if self._subject.about != About.DOCKET:
            return self._subject.names
        return Case.read(self._subject.names[0], self._state, []).docket.items

    def _rows(self) -> dict[str, Row]:
        """The rows that the bundle is about, by item, each of the version in force."""
        version, names = (self._table.version if self._table else 0).to_bytes(8, "big"), self._subject.names
        values: list[bytes] = []
        match self._subject.about:
            case About.TABLE:
                self._state.prefix("pending")
                values = self._rows_of_all_versions()
            case About.ITEM:
                values = [each for each in [self._state.value("rows", version + names[0].encode())] if each]
            case About.ROW:
                values = [self._state.require("rows", version + names[0].encode())]
            case About.ABSENCE:
                if self._state.value("rows", version + names[0].encode()) is not None:
                    raise Refused("the item has a row that the bundle claims to be absent")
                self._state.value("pending", names[0].encode())
            case About.RANGE:
                first, last = names
                if last < first:
                    raise Refused("the second item of the range comes before the first")
                found = self._state.range("rows", version + first.encode(), version + last.encode())
                values = [value for _, value in found]
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

    # Dockets and acts

    def _dockets(self, rows: dict[str, Row]) -> list[str]:
        """The dockets behind the rows, and the one that made the table; or the one that the bundle is about."""
        if self._subject.about == About.DOCKET:
            return self._subject.names
        if not self._subject.has_terms:
            return []
        names = {row.docket for row in rows.values()}
        if self._table and self._table.docket:
            names.add(self._table.docket)
        return sorted(names)

    def _check_acts(self, cases: list[Case]) -> dict[str, int]:
        """The acts are exactly those on which the dockets rest, signed, and say what the records say."""
        claims = {}
        for case in cases:
            claims.update(_claims(case, self._subject.about == About.DOCKET))
        identities = [act.identity for act in self._acts]
        if identities != sorted(claims):
            raise Refused("the signed acts are not exactly those on which the dockets rest, ascending by identity")
        counts: dict[str, int] = {}
        for act in self._acts:
            by, kind, says = claims[act.identity]
            self._check_signature(act)
            if (act.signer, act.type) != (by.member, kind) or not says(act.body):
                raise Refused("a signed act says something else than the record made of it")
            counts[kind] = counts.get(kind, 0) + 1
        return counts

    def _check_signature(self, act: Act) -> None:
        """By the signer's authority key of now, or by one that it had: the state pins the act by its identity."""
        reason = Refused(f"{act.signer} has no key under which its act could verify")
        for key in self._keys_of(act.signer):
            try:
                return act.statement.verify(key, self._genesis.network, act.type, f"{act.signer} under an act")
            except Refused as refusal:
                reason = refusal
        raise reason

    def _keys_of(self, member: str) -> list[Key]:
        members = self._roster.members if self._roster else []
        current = [each.keys["authority"] for each in members if each.name == member]
        past = []
        for _, value in self._state.shown("keys"):
            fields = Fields(decode(value, "a key"), 5, "a key")
            key, owner, role = Key.of(fields.raw(), "a key"), fields.text(MEMBER_ID), fields.unsigned(2)
            if (owner, role) == (member, AUTHORITY):
                past.append(key)
        return current + past


def _claims(case: Case, is_whole: bool) -> dict[bytes, tuple[Signing, str, Any]]:
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
    return claims | (_further_claims(case) if is_whole else {})


def _further_claims(case: Case) -> dict[bytes, tuple[Signing, str, Any]]:
    """Those of a whole docket: who took it back, and every commitment."""
    claims = {}
    if case.docket.withdrawal:
        by, reason = case.docket.withdrawal
        claims[by.transaction] = (by, "docket-withdraw", partial(eq, [case.docket.name, reason]))
    for sheet in case.sheets:
        for sealed, by in sheet.commitments:
            if by.member != sheet.member:
                raise Refused("a sheet was sealed by another member than its own")
            claims[by.transaction] = (by, "commitment", partial(_seals, [_place(sheet.place), sealed]))
    return claims


def _seals(wanted: list[Any], body: Any) -> bool:
    return bool(body[:2] == wanted)


def _place(place: Place) -> list[Any]:
    return [place.docket, place.lot, place.round]
