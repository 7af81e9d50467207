import Trade

/// The priced content of a consignment: one item's floor and the part of the mass to which it applies.
package struct DutyComponent: Hashable, Sendable {
  package let floor: Price
  /// The content of the dry mass, on the item's basis.
  package let grade: PPM
  /// The part of the content that is paid for.
  package let payable: PPM
  /// The grade to which the floor refers: 10⁶ for a price per kg of pure content.
  package let reference: PPM

  package init(floor: Price, grade: PPM, payable: PPM, reference: PPM) {
    self.floor = floor
    self.grade = grade
    self.payable = payable
    self.reference = reference
  }
}

/// Everything else on which the duty on one consignment depends.
package struct DutyTerms: Hashable, Sendable {
  /// The mass that customs knows, moisture included.
  package var netMass: Mass
  package var moisture: PPM
  package var rate: ExchangeRate
  package var minorPerMajor: Int64
  package var rounding: Rounding
  /// The customs value as declared. It is an operand only: nothing here answers another one.
  package var declaredValue: Money
  /// Freight and insurance to the border, counted under FOB valuation and for the comparison with the floor alone.
  package var freightInsurance: Money
  package var valuation: Valuation
  package var ordinaryRate: PPM
  /// Whether the ordinary duty counts towards the floor.
  package var netsOrdinary: Bool
  /// Other duties that count towards the floor.
  package var otherNetted: [Money]
  package var isPreferential: Bool
  package var mode: DutyMode
  /// The bound rate, where there is one.
  package var bound: PPM?
  /// The charge of the banded mode beyond its last band.
  package var bandedMaximum: Money

  package init(
    netMass: Mass, moisture: PPM, rate: ExchangeRate, minorPerMajor: Int64, rounding: Rounding,
    declaredValue: Money, freightInsurance: Money, valuation: Valuation, ordinaryRate: PPM, netsOrdinary: Bool,
    otherNetted: [Money], isPreferential: Bool, mode: DutyMode, bound: PPM?, bandedMaximum: Money
  ) {
    self.netMass = netMass
    self.moisture = moisture
    self.rate = rate
    self.minorPerMajor = minorPerMajor
    self.rounding = rounding
    self.declaredValue = declaredValue
    self.freightInsurance = freightInsurance
    self.valuation = valuation
    self.ordinaryRate = ordinaryRate
    self.netsOrdinary = netsOrdinary
    self.otherNetted = otherNetted
    self.isPreferential = isPreferential
    self.mode = mode
    self.bound = bound
    self.bandedMaximum = bandedMaximum
  }
}

/// What is owed on a consignment, and what led to it.
package struct Levy: Hashable, Sendable {
  /// What the content would cost at the floor.
  package let floorValue: Money
  package let ordinaryDuty: Money
  /// The floor duty before a bound rate.
  package let floorDuty: Money
  /// The floor duty that is charged.
  package let applied: Money
  /// What a bound rate (or the indicative mode, for the record) leaves uncharged.
  package let uncovered: Money
}

/// Why no duty can be computed. A fault of the operands; nothing was charged.
package enum DutyError: Error, Hashable, Sendable {
  /// An operand outside the range that has a meaning.
  case operand(Operand)
  case arithmetic(ArithmeticError)

  /// The operands with a range.
  package enum Operand: String, Hashable, Sendable {
    case floor, grade, payable, reference, netMass, moisture, rate, minorPerMajor, declaredValue, freightInsurance
    case ordinaryRate, otherNetted, bound, bandedMaximum
  }

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .operand: "OPERAND_OUT_OF_RANGE"
    case .arithmetic(let error): error.code
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .operand(let operand): "the operand \(operand.rawValue) is outside its range"
    case .arithmetic(let error): error.sentence
    }
  }
}

