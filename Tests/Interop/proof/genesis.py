"""The genesis document: the members, what they agreed on, and the block that follows from it (Protocol/ledger.md)."""

from dataclasses import dataclass
from typing import Any

from . import merkle
from .cbor import Fields, Refused, decode, encode, refusing
from .chain import Epoch, Header
from .signing import Key, Statement, digest
from .state import Entry, root_of_state

MEMBER_ID = r"[A-Z0-9]{2,16}"
ITEM_ID = r"[a-z0-9-]{1,32}/[A-Za-z0-9-]{1,32}@[1-9][0-9]{0,4}"
MOST_MEMBERS = 256
KNOWN_RULES = (1, 2)
FULL = 1


@dataclass(frozen=True)
class Member:
    name: str
    keys: dict[str, Key]
    pins: list[bytes]

    @staticmethod
    def of(value: Any) -> "Member":
        fields = Fields(value, 7, "a member")
        name = fields.text(MEMBER_ID)
        fields.prose(128)
        fields.unsigned(1)
        keys = {role: Key.of(fields.raw(), f"the {role} key of {name}") for role in ("root", "authority", "node")}
        pins = [Fields([pin], 1, f"a pin of {name}").digest() for pin in fields.items(2, least=1)]
        return Member(name, keys, pins)


class Roster:
    """The members, ascending by name: a validator's index is its place."""

    def __init__(self, members: list[Member]):
        names = [member.name for member in members]
        if not 1 <= len(names) <= MOST_MEMBERS or names != sorted(set(names)):
            raise Refused("the members are none, too many, or not in ascending order")
        keys = [key for member in members for key in member.keys.values()]
        if len(set(keys)) != len(keys):
            raise Refused("a public key appears twice in the roster")
        if not all(key.is_acceptable() for key in keys):
            raise Refused("the roster has a key that is not acceptable")
        self.members = members

    def member(self, name: str) -> Member:
        for member in self.members:
            if member.name == name:
                return member
        raise Refused(f"{name} is not a member of the network")


@dataclass(frozen=True)
class Genesis:
    network: bytes
    roster: Roster
    header: Header

    @property
    def epoch(self) -> Epoch:
        """The epoch that the genesis block opens: everyone validates."""
        validators = [(member.name, member.keys["node"]) for member in self.roster.members]
        return Epoch(self.network, 0, self.header, validators)


@refusing("the genesis document")
def verified(document: bytes) -> Genesis:
    """The genesis of a document that every member has signed with its root key."""
    fields = Fields(decode(document, "the genesis document"), 2, "the genesis document", keys=range(2))
    content, endorsements = fields.raw(), fields.items(MOST_MEMBERS)
    network = digest("genesis", encode(content))
    roster = _check_content(content)
    _check_endorsements(endorsements, network, roster)
    return Genesis(network, roster, _first_header(content))


def _check_content(content: Any) -> Roster:
    fields = Fields(content, 13, "the genesis content", keys=range(13))
    if fields.unsigned() != 1:
        raise Refused("the genesis has another form than 1")
    if not fields.prose(128) or fields.integer() < 0:
        raise Refused("the network has no name, or begins before 1970")
    roster = Roster([Member.of(each) for each in fields.items(MOST_MEMBERS, least=1)])
    roster.member(fields.text(MEMBER_ID))
    fields.raw(), fields.raw()
    items = [each[0] for each in fields.items(1_024)]
    votes = [each[0] for each in fields.items(1_024)]
    if items != sorted(set(items)) or items != votes:
        raise Refused("the items are not in ascending order, each with its votes")
    profiles = [each[0] for each in fields.items(MOST_MEMBERS)]
    if profiles != sorted(set(profiles)) or not set(profiles) <= {member.name for member in roster.members}:
        raise Refused("the customs profiles are not those of members in ascending order")
    fields.raw(), fields.raw()
    if fields.unsigned() not in KNOWN_RULES:
        raise Refused("the genesis wants rules of a version that is not known")
    return roster


def _check_endorsements(endorsements: list[Any], network: bytes, roster: Roster) -> None:
    """Genesis statements are signed under the empty network: its identity is the digest of what they sign."""
    signers = []
    for each in endorsements:
        statement = Statement.of(each, "a genesis signature")
        fields = Fields(decode(statement.payload, "a genesis signature"), 2, "a genesis signature")
        signer, content = fields.text(MEMBER_ID), fields.digest()
        statement.verify(roster.member(signer).keys["root"], b"", "genesis", f"{signer} under the genesis")
        if content != network:
            raise Refused(f"{signer} has signed another genesis than this")
        signers.append(signer)
    if sorted(signers) != [member.name for member in roster.members]:
        raise Refused("not every member has signed the genesis, once")


def _first_header(content: dict[int, Any]) -> Header:
    """The genesis block: height 0, no parent, no transactions. Its state is the content, in parts."""
    root = root_of_state(_entries(content))
    fields = [0, 0, 0, bytes(32), 0, content[2], merkle.EMPTY, merkle.EMPTY, root, content[4], content[12]]
    return Header.of(fields)


def _entries(content: dict[int, Any]) -> dict[str, list[Entry]]:
    parameters = {"chair": 4, "ledger": 5, "name": 1, "negotiation": 6, "rules": 12, "time": 2}
    by_name = {"roster": 3, "items": 7, "votes": 8, "profiles": 9, "territories": 11}
    entries = {section: [(each[0].encode(), encode(each)) for each in content[key]] for section, key in by_name.items()}
    entries["parameters"] = [(name.encode(), encode(content[key])) for name, key in parameters.items()]
    entries |= _members_in_force(content)
    entries["rates"] = [(f"{each[0]} {_month(each[1])}".encode(), encode(each)) for each in content[10]]
    return entries


def _members_in_force(content: dict[int, Any]) -> dict[str, list[Entry]]:
    """What the rules of membership add: everyone a full member and a validator, every key, the first electorate."""
    members = content[3]
    validators, names = [[each[0], each[5]] for each in members], [each[0] for each in members]
    keys = [
        (digest("key", encode(each[3 + role])), encode([each[3 + role], each[0], role, 0, None]))
        for each in members
        for role in range(3)
    ]
    votes = [(bytes(8) + each[0].encode(), encode(each)) for each in content[8]]
    return {
        "standings": [(name.encode(), encode([FULL, content[2], None, None, 0])) for name in names],
        "keys": sorted(keys),
        "epochs": [(bytes(8), encode([0, 0, validators, None]))],
        "electorates": [(bytes(8), encode([0, content[4], names])), *votes],
    }


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
