import CBOR
import Cryptography
import Membership
import Negotiation
import Statistics
import Trade

/// One line of a draft: the answer, and where it comes from, so that whoever approves can judge it.
package struct DraftLine: Hashable, Sendable {
  /// How an answer was arrived at.
  package enum Method: String, Hashable, Sendable {
    /// The lower median of the member's own customs unit values by origin, weighted by quantity.
    case unitValueMedian = "UNIT_VALUE_MEDIAN"
    /// A sheet made by hand.
    case manual = "MANUAL"
    /// Nothing that the desk has speaks of the item.
    case none = "NONE"
  }

  package let quote: Quote
  package let method: Method
  /// What the number rests on, in words.
  package let basis: String
  /// Why a person must look before this goes; nil if nobody must.
  package let warning: String?
}

/// A sheet that the desk could sign for one round of one lot.
package struct Draft: Hashable, Sendable {
  package let place: LotRound
  /// Ascending by item, one for every item of the lot.
  package let lines: [DraftLine]
  package let evidence: [Evidence]

  package var sheet: Sheet { Sheet(quotes: lines.map(\.quote), evidence: evidence) }

  package var warnings: [String] { lines.compactMap { line in line.warning.map { "\(line.quote.item): \($0)" } } }

  /// What an approval names: the digest of the place and the sheet.
  package var digest: Digest {
    var writer = CBORWriter()
    writer.array(2)
    writer.value(place)
    writer.value(sheet)
    return Digest.of(.statement, writer.bytes)
  }
}

/// Derives drafts from a member's own trade statistics.
package struct Derivation: Sendable {
  package let territory: TerritoryCode
  package let rules: DeskRules
  /// The name of the evidence's publisher, printable ASCII.
  package let source: String
  package let statistics: TradeStatistics?

  package init(territory: TerritoryCode, rules: DeskRules, source: String, statistics: TradeStatistics?) {
    (self.territory, self.rules, self.source, self.statistics) = (territory, rules, source, statistics)
  }

  /// The draft for a lot: an answer for every item, by the item's registry entry and the floors in force.
  package func draft(for lot: LotRecord, in state: NegotiationState) -> Draft {
    let lines = lot.items.compactMap { entry in
      state.genesis.item(entry.item).map { line($0, band: entry.band, floor: state.currentRow(entry.item)?.floor) }
    }
    let hasPrice = lines.contains { $0.quote.answer.price != nil }
    return Draft(place: lot.place, lines: lines, evidence: hasPrice ? evidence : [])
  }

  private var evidence: [Evidence] {
    guard let statistics else { return [] }
    let piece = Evidence(.transaction, source: source, period: String(statistics.year), file: statistics.fileDigest)
    return piece.map { [$0] } ?? []
  }

  private func line(_ item: Item, band: PriceBand?, floor: Price?) -> DraftLine {
    guard let statistics else {
      return DraftLine(quote: Quote(item, .noData), method: .none, basis: "no evidence file", warning: nil)
    }
    do throws(ArithmeticError) {
      switch try UnitValue.price(of: item.codes, into: territory, by: statistics) {
      case .noData(let origins, let kilograms):
        let basis = "\(origins) origins and \(kilograms) kg in \(statistics.year): too little to derive a price"
        return DraftLine(quote: Quote(item, .noData), method: .unitValueMedian, basis: basis, warning: nil)
      case .price(let price, let origins, let kilograms):
        let basis = "\(price.text) USD/kg from \(origins) origins and \(kilograms) kg in \(statistics.year)"
        return judged(item, price, basis, band: band, floor: floor)
      }
    } catch {
      return DraftLine(
        quote: Quote(item, .noData), method: .unitValueMedian, basis: error.sentence, warning: error.sentence)
    }
  }

  /// Holds a derived price against the hard bounds, the round's band and the floor in force.
  private func judged(_ item: Item, _ price: Price, _ basis: String, band: PriceBand?, floor: Price?) -> DraftLine {
    func line(_ answer: Answer, _ basis: String, _ warning: String?) -> DraftLine {
      DraftLine(quote: Quote(item, answer), method: .unitValueMedian, basis: basis, warning: warning)
    }
    guard item.pricing.admits(price) else {
      let bounds = "\(item.pricing.hardLow.text) to \(item.pricing.hardHigh.text)"
      return line(.abstain, basis, "the derived price lies outside the hard bounds of \(bounds) USD/kg")
    }
    if let band, !band.contains(price) {
      let range = "the band of \(band.low.text) to \(band.high.text) USD/kg"
      switch rules.conciliation {
      case .hold: return line(.abstain, "\(basis); outside \(range), held", nil)
      case .meet: return line(.price(price < band.low ? band.low : band.high), "\(basis); moved to \(range)", nil)
      }
    }
    return line(.price(price), basis, floor.flatMap { jump(from: $0, to: price) })
  }

  private func jump(from floor: Price, to price: Price) -> String? {
    let (before, after) = (floor.microUSDPerKilogram, price.microUSDPerKilogram)
    guard before > 0 else { return nil }
    let change = after.subtractingReportingOverflow(before).partialValue.magnitude.multipliedFullWidth(by: 1_000_000)
    let bound = before.magnitude.multipliedFullWidth(by: rules.plausibleJump.magnitude)
    guard (change.high, change.low) > (bound.high, bound.low) else { return nil }
    return
      "\(price.text) USD/kg is more than \(rules.plausibleJump / 10_000) % from the floor of \(floor.text) in force"
  }
}
