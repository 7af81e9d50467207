"""Contradictory votes: a file of them, verified from the genesis document and, for later epochs, from links."""

from dataclasses import dataclass
from typing import Any

from .cbor import Fields, Refused, decode, refusing
from .chain import FINALIZE, KIND_NAMES, NOTARIZE, NULLIFY, Epoch
from .epochs import History
from .genesis import MEMBER_ID
from .signing import Statement


@dataclass(frozen=True)
class Vote:
    kind: int
    view: int
    block: bytes | None
    member: str


@dataclass(frozen=True)
class Finding:
    """What a contradiction shows: the member, and the two votes of one view that no honest member signs both."""

    epoch: int
    first: Vote
    second: Vote

    @property
    def sentence(self) -> str:
        kinds = " and ".join(KIND_NAMES[vote.kind] for vote in (self.first, self.second))
        return f"{self.first.member} signed {kinds} in view {self.first.view} of epoch {self.epoch}"


@refusing("the evidence")
def verified(data: bytes, history: History) -> list[Finding]:
    fields = Fields(decode(data, "the evidence"), 4, "the evidence", keys=range(4))
    if fields.unsigned() != 1:
        raise Refused("the evidence has another form than 1")
    if fields.digest() != history.latest.network:
        raise Refused("the evidence is of another network than the genesis")
    epoch = history.epoch(fields.unsigned())
    return [_finding(each, epoch) for each in fields.items(256, least=1)]


def _finding(value: Any, epoch: Epoch) -> Finding:
    pair = Fields(value, 2, "a contradiction")
    first, second = _vote(pair.raw(), epoch), _vote(pair.raw(), epoch)
    if first.member != second.member:
        raise Refused("the two votes are of different members")
    if not _contradict(first, second):
        raise Refused("the two votes contradict each other in nothing")
    return Finding(epoch.number, first, second)


def _vote(value: Any, epoch: Epoch) -> Vote:
    fields = Fields(value, 2, "a vote")
    kind, statement = fields.unsigned(2), Statement.of(fields.raw(), "a vote")
    content = Fields(decode(statement.payload, "a vote"), 6, "a vote")
    stated, number, opener = content.unsigned(2), content.unsigned(), content.digest()
    view, block, member = content.unsigned(), content.raw(), content.text(MEMBER_ID)
    if stated != kind or (block is None) != (kind == NULLIFY):
        raise Refused("a vote is of another kind than it says")
    if (number, opener) != (epoch.number, epoch.opening.digest):
        raise Refused("a vote is of another epoch")
    if block is not None:
        Fields([block], 1, "a vote").digest()
    keys = dict(epoch.validators)
    if member not in keys:
        raise Refused(f"{member} is no validator of epoch {epoch.number}")
    statement.verify(keys[member], epoch.network, KIND_NAMES[kind], f"{member} under a vote")
    return Vote(kind, view, block, member)


def _contradict(first: Vote, second: Vote) -> bool:
    """The four contradictions there are, all in one view."""
    if first.view != second.view:
        return False
    kinds = {first.kind, second.kind}
    if kinds == {NULLIFY, FINALIZE}:
        return True
    return kinds <= {NOTARIZE, FINALIZE} and first.block != second.block
