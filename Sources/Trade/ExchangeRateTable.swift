import CBOR

/// The committed exchange rates: one a currency and month.
package struct ExchangeRateTable: Hashable, Sendable, CBORCodable {
  /// The rate of one currency in one month.
  package struct Entry: Hashable, Sendable, CBORCodable {
    package let currency: CurrencyCode
    package let month: CalendarMonth
    package let rate: ExchangeRate

    package init(currency: CurrencyCode, month: CalendarMonth, rate: ExchangeRate) {
      self.currency = currency
      self.month = month
      self.rate = rate
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(3)
      writer.value(currency)
      writer.value(month)
      writer.value(rate)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 3)
      currency = try reader.value()
      month = try reader.value()
      rate = try reader.value()
      reader.leave()
    }
  }

  /// A rate with the month from which it comes.
  package struct Quotation: Hashable, Sendable {
    package let rate: ExchangeRate
    package let month: CalendarMonth
    /// Whether the wanted month had none and this is the last one published before it.
    package let isStale: Bool
  }

  /// Strictly ascending by currency, then month.
  package let entries: [Entry]

  package static let mostEntries = 65_536

  /// Accepts any order; a month given twice or an unusable rate makes it nil.
  package init?(_ entries: [Entry]) {
    self.entries = entries.sorted { Self.key($0) < Self.key($1) }
    guard isValid else { return nil }
  }

  /// The rate of a month, or the last one published before it.
  ///
  /// The dollar is always one.
  package func quotation(of currency: CurrencyCode, for month: CalendarMonth) -> Quotation? {
    if currency == .usDollar { return Quotation(rate: .one, month: month, isStale: false) }
    let after = entries.partitioningIndex { ($0.currency, $0.month) > (currency, month) }
    guard after > 0, entries[after - 1].currency == currency else { return nil }
    let entry = entries[after - 1]
    return Quotation(rate: entry.rate, month: entry.month, isStale: entry.month < month)
  }

  package func encode(to writer: inout CBORWriter) { writer.list(entries) }

  package init(from reader: inout CBORReader) throws(CBORError) {
    entries = try reader.list(max: Self.mostEntries)
    guard isValid else { throw .outOfRange }
  }

  private var isValid: Bool {
    entries.count <= Self.mostEntries && entries.allSatisfy(\.rate.isUsable)
      && zip(entries, entries.dropFirst()).allSatisfy { Self.key($0) < Self.key($1) }
  }

  private static func key(_ entry: Entry) -> (CurrencyCode, CalendarMonth) { (entry.currency, entry.month) }
}
