import Trade

/// One step of a duty, with its operands, its rounding and its result: an explanation as data.
///
/// Sums that need not fit an amount are given in minor units of 128 bits.
package enum DutyStep: Hashable, Sendable {
  /// T1
  case contained(net: Mass, moisture: PPM, grade: PPM, reference: PPM, mass: Mass)
  /// T2, one component's part of the sum
  case component(floor: Price, mass: Mass, payable: PPM)
  /// T2
  case floorValue(rate: ExchangeRate, rounding: Rounding, value: Money)
  /// T3
  case ordinaryDuty(value: Money, rate: PPM, rounding: Rounding, duty: Money)
  /// T4
  case landed(valuation: Valuation, declared: Money, freight: Money, minorUnits: Int128)
  /// T5: a proved member origin waives the floor duty.
  case preference
  /// T5
  case topUp(floorValue: Money, landed: Int128, netted: Int128, duty: Money)
  /// T5, banded: how many steps of 2 % below the floor value.
  case band(floorValue: Money, landed: Int128, band: Int, duty: Money)
  /// T5, banded: below the last band.
  case bandedMaximum(floorValue: Money, landed: Int128, duty: Money)
  /// T6
  case indicative(recorded: Money)
  /// T7
  case bound(rate: PPM, value: Money, ceiling: Int128, ordinary: Money, applied: Money)
}

extension DutyStep {
  /// The step as a sentence, amounts in the importing member's currency.
  package func sentence(in currency: Currency) -> String {
    let unit = currency.code.text
    func amount(_ money: Money) -> String { "\(money.text(in: currency)) \(unit)" }
    func sum(_ minorUnits: Int128) -> String {
      DecimalText.string(minorUnits, decimals: currency.decimals, atLeast: currency.decimals) + " \(unit)"
    }
    switch self {
    case .contained(let net, let moisture, let grade, let reference, let mass):
      let over = reference == .one ? "" : " over the reference grade of \(reference.percentText) %"
      return "content: \(net.kilogramText) kg net, less \(moisture.percentText) % moisture,"
        + " at \(grade.percentText) %\(over) = \(mass.kilogramText) kg, rounded down to the gram"
    case .component(let floor, let mass, let payable):
      let part = payable == .one ? "" : ", of which \(payable.percentText) % is payable"
      return "floor \(floor.text) USD/kg on \(mass.kilogramText) kg\(part)"
    case .floorValue(let rate, let rounding, let value):
      return "floor value at \(rate.text) \(unit) per USD = \(amount(value)) (\(rounding.name))"
    case .ordinaryDuty(let value, let rate, let rounding, let duty):
      return "ordinary duty \(rate.percentText) % of \(amount(value)) = \(amount(duty)) (\(rounding.name))"
    case .landed(.cif, let declared, _, _):
      return "value to compare: the declared \(amount(declared)), freight and insurance included (CIF)"
    case .landed(.fob, let declared, let freight, let landed):
      return "value to compare: the declared \(amount(declared)) (FOB) plus freight and insurance"
        + " \(amount(freight)) = \(sum(landed)); the declared value itself stays"
    case .preference:
      return "the origin is a member's and proved: no floor duty"
    case .topUp(let floorValue, let landed, let netted, let duty):
      return "floor duty: \(amount(floorValue)) - \(sum(landed)) - duties netted \(sum(netted)),"
        + " not below zero = \(amount(duty))"
    case .band(let floorValue, let landed, let band, let duty):
      guard band > 0 else { return "\(sum(landed)) is not below the floor value \(amount(floorValue)): no floor duty" }
      return "\(sum(landed)) lies in band \(band) below the floor value \(amount(floorValue)):"
        + " \(2 * band) % of it = \(amount(duty))"
    case .bandedMaximum(let floorValue, let landed, let duty):
      return "\(sum(landed)) lies more than 8 % below the floor value \(amount(floorValue)):"
        + " the fixed maximum of \(amount(duty))"
    case .indicative(let recorded):
      return "the row is indicative: \(amount(recorded)) is recorded and nothing is charged"
    case .bound(let rate, let value, let ceiling, let ordinary, let applied):
      return "bound rate \(rate.percentText) % of \(amount(value)) = \(sum(ceiling)), less the ordinary duty"
        + " \(amount(ordinary)): \(amount(applied)) may be charged"
    }
  }
}