/// The arithmetic of the floor duty (Protocol/tariff.md, steps T1 to T7).
///
/// Every step is exact and rounds at most once, as named. A trace that is not nil receives each step; without one
/// nothing is allocated.
package enum Duty {
  /// T1: the grams of the item's content basis in a consignment, rounded down.
  package static func contained(
    _ terms: borrowing DutyTerms, _ component: DutyComponent, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Mass {
    guard terms.netMass.grams >= 0 else { throw .operand(.netMass) }
    guard terms.moisture.isFraction else { throw .operand(.moisture) }
    guard component.grade.isFraction else { throw .operand(.grade) }
    guard component.reference > .zero, component.reference <= .one else { throw .operand(.reference) }
    do throws(ArithmeticError) {
      let dry = PPM.one.parts - terms.moisture.parts
      let grams = try ExactInteger(terms.netMass.grams).multiplied(by: dry).multiplied(by: component.grade.parts)
        .divided(by: PPM.one.parts * component.reference.parts, .floor).int64()
      let mass = Mass(grams: grams)
      trace?.append(
        .contained(
          net: terms.netMass, moisture: terms.moisture, grade: component.grade, reference: component.reference,
          mass: mass))
      return mass
    } catch {
      throw .arithmetic(error)
    }
  }

  /// The numerator that one component adds to the floor value: floor × grams × payable part.
  package static func weighted(_ component: DutyComponent, _ mass: Mass) throws(DutyError) -> ExactInteger {
    guard component.floor.microUSDPerKilogram >= 0 else { throw .operand(.floor) }
    guard component.payable >= .zero else { throw .operand(.payable) }
    do throws(ArithmeticError) {
      return try ExactInteger(component.floor.microUSDPerKilogram).multiplied(by: mass.grams)
        .multiplied(by: component.payable.parts)
    } catch {
      throw .arithmetic(error)
    }
  }

  /// T2: the floor value of all components in minor units, rounded once.
  package static func floorValue(
    _ sum: ExactInteger, _ terms: borrowing DutyTerms, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> Money {
    guard terms.rate.nanoPerDollar > 0 else { throw .operand(.rate) }
    guard terms.minorPerMajor > 0 else { throw .operand(.minorPerMajor) }
    do throws(ArithmeticError) {
      let value = Money(
        minorUnits: try sum.multiplied(by: terms.rate.nanoPerDollar).multiplied(by: terms.minorPerMajor)
          .divided(by: scale, terms.rounding).int64())
      trace?.append(.floorValue(rate: terms.rate, rounding: terms.rounding, value: value))
      return value
    } catch {
      throw .arithmetic(error)
    }
  }

  /// The duty on a consignment of one or more components.
  package static func assess(
    _ components: [DutyComponent], _ terms: DutyTerms, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> (contained: [Mass], levy: Levy) {
    var masses: [Mass] = []
    var sum = ExactInteger.zero
    for component in components {
      let mass = try contained(terms, component, &trace)
      let product = try weighted(component, mass)
      trace?.append(.component(floor: component.floor, mass: mass, payable: component.payable))
      masses.append(mass)
      do throws(ArithmeticError) { sum = try sum.adding(product) } catch { throw .arithmetic(error) }
    }
    return (masses, try levy(terms, floorValue: floorValue(sum, terms, &trace), &trace))
  }

  /// The duty on a consignment of one component, without an allocation.
  package static func assess(
    _ component: DutyComponent, _ terms: borrowing DutyTerms, _ trace: inout [DutyStep]?
  ) throws(DutyError) -> (contained: Mass, levy: Levy) {
    let mass = try contained(terms, component, &trace)
    let product = try weighted(component, mass)
    trace?.append(.component(floor: component.floor, mass: mass, payable: component.payable))
    return (mass, try levy(terms, floorValue: floorValue(product, terms, &trace), &trace))
  }

  /// µUSD to USD (10⁶), grams to kg (10³), ppm to one (10⁶), nano to one (10⁹): what the numerator holds too much.
  private static let scale: UInt128 = 1_000_000_000_000_000_000_000_000
}
