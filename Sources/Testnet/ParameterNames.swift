import Ledger
import Membership
import Negotiation
import Trade

/// How fast a network lives.
package enum Pace: String, Hashable, Sendable, CaseIterable {
  /// Windows of seconds: a docket lives within a minute.
  case demo
  /// The customary windows of days.
  case treaty
}

/// The parameters of a genesis by name, as content files give them. All windows and terms are milliseconds.
struct ParameterNames {
  private var values: [String: Int64]

  /// The defaults of a network of so many members: the customary numbers, made possible where there are too few members for them.
  init(pace: Pace, members: Int) {
    let ledger = LedgerParameters()
    let customary = NegotiationParameters.customary
    let rules = customary.aggregation
    values = [
      "delta": ledger.delta, "timeoutDoublings": Int64(ledger.timeoutDoublings),
      "longestTransactionLife": ledger.longestTransactionLife, "clockBound": ledger.clockBound,
      "blockBytes": ledger.blockBytes, "heartbeat": ledger.heartbeat, "memorandumBytes": ledger.memorandumBytes,
      "weightCapPPM": rules.weightCap.parts, "fewestMembers": min(rules.fewestMembers, Int64(max(1, members - 1))),
      "presenceNumerator": rules.presence.numerator, "presenceDenominator": rules.presence.denominator,
      "deviationsNumerator": rules.deviations.numerator, "deviationsDenominator": rules.deviations.denominator,
      "tolerancePPM": rules.tolerance.parts, "stepUpPPM": rules.stepUp.parts, "stepDownPPM": rules.stepDown.parts,
      "minimumWindow": customary.minimumWindow, "maximumCalls": Int64(customary.maximumCalls),
      "maximumRounds": Int64(customary.maximumRounds), "maximumCarried": Int64(customary.maximumCarried),
      "lapseTerm": customary.lapseTerm, "reviewTerm": customary.reviewTerm, "votesTotal": customary.votes.total,
      "votesCap": Self.cap(customary.votes, members: members), "votesMinimum": customary.votes.minimum,
      "mode": Int64(customary.mode.rawValue),
    ]
    set(customary.firstWindows, kind: "first")
    set(customary.routineWindows, kind: "routine")
    if pace == .demo { quicken(members: members) }
  }

  /// The cap of votes where the customary one could not be reached by so few members.
  private static func cap(_ rules: VoteRules, members: Int) -> Int64 {
    let count = Int64(max(1, members))
    return rules.cap * count >= rules.total ? rules.cap : min(rules.total, rules.total / count + rules.total / 5)
  }

  /// Seconds instead of days, and never below what the time-outs allow.
  private mutating func quicken(members: Int) {
    values["delta"] = 100
    values["clockBound"] = 500
    values["heartbeat"] = 10_000
    var quick = LedgerParameters()
    (quick.delta, quick.clockBound) = (100, 500)
    let shortest = quick.shortestWindow(witness: Quorum(members: members)?.witness ?? 1)
    values["minimumWindow"] = shortest
    let seconds: [(String, Int64)] = [
      ("Notice", 4_000), ("Evidence", 3_000), ("Commit", 5_000), ("Reveal", 4_000), ("Ballot", 8_000),
      ("Vacatio", 5_000),
    ]
    for kind in ["first", "routine"] {
      for (window, length) in seconds { values[kind + window] = max(length, shortest) }
    }
  }

  private mutating func set(_ windows: DocketWindows, kind: String) {
    for (name, length) in zip(Self.windows, windows.all) { values[kind + name] = length }
  }

  /// Replaces parameters; the first name that is none is answered.
  mutating func override(by given: [String: Int64]) -> String? {
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard values[name] != nil else { return name }
      values[name] = value
    }
    return nil
  }

  /// Every name, ascending.
  var names: [String] { values.keys.sorted() }

  /// A window that is shorter than the shortest that the parameters themselves allow.
  var shortWindow: (name: String, length: Int64, least: Int64)? {
    let least = number("minimumWindow")
    for kind in ["first", "routine"] {
      for window in Self.windows where number(kind + window) < least {
        return (kind + window, number(kind + window), least)
      }
    }
    return nil
  }

  private static let windows = ["Notice", "Evidence", "Commit", "Reveal", "Ballot", "Vacatio"]

  private func number(_ name: String) -> Int64 { values[name] ?? 0 }

  private func narrow<Number: FixedWidthInteger>(_ name: String) -> Number { Number(clamping: number(name)) }

  var ledger: LedgerParameters {
    LedgerParameters(
      delta: number("delta"), timeoutDoublings: narrow("timeoutDoublings"),
      longestTransactionLife: number("longestTransactionLife"), clockBound: number("clockBound"),
      blockBytes: number("blockBytes"), heartbeat: number("heartbeat"), memorandumBytes: number("memorandumBytes"))
  }

  /// The parameters of negotiation; nil where the mode is none or the aggregation's numbers make no rule.
  var negotiation: NegotiationParameters? {
    guard let mode = DutyMode(rawValue: narrow("mode")),
      let aggregation = try? AggregationParameters(
        weightCap: PPM(number("weightCapPPM")), fewestMembers: number("fewestMembers"),
        presence: .init(number("presenceNumerator"), number("presenceDenominator")),
        deviations: .init(number("deviationsNumerator"), number("deviationsDenominator")),
        tolerance: PPM(number("tolerancePPM")), stepUp: PPM(number("stepUpPPM")), stepDown: PPM(number("stepDownPPM")))
    else { return nil }
    return NegotiationParameters(
      aggregation: aggregation, firstWindows: windows("first"), routineWindows: windows("routine"),
      minimumWindow: number("minimumWindow"), maximumCalls: narrow("maximumCalls"),
      maximumRounds: narrow("maximumRounds"), maximumCarried: narrow("maximumCarried"),
      lapseTerm: number("lapseTerm"), reviewTerm: number("reviewTerm"), votes: votes, mode: mode)
  }

  var votes: VoteRules {
    VoteRules(total: number("votesTotal"), cap: number("votesCap"), minimum: number("votesMinimum"))
  }

  private func windows(_ kind: String) -> DocketWindows {
    DocketWindows(
      notice: number(kind + "Notice"), evidence: number(kind + "Evidence"), commit: number(kind + "Commit"),
      reveal: number(kind + "Reveal"), ballot: number(kind + "Ballot"), vacatio: number(kind + "Vacatio"))
  }
}
