"""How one epoch leads to the next, from the genesis on, and what is final by the validators of the last one."""

from dataclasses import dataclass, field
from typing import Any

from .cbor import Fields, Refused, decode
from .chain import Epoch, Header, check_chain, signers
from .genesis import MEMBER_ID, Genesis
from .signing import Key
from .state import ProvenState

SUCCESSION, RESTART = range(2)
MOST_HEADERS, MOST_TAIL, MOST_LINKS, MOST_VALIDATORS = 65_536, 4_096, 16_384, 256


@dataclass
class History:
    """The epochs that were proved, ascending, the genesis' own first."""

    epochs: list[Epoch] = field(default_factory=list)

    @staticmethod
    def of(genesis: Genesis, links: list[Any] | None = None) -> "History":
        history = History([genesis.epoch])
        for number, link in enumerate(links or [], start=1):
            history._follow(link, f"link {number}")
        return history

    @property
    def latest(self) -> Epoch:
        return self.epochs[-1]

    def epoch(self, number: int) -> Epoch:
        for epoch in self.epochs:
            if epoch.number == number:
                return epoch
        raise Refused(f"the validators of epoch {number} are not proved, only those up to {self.latest.number}")

    def _follow(self, link: Any, what: str) -> None:
        fields = Fields(link, 2, what)
        if fields.unsigned() != SUCCESSION:
            raise Refused(f"{what} is a restart, which this verifier does not judge")
        parts = Fields(fields.raw(), 3, what)
        headers = [Header.of(each) for each in parts.items(MOST_TAIL, least=1)]
        closing = headers[0]
        if closing == self.latest.opening or not self.latest.leads_to(closing):
            raise Refused(f"{what} begins with a block that is not of the epoch before")
        check_chain(headers)
        signers(parts.raw(), self.latest, headers[-1])
        number = self.latest.number + 1
        state = ProvenState(parts.raw(), closing.state_root)
        record = epoch_record(state.require("epochs", number.to_bytes(8, "big")))
        if (record.number, record.closing) != (number, closing.height):
            raise Refused(f"the block of {what} does not close the epoch")
        self.epochs.append(Epoch(self.latest.network, number, closing, record.validators))


@dataclass(frozen=True)
class EpochRecord:
    number: int
    closing: int
    validators: list[tuple[str, Key]]


def epoch_record(data: bytes) -> EpochRecord:
    """What the state says of an epoch."""
    fields = Fields(decode(data, "an epoch"), 4, "an epoch")
    number, closing = fields.unsigned(), fields.unsigned()
    entries = [Fields(each, 2, "a validator") for each in fields.items(MOST_VALIDATORS, least=1)]
    validators = [(entry.text(MEMBER_ID), Key.of(entry.raw(), "a validator's key")) for entry in entries]
    names = [name for name, _ in validators]
    if names != sorted(set(names)) or len({key for _, key in validators}) != len(validators):
        raise Refused("the validators are not ascending, or a key stands there twice")
    return EpochRecord(number, closing, validators)


@dataclass(frozen=True)
class Finality:
    """Headers of which the last one is final, the epochs that lead there, and who signed."""

    headers: list[Header]
    history: History
    signers: list[str]


def finality(headers: list[Any], certificate: Any, links: list[Any], genesis: Genesis) -> Finality:
    if not headers:
        raise Refused("there is no header")
    history = History.of(genesis, links)
    chain = [Header.of(each) for each in headers]
    if not history.latest.leads_to(chain[0]):
        raise Refused("the first header is not of the epoch to which the links lead")
    check_chain(chain)
    return Finality(chain, history, signers(certificate, history.latest, chain[-1]))
