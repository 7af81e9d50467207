import CBOR
import Trade

/// The voted numbers of the aggregation rule.
package struct AggregationParameters: Hashable, Sendable, CBORCodable {
  /// The most that one member's weight may count, of the total.
  package let weightCap: PPM
  /// The fewest members whose proposals make a result.
  package let fewestMembers: Int64
  /// The part of the total weight that must have proposed.
  package let presence: Fraction
  /// How many median deviations from the centre are still near.
  package let deviations: Fraction
  /// The distance from the centre that is near in any case, of the centre.
  package let tolerance: PPM
  /// The furthest that a floor may rise in one docket, of the floor before.
  package let stepUp: PPM
  /// The furthest that a floor may fall in one docket, of the floor before.
  package let stepDown: PPM

  /// A quotient of two integers, compared by cross-multiplication and never divided.
  package struct Fraction: Hashable, Sendable, CBORCodable {
    package let numerator: Int64
    package let denominator: Int64

    package init(_ numerator: Int64, _ denominator: Int64) {
      self.numerator = numerator
      self.denominator = denominator
    }

    package func encode(to writer: inout CBORWriter) {
      writer.array(2)
      writer.integer(numerator)
      writer.integer(denominator)
    }

    package init(from reader: inout CBORReader) throws(CBORError) {
      try reader.array(exactly: 2)
      numerator = try reader.integer()
      denominator = try reader.integer()
      reader.leave()
    }
  }

  package init(
    weightCap: PPM, fewestMembers: Int64, presence: Fraction, deviations: Fraction, tolerance: PPM,
    stepUp: PPM, stepDown: PPM
  ) throws(AggregationError) {
    self.weightCap = weightCap
    self.fewestMembers = fewestMembers
    self.presence = presence
    self.deviations = deviations
    self.tolerance = tolerance
    self.stepUp = stepUp
    self.stepDown = stepDown
    guard isValid else { throw .parameters }
  }

  /// At least five members, two thirds of the weight, three deviations or 5 %, a cap of 30 %, steps of 5 % up and down.
  package static var customary: AggregationParameters {
    AggregationParameters(
      trusted: (PPM(300_000), 5, Fraction(2, 3), Fraction(3, 1), PPM(50_000), PPM(50_000), PPM(50_000)))
  }

  private init(trusted: (PPM, Int64, Fraction, Fraction, PPM, PPM, PPM)) {
    (weightCap, fewestMembers, presence, deviations, tolerance, stepUp, stepDown) = trusted
  }

  private var isValid: Bool {
    weightCap > .zero && weightCap <= .one && fewestMembers >= 1
      && presence.numerator >= 0 && presence.denominator > 0 && presence.numerator <= presence.denominator
      && deviations.numerator >= 0 && deviations.denominator > 0
      && tolerance >= .zero && stepUp >= .zero && stepDown >= .zero && stepDown <= .one
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(7)
    writer.value(weightCap)
    writer.integer(fewestMembers)
    writer.value(presence)
    writer.value(deviations)
    writer.value(tolerance)
    writer.value(stepUp)
    writer.value(stepDown)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 7)
    weightCap = try reader.value()
    fewestMembers = try reader.integer()
    presence = try reader.value()
    deviations = try reader.value()
    tolerance = try reader.value()
    stepUp = try reader.value()
    stepDown = try reader.value()
    reader.leave()
    guard isValid else { throw .outOfRange }
  }
}
