import Tariff
import Trade

extension VectorKind {
  static func duty(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let components = try input.objects("components").map { (component: VectorInput) throws(VectorRefusal) in
      DutyComponent(
        floor: try price(component, "floor"), grade: PPM(try component.integer("grade_ppm")),
        payable: PPM(try component.integer("payable_ppm")), reference: PPM(try component.integer("reference_ppm")))
    }
    let terms = try terms(input)
    do throws(DutyError) {
      var trace: [DutyStep]?
      let (contained, levy) = try Duty.assess(components, terms, &trace)
      return object([
        ("contained_g", .array(contained.map { .integer($0.grams) })),
        ("floor_value", .integer(levy.floorValue.minorUnits)),
        ("ordinary_duty", .integer(levy.ordinaryDuty.minorUnits)),
        ("floor_duty", .integer(levy.floorDuty.minorUnits)),
        ("applied", .integer(levy.applied.minorUnits)),
        ("uncovered", .integer(levy.uncovered.minorUnits)),
      ])
    } catch {
      throw .refused(code: error.code, sentence: error.sentence)
    }
  }

  private static func terms(_ input: VectorInput) throws(VectorRefusal) -> DutyTerms {
    DutyTerms(
      netMass: Mass(grams: try input.integer("net_g")), moisture: PPM(try input.integer("moisture_ppm")),
      rate: ExchangeRate(nanoPerDollar: try input.integer("fx_nano")),
      minorPerMajor: try input.integer("minor_per_major"), rounding: try input.named("rounding", Rounding.init(name:)),
      declaredValue: try money(input, "declared_value"), freightInsurance: try money(input, "freight_insurance"),
      valuation: try input.named("valuation", Valuation.init(name:)),
      ordinaryRate: PPM(try input.integer("ordinary_ppm")), netsOrdinary: try input.bool("net_ordinary"),
      otherNetted: try input.integers("other_duties_netted").map(Money.init(minorUnits:)),
      isPreferential: try input.named("origin", preference), mode: try input.named("mode", DutyMode.init(name:)),
      bound: try input.optionalInteger("bound_ppm").map { PPM($0) },
      bandedMaximum: try money(input, "max_tariff_equivalent"))
  }

  private static func preference(_ origin: String) -> Bool? {
    switch origin {
    case "PREFERENTIAL": true
    case "OTHER": false
    default: nil
    }
  }

  private static func money(_ input: VectorInput, _ name: String) throws(VectorRefusal) -> Money {
    Money(minorUnits: try input.integer(name))
  }
}
