"""The state of the ledger as entries under Merkle trees, and what a proof shows of it (Protocol/ledger.md)."""

from dataclasses import dataclass
from typing import Any

from . import merkle
from .cbor import Fields, Refused, encode

SECTIONS = [
    *("parameters", "roster", "items", "votes", "profiles", "rates", "territories", "openings", "dockets"),
    *("lots", "sheets", "ballots", "results", "pending", "tables", "rows", "seen", "standings", "motions", "keys"),
    *("epochs", "faults", "electorates", "restarts", "recent"),
]
MOST_ENTRIES = 2**20
LONGEST_KEY, LONGEST_VALUE = 128, 2 * 1024 * 1024

Entry = tuple[bytes, bytes]


def head_of(section: int, entries: list[Entry]) -> list[Any]:
    """What the state root says of a section: its number, its count and its root."""
    leaves = [encode([key, value]) for key, value in entries]
    return [section, len(entries), merkle.root(leaves)]


def root_of_heads(heads: list[Any]) -> bytes:
    return merkle.root([encode(head) for head in heads])


def root_of_state(entries: dict[str, list[Entry]]) -> bytes:
    """The state root over all entries, each section's in the order of their keys."""
    return root_of_heads([head_of(number, sorted(entries.get(name, []))) for number, name in enumerate(SECTIONS)])


@dataclass(frozen=True)
class Run:
    """Consecutive entries of one section, from a place on."""

    section: int
    start: int
    entries: list[Entry]
    siblings: list[bytes]

    @staticmethod
    def of(value: Any) -> "Run":
        fields = Fields(value, 4, "a run of the proof")
        section, start = fields.unsigned(len(SECTIONS) - 1), fields.unsigned(2**63 - 1)
        entries = [_entry(each) for each in fields.items(MOST_ENTRIES, least=1)]
        siblings = [_hash(each) for each in fields.items(128)]
        return Run(section, start, entries, siblings)

    def root(self, count: int) -> bytes:
        keys = [key for key, _ in self.entries]
        if any(first >= second for first, second in zip(keys, keys[1:])):
            raise Refused("the keys of a run do not ascend")
        return merkle.root_of_run([encode(list(entry)) for entry in self.entries], self.start, count, self.siblings)


def _entry(value: Any) -> Entry:
    fields = Fields(value, 2, "an entry of the proof")
    return fields.octets(most=LONGEST_KEY), fields.octets(most=LONGEST_VALUE)


def _hash(value: Any) -> bytes:
    return Fields([value], 1, "a sibling of the proof").digest()


class ProvenState:
    """Entries that were proved against a state root. It answers what follows from them, and refuses what does not."""

    def __init__(self, proof: Any, state_root: bytes):
        fields = Fields(proof, 2, "the proof")
        heads = fields.items(len(SECTIONS), least=len(SECTIONS))
        self._counts = [self._count(number, head) for number, head in enumerate(heads)]
        if root_of_heads(heads) != state_root:
            raise Refused("the proof's sections do not give the state root of the header")
        self._runs = [Run.of(each) for each in fields.items(4_096)]
        for run in self._runs:
            if run.root(self._counts[run.section]) != heads[run.section][2]:
                raise Refused(f"entries of the section {SECTIONS[run.section]} do not lead to its root")

    @staticmethod
    def _count(number: int, head: Any) -> int:
        fields = Fields(head, 3, "a section of the proof")
        if fields.unsigned() != number:
            raise Refused("the proof does not have all sections in their order")
        count = fields.unsigned(2**63 - 1)
        fields.digest()
        return count

    def count(self, section: str) -> int:
        return self._counts[SECTIONS.index(section)]

    def value(self, section: str, key: bytes) -> bytes | None:
        """The value of an entry, or nothing where it is proved that there is none."""
        for run in self._runs_of(section):
            for known, value in run.entries:
                if known == key:
                    return value
        self._between(section, key, lambda _: False)
        return None

    def require(self, section: str, key: bytes) -> bytes:
        value = self.value(section, key)
        if value is None:
            raise Refused(
                f"an entry of the section {section} is proved not to exist, without which the bundle says nothing"
            )
        return value

    def prefix(self, section: str, prefix: bytes = b"") -> list[Entry]:
        """All entries whose keys begin so, and the proof that there are no others."""
        return self._between(section, prefix, lambda key: key.startswith(prefix))

    def range(self, section: str, first: bytes, last: bytes) -> list[Entry]:
        """All entries from one key to another, and the proof that there are no others."""
        return self._between(section, first, lambda key: key <= last)

    def shown(self, section: str) -> list[Entry]:
        """The entries that are shown; there may be others."""
        return [entry for run in self._runs_of(section) for entry in run.entries]

    def last(self, section: str) -> Entry | None:
        """The last entry of a section, if it has any."""
        if self.count(section) == 0:
            return None
        for run in self._runs_of(section):
            if run.start + len(run.entries) == self.count(section):
                return run.entries[-1]
        raise Refused(f"the proof does not show the last entry of the section {section}")

    def _runs_of(self, section: str) -> list[Run]:
        return [run for run in self._runs if SECTIONS[run.section] == section]

    def _between(self, section: str, first: bytes, belongs: Any) -> list[Entry]:
        """The entries from a key on that belong, if one run shows a neighbour, or the section's end, on either side."""
        if self.count(section) == 0:
            return []
        for run in self._runs_of(section):
            below = [entry for entry in run.entries if entry[0] < first]
            found = [entry for entry in run.entries if entry[0] >= first and belongs(entry[0])]
            past = len(below) + len(found)
            if (below or run.start == 0) and (past < len(run.entries) or run.start + past == self.count(section)):
                return found
        raise Refused(f"the proof does not show all that was asked of the section {section}")
