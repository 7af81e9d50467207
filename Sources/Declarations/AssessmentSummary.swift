import Tariff
import Trade

/// The totals of an assessed file. Money is in minor units of the member's currency and cannot overflow here: 128 bits hold the sum of
/// more lines than a file can have.
package struct AssessmentSummary: Hashable, Sendable {
  /// Lines of one item and one origin.
  package struct Group: Hashable, Comparable, Sendable {
    package let item: ItemID
    /// The territory of origin, nil where it is not known.
    package let origin: TerritoryCode?

    package init(item: ItemID, origin: TerritoryCode?) { (self.item, self.origin) = (item, origin) }

    /// By item, then by origin; unknown origins come last.
    package static func < (left: Group, right: Group) -> Bool {
      guard left.item == right.item else { return left.item < right.item }
      guard let first = left.origin else { return false }
      return right.origin.map { first < $0 } ?? true
    }
  }

  package struct Totals: Hashable, Sendable {
    package var lines = 0
    package var grams: Int128 = 0
    package var declaredValue: Int128 = 0
    package var applied: Int128 = 0
    package var uncovered: Int128 = 0
    /// The part of `applied` on lines of members' origins without proof: what proving all of them would refund.
    package var refundable: Int128 = 0

    package mutating func add(_ other: Totals) {
      lines += other.lines
      grams += other.grams
      declaredValue += other.declaredValue
      applied += other.applied
      uncovered += other.uncovered
      refundable += other.refundable
    }
  }

  package private(set) var groups: [Group: Totals] = [:]
  /// How many lines were rejected with each code.
  package private(set) var rejects: [String: Int] = [:]
  /// How many lines are of days after that of the tables' proof.
  package private(set) var afterProof = 0

  package init() {}

  package var assessed: Totals {
    var sum = Totals()
    for group in groups.values { sum.add(group) }
    return sum
  }

  package var rejected: Int { rejects.values.reduce(0, +) }

  mutating func count(_ line: DeclarationLine, _ assessment: Assessment) {
    if assessment.isAfterProof { afterProof += 1 }
    let applied = Int128(assessment.levy.applied.minorUnits)
    let isRefundable =
      switch assessment.origin {
      case .memberNotProved: true
      case .preferential, .thirdCountry, .unknown, .missing: false
      }
    groups[Group(item: assessment.item, origin: assessment.origin.territory), default: Totals()].add(
      Totals(
        lines: 1, grams: Int128(line.netMass.grams), declaredValue: Int128(line.declaredValue.minorUnits),
        applied: applied, uncovered: Int128(assessment.levy.uncovered.minorUnits),
        refundable: isRefundable ? applied : 0))
  }

  mutating func count(rejection code: String) { rejects[code, default: 0] += 1 }

  mutating func add(_ other: AssessmentSummary) {
    for (group, totals) in other.groups { groups[group, default: Totals()].add(totals) }
    for (code, count) in other.rejects { rejects[code, default: 0] += count }
    afterProof += other.afterProof
  }
}
