"""The golden bytes against Protocol/pricefloor.cddl, by pycddl."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import cbor2
import pycddl

from . import golden
from .golden import EACH, PARTS, Golden
from .harness import PROTOCOL, Failure, Runner, equal, require

RULE = re.compile(r"^([a-z][a-z0-9-]*) =", re.MULTILINE)
# A form that the protocol has nowhere: put in any place, it must be refused there.
FOREIGN = 1.5
# What pycddl 0.6.4 does not see: content in place of an empty map, the body of a choice, and what follows a choice.
BLIND = {("signed-statement", 1), ("consensus-message", 1), ("peer-message", 1), ("bundle-subject", "more")}
# On a damaged payload it breaks off with a stack trace instead of an answer.
BREAKS = {"transaction-payload"}


@cache
def text() -> str:
    return (PROTOCOL / "pricefloor.cddl").read_text()


@cache
def schema(rule: str) -> pycddl.Schema:
    """The schema with one of its rules as the start. A schema starts with its first rule."""
    return pycddl.Schema(f"start = {rule}\n{text()}")


def validate(rule: str, data: bytes) -> None:
    try:
        schema(rule).validate_cbor(data)
    except pycddl.ValidationError as error:
        raise Failure(f"{rule} {data[:48].hex()}…: {error}") from error


def is_valid(rule: str, data: bytes) -> bool:
    try:
        schema(rule).validate_cbor(data)
    except pycddl.ValidationError:
        return False
    return True


def run(runner: Runner) -> None:
    groups: dict[str, list[Golden]] = defaultdict(list)
    for item in golden.whole():
        groups[item.origin].append(item)
    for origin, items in groups.items():
        runner.run(f"schema: {origin}", partial(_valid, items))
    everything = [part for items in groups.values() for item in items for part in (item, *golden.parts(item))]
    runner.run("schema: damaged copies are refused", partial(_damaged, everything))
    runner.run("schema: every message and record has golden bytes", partial(_covered, everything))


def _valid(items: list[Golden]) -> str:
    count = 0
    for item in items:
        for part in (item, *golden.parts(item)):
            validate(part.rule, part.data)
            count += 1
    return f"{len(items)} of {', '.join(sorted({item.rule for item in items}))}, {count - len(items)} parts"


def _damaged(items: list[Golden]) -> str:
    """One item of each rule: with a foreign form in each of its places, made longer, and cut short."""
    first = {item.rule: item for item in items if item.rule not in BREAKS}
    count, unseen = 0, set()
    for rule, item in first.items():
        for place, damage in _damages(rule, cbor2.loads(item.data)):
            if is_valid(rule, cbor2.dumps(damage)):
                unseen.add((rule, place))
            count += 1
        require(not is_valid(rule, item.data[:-1]), f"a {rule} cut short is valid")
    equal(unseen, BLIND, "damages that were not seen")
    return f"{count} copies of {len(first)} rules"


def _damages(rule: str, value: Any) -> Iterator[tuple[int | str, Any]]:
    """Copies that differ in one place. Lists are damaged in their parts; behind a list pycddl counts no more."""
    lists = {path[0] for path, _ in PARTS.get(rule, []) if EACH in path}
    yield "whole", FOREIGN
    if isinstance(value, list):
        if not isinstance(value[-1], list):
            yield "more", [*value, FOREIGN]
        for index in range(len(value)):
            if EACH not in lists or index == 0:
                yield index, [*value[:index], FOREIGN, *value[index + 1 :]]
    elif isinstance(value, dict):
        yield "more", value | {99: FOREIGN}
        for key in value:
            yield key, value | {key: FOREIGN}


def _covered(items: list[Golden]) -> str:
    """Rules to which no other rule refers stand for whole messages and records: each needs an example."""
    without_comments = re.sub(r";[^\n]*", "", text())
    rules = RULE.findall(without_comments)
    bodies = RULE.split(without_comments)[2::2]
    referred = set(re.findall(r"[a-z][a-z0-9-]*", "\n".join(bodies)))
    roots = [rule for rule in rules if rule not in referred]
    examples = {item.rule for item in items}
    equal({rule for rule in roots if rule not in examples}, set(), "rules without golden bytes")
    return f"{len(roots)} of {len(rules)} rules stand by themselves"
