"""The published cases of floors.json, computed by code that was written from the specification alone."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any

from proof import aggregation, instruments, tariff

from . import golden
from .harness import Runner, equal

Values = dict[str, Any]


def run(runner: Runner) -> None:
    kinds = list(dict.fromkeys(case["kind"] for case in golden.floors()))
    for kind in kinds:
        runner.run(f"arithmetic: {kind}", partial(_all, kind))


def _all(kind: str) -> str:
    cases = [case for case in golden.floors() if case["kind"] == kind]
    for case in cases:
        answer = KINDS[kind](case["input"])
        equal({key: answer[key] for key in case["expect"]}, case["expect"], case["id"])
    return f"{len(cases)} cases"


def _aggregate(given: Values) -> Values:
    params = given["params"]
    parameters = aggregation.Parameters(
        params["cap_ppm"],
        params["n_min"],
        (params["q_num"], params["q_den"]),
        (params["k_num"], params["k_den"]),
        params["band_ppm"],
        params["up_ppm"],
        params["down_ppm"],
    )
    corridor = tuple(params["corridor"]) if params["corridor"] else None
    rules = aggregation.PriceRules(params["tick"], params["hard_lo"], params["hard_hi"], corridor)
    proposals = [
        aggregation.Proposal(each["id"], each["producer"], each["consumer"], each["price"]) for each in given["members"]
    ]
    result = aggregation.aggregate(proposals, given["previous"], rules, parameters)
    answer: Values = {"rejected": result.rejected, "thin_chambers": result.thin, "status": result.status}
    answer |= {"floor": result.previous, "next_band": _list(result.next_band)}
    if result.screening:
        answer |= {"centre": result.screening.centre, "mad": result.screening.deviation}
        answer |= {"screened": [member for member, _, _ in result.screening.screened]}
    if result.agreement:
        answer |= dataclasses.asdict(result.agreement) | {"residual": result.agreement.residual}
        answer |= {"next_band": _list(result.next_band), "step": _list(result.agreement.step)}
    return answer


def _list(band: tuple[int, int] | None) -> list[int] | None:
    return None if band is None else list(band)


def _ratify(given: Values) -> Values:
    chambers = {}
    for name, votes in given["chambers"].items():
        found = aggregation.tally(votes, given["ballots"], given["kind"], given["call"])
        chambers[name] = {
            "yes": found.yes,
            "no": found.no,
            "present": found.present,
            "quorum": found.has_quorum,
            "passed": found.is_passed,
        }
    return {"adopted": all(each["passed"] for each in chambers.values()), "chambers": chambers}


def _distribute(given: Values) -> Values:
    return {"votes": aggregation.distribute(given["shares"], given["total"], given["cap"], given["minimum"])}


def _duty(given: Values) -> Values:
    components = [
        tariff.Component(each["floor"], each["grade_ppm"], each["payable_ppm"], each["reference_ppm"])
        for each in given["components"]
    ]
    consignment = tariff.Consignment(
        components,
        given["net_g"],
        given["moisture_ppm"],
        given["declared_value"],
        given["freight_insurance"],
        given["origin"] == "PREFERENTIAL",
        sum(given["other_duties_netted"]),
    )
    regime = tariff.Regime(
        given["fx_nano"],
        given["minor_per_major"],
        given["rounding"],
        given["valuation"],
        given["ordinary_ppm"],
        given["net_ordinary"],
        given["mode"],
        given["bound_ppm"],
        given["max_tariff_equivalent"],
    )
    duty = tariff.duty(consignment, regime)
    return {
        "contained_g": duty.contents,
        "floor_value": duty.floor_value,
        "ordinary_duty": duty.ordinary,
        "floor_duty": duty.owed,
        "applied": duty.applied,
        "uncovered": duty.uncovered,
    }


def _capacity(given: Values) -> Values:
    return dict(zip(("excess", "ppm"), instruments.capacity(**given)))


KINDS: dict[str, Callable[[Values], Values]] = {
    "aggregate": _aggregate,
    "ratify": _ratify,
    "distribute": _distribute,
    "duty": _duty,
    "cfd": lambda given: {
        "payment": instruments.contract_for_difference(
            *_ordered(given, "strike reference kg minor_per_major upside_ppm")
        )
    },
    "prorata": lambda given: {"paid": instruments.pro_rata(given["claims"], given["budget"])},
    "offtake": lambda given: {"price": instruments.offtake(*_ordered(given, "index alpha_ppm low high"))},
    "inversion": lambda given: {
        "minimum": instruments.inversion(*_ordered(given, "upstream content_ppm recovery_ppm cost"))
    },
    "mirror_gap": lambda given: {"ppm": instruments.mirror_gap(given["exports"], given["imports"])},
    "capacity": _capacity,
    "bunching": lambda given: {"ppm": instruments.bunching(given["at_floor"], given["neighbours"])},
}


def _ordered(given: Values, names: str) -> list[int]:
    return [given[name] for name in names.split()]
