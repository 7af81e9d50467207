import CBOR

/// Duty rates by subheading: one rate for all, and those that differ.
package struct RateSchedule: Hashable, Sendable, CBORCodable {
  /// The rate of one subheading.
  package struct Exception: Hashable, Sendable, CBORCodable {
    package let code: CommodityCode
    package let rate: PPM

    package init(code: CommodityCode, rate: PPM) {
      self.code = code
      self.rate = rate
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.value(code)
      writer.value(rate)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      code = try reader.value()
      rate = try reader.value()
      reader.leave()
    }
  }

  /// The rate of every subheading that is not listed; nil where there is none (an unbound line).
  package let general: PPM?
  /// Strictly ascending by subheading.
  package let exceptions: [Exception]

  package static let mostExceptions = 1_024
  /// The greatest rate, 1000 %.
  package static let greatest = PPM(10_000_000)

  /// Accepts exceptions in any order; a subheading given twice, or a rate below zero or above the greatest, makes it
  /// nil.
  package init?(general: PPM?, exceptions: [Exception] = []) {
    self.general = general
    self.exceptions = exceptions.sorted { $0.code < $1.code }
    guard isValid else { return nil }
  }

  /// One rate for everything.
  package static func flat(_ rate: PPM) -> RateSchedule? { RateSchedule(general: rate) }

  /// The rate of a subheading, or nil where it has none.
  package func rate(of code: CommodityCode) -> PPM? {
    let index = exceptions.partitioningIndex { $0.code >= code }
    guard index < exceptions.count, exceptions[index].code == code else { return general }
    return exceptions[index].rate
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.optional(general) { writer, rate in writer.value(rate) }
    writer.list(exceptions)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    general = try reader.optional { (reader: inout CBORReader) throws(CBORError) in try reader.value(PPM.self) }
    exceptions = try reader.list(max: Self.mostExceptions)
    reader.leave()
    guard isValid else { throw .outOfRange }
  }

  private var isValid: Bool {
    let rates = exceptions.map(\.rate) + [general ?? .zero]
    return exceptions.count <= Self.mostExceptions
      && rates.allSatisfy { $0 >= .zero && $0 <= Self.greatest }
      && zip(exceptions, exceptions.dropFirst()).allSatisfy { $0.code < $1.code }
  }
}
