import Support
import Trade

/// The kinds of calculation that a vector file may hold.
enum VectorKind: String {
  case aggregate, ratify, distribute, duty, cfd, prorata, offtake, inversion
  case mirrorGap = "mirror_gap"
  case capacity, bunching

  /// This program's answer to a case.
  func answer(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    switch self {
    case .aggregate: try Self.aggregate(input)
    case .ratify: try Self.ratify(input)
    case .distribute: try Self.distribute(input)
    case .duty: try Self.duty(input)
    case .cfd: try Self.contractForDifference(input)
    case .prorata: try Self.proRata(input)
    case .offtake: try Self.offtake(input)
    case .inversion: try Self.inversion(input)
    case .mirrorGap: try Self.mirrorGap(input)
    case .capacity: try Self.capacity(input)
    case .bunching: try Self.bunching(input)
    }
  }

  static func object(_ members: [(String, JSON)]) -> JSON { .object(members.map { JSON.Member($0.0, $0.1) }) }

  /// Carries out arithmetic that refuses with its own error.
  static func carryOut<Value>(_ work: () throws(ArithmeticError) -> Value) throws(VectorRefusal) -> Value {
    do throws(ArithmeticError) { return try work() } catch {
      throw .refused(code: error.code, sentence: error.sentence)
    }
  }

  private static func contractForDifference(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (strike, reference) = (try price(input, "strike"), try price(input, "reference"))
    let (kilograms, minor) = (try input.integer("kg"), try input.integer("minor_per_major"))
    let upside = PPM(try input.integer("upside_ppm"))
    let payment = try carryOut { () throws(ArithmeticError) in
      try Instrument.contractForDifference(
        strike: strike, reference: reference, kilograms: kilograms, minorPerMajor: minor, upside: upside)
    }
    return object([("payment", .integer(payment.minorUnits))])
  }

  private static func proRata(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (claims, budget) = (try input.quantities("claims"), try input.integer("budget"))
    let paid = try carryOut { () throws(ArithmeticError) in
      try Instrument.proRata(claims: claims.map(\.quantity), budget: budget)
    }
    return object([("paid", object(zip(claims, paid).map { ($0.name, .integer($1)) }))])
  }

  private static func offtake(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (index, share) = (try price(input, "index"), PPM(try input.integer("alpha_ppm")))
    let (low, high) = (try price(input, "low"), try price(input, "high"))
    let result = try carryOut { () throws(ArithmeticError) in
      try Instrument.offtake(index: index, share: share, low: low, high: high)
    }
    return object([("price", .integer(result.microUSDPerKilogram))])
  }

  private static func inversion(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (upstream, cost) = (try price(input, "upstream"), try price(input, "cost"))
    let (content, recovery) = (try input.integer("content_ppm"), try input.integer("recovery_ppm"))
    let minimum = try carryOut { () throws(ArithmeticError) in
      try Monitor.inversion(upstream: upstream, content: PPM(content), recovery: PPM(recovery), cost: cost)
    }
    return object([("minimum", .integer(minimum.microUSDPerKilogram))])
  }

  private static func mirrorGap(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (exports, imports) = (try input.integer("exports"), try input.integer("imports"))
    let gap = try carryOut { () throws(ArithmeticError) in try Monitor.mirrorGap(exports: exports, imports: imports) }
    return object([("ppm", .integer(gap.parts))])
  }

  private static func capacity(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (production, imports) = (try input.integer("production"), try input.integer("imports"))
    let (draw, exports) = (try input.integer("stock_draw"), try input.integer("exports"))
    let excess = try carryOut { () throws(ArithmeticError) in
      try Monitor.capacityExcess(production: production, imports: imports, stockDraw: draw, exports: exports)
    }
    return object([("excess", .integer(excess.quantity)), ("ppm", .integer(excess.ratio.parts))])
  }

  private static func bunching(_ input: VectorInput) throws(VectorRefusal) -> JSON {
    let (atFloor, neighbours) = (try input.integer("at_floor"), try input.integers("neighbours"))
    let ratio = try carryOut { () throws(ArithmeticError) in
      try Monitor.bunching(atFloor: atFloor, neighbours: neighbours)
    }
    return object([("ppm", ratio.map { .integer($0.parts) } ?? .null)])
  }

  static func price(_ input: VectorInput, _ name: String) throws(VectorRefusal) -> Price {
    Price(microUSDPerKilogram: try input.integer(name))
  }
}
