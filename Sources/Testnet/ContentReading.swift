import Membership
import Negotiation
import Trade

/// Turns the entries of a content file into the types of the protocol; an error names the place.
struct ContentReading {
  /// The file, for the errors.
  let path: String

  func item(_ entry: ContentFile.ItemEntry) throws(TestnetError) -> Item {
    let at = "item \(entry.id)"
    let codes = try entry.codes.map { (text) throws(TestnetError) in
      try required(CommodityCode(text), "\(at): \(text) is no subheading of six digits")
    }
    let pricing = PriceRules(
      tick: try price(entry.tick, "\(at), tick"), hardLow: try price(entry.hardLow, "\(at), hardLow"),
      hardHigh: try price(entry.hardHigh, "\(at), hardHigh"), corridor: try corridor(entry.corridor, at))
    let grades = GradeWindow(
      low: PPM(entry.gradeLowPPM), high: PPM(entry.gradeHighPPM), reference: PPM(entry.gradeReferencePPM))
    let incoterm = try required(Incoterm(name: entry.incoterm), "\(at): no delivery term \(entry.incoterm)")
    do {
      return try Item(
        id: try required(ItemID(entry.id), "\(at): an id is mineral/form@version, as lithium/carbonate@1"),
        stage: try required(Stage(name: entry.stage), "\(at): no stage \(entry.stage)"),
        title: entry.title, basis: try named(entry.basis, ContentBasis.allCases, \.name, "\(at), basis"),
        basisStatement: entry.basisStatement, grades: grades,
        moisture: try named(entry.moisture, MoistureBasis.allCases, \.name, "\(at), moisture"),
        delivery: Delivery(incoterm: incoterm, point: entry.deliveryPoint), codes: codes.sorted(), pricing: pricing,
        note: entry.note)
    } catch let error as ItemError {
      throw .content(path: path, "\(at): \(error.sentence)")
    } catch let error as TestnetError {
      throw error
    } catch {
      throw .content(path: path, "\(at): \(error)")
    }
  }

  private func corridor(_ entry: ContentFile.CorridorEntry?, _ at: String) throws(TestnetError) -> Corridor? {
    guard let entry else { return nil }
    return Corridor(
      low: try price(entry.low, "\(at), corridor"), high: try price(entry.high, "\(at), corridor"),
      source: entry.source)
  }

  /// The votes of one item; each chamber is stated, or distributed by quantities over the members of the network.
  func votes(
    _ entry: ContentFile.VotesEntry, members: [MemberID], rules: VoteRules
  ) throws(TestnetError) -> ItemVotes {
    let at = "votes on \(entry.item)"
    return ItemVotes(
      item: try required(ItemID(entry.item), "\(at): no such form of an item"),
      producer: try roll(entry.producerVotes, entry.producerQuantities, members, rules, "\(at), producers"),
      consumer: try roll(entry.consumerVotes, entry.consumerQuantities, members, rules, "\(at), consumers"))
  }

  private func roll(
    _ votes: [String: Int64]?, _ quantities: [String: Int64]?, _ members: [MemberID], _ rules: VoteRules, _ at: String
  ) throws(TestnetError) -> VoteRoll {
    if let votes, quantities == nil {
      let entries = try votes.sorted { $0.key < $1.key }.map { (name, count) throws(TestnetError) in
        VoteRoll.Entry(member: try required(MemberID(name), "\(at): \(name) is no member id"), votes: count)
      }
      return try required(VoteRoll(entries), "\(at): votes must not be negative")
    }
    guard let quantities, votes == nil else {
      throw .content(path: path, "\(at): state either votes or quantities")
    }
    let shares = members.map { VoteDistribution.Share(member: $0, quantity: quantities[$0.text] ?? 0) }
    do {
      return try VoteDistribution.distribute(shares, total: rules.total, cap: rules.cap, minimum: rules.minimum)
    } catch { throw .content(path: path, "\(at): \(error.sentence)") }
  }

  func profile(_ entry: ContentFile.ProfileEntry) throws(TestnetError) -> CustomsProfile {
    let at = "profile of \(entry.member)"
    let code = try required(CurrencyCode(entry.currency), "\(at): \(entry.currency) is no currency code")
    let currency = try required(
      Currency(code: code, minorPerMajor: entry.minorPerMajor), "\(at): minorPerMajor is 1, 10, 100, 1000 or 10000")
    let maximum = try decimal(entry.bandedMaximum ?? "0", currency.decimals, "\(at), bandedMaximum")
    return CustomsProfile(
      member: try required(TerritoryCode(entry.member), "\(at): no member id"),
      territory: try required(TerritoryCode(entry.territory ?? entry.member), "\(at): no territory"),
      valuation: try required(Valuation(name: entry.valuation), "\(at): valuation is CIF or FOB"), currency: currency,
      rounding: try required(Rounding(name: entry.rounding), "\(at): no rounding \(entry.rounding)"),
      ordinary: try schedule(entry.ordinary, "\(at), ordinary"),
      bound: try entry.bound.map { (bound) throws(TestnetError) in try schedule(bound, "\(at), bound") },
      netting: try entry.netting.map { (name) throws(TestnetError) in
        try named(name, NettedDuty.allCases, \.name, "\(at), netting")
      },
      bandedMaximum: Money(minorUnits: maximum), rateRule: .monthBefore)
  }

  private func schedule(_ entry: ContentFile.ScheduleEntry, _ at: String) throws(TestnetError) -> RateSchedule {
    let exceptions = try (entry.exceptionsPPM ?? [:]).sorted { $0.key < $1.key }.map {
      (code, rate) throws(TestnetError) in
      RateSchedule.Exception(
        code: try required(CommodityCode(code), "\(at): \(code) is no subheading"), rate: PPM(rate))
    }
    return try required(
      RateSchedule(general: entry.generalPPM.map(PPM.init), exceptions: exceptions), "\(at): a rate is out of range")
  }

  func rates(_ entries: [ContentFile.RateEntry]) throws(TestnetError) -> ExchangeRateTable {
    let read = try entries.map { (entry) throws(TestnetError) in
      let at = "rate of \(entry.currency) in \(entry.month)"
      return ExchangeRateTable.Entry(
        currency: try required(CurrencyCode(entry.currency), "\(at): no currency code"),
        month: try required(CalendarMonth(parsing: Array(entry.month.utf8)), "\(at): a month is YYYY-MM"),
        rate: ExchangeRate(nanoPerDollar: try decimal(entry.unitsPerDollar, ExchangeRate.decimals, at)))
    }
    return try required(ExchangeRateTable(read), "rates: one a currency and month, above zero")
  }

  func territories(_ entries: [ContentFile.TerritoryEntry]?) throws(TestnetError) -> TerritoryMap {
    guard let entries else { return .standard }
    let read = try entries.map { (entry) throws(TestnetError) in
      TerritoryMap.Entry(
        origin: try required(OriginCode(entry.origin), "territories: \(entry.origin) is no origin"),
        territory: try required(TerritoryCode(entry.territory), "territories: \(entry.territory) is no territory"))
    }
    return try required(TerritoryMap(read), "territories: an origin stands twice, or there are too many")
  }

  private func price(_ text: String, _ at: String) throws(TestnetError) -> Price {
    Price(microUSDPerKilogram: try decimal(text, Price.decimals, at))
  }

  private func decimal(_ text: String, _ decimals: Int, _ at: String) throws(TestnetError) -> Int64 {
    do { return try DecimalText.parse(Array(text.utf8), decimals: decimals) } catch {
      throw .content(path: path, "\(at): \"\(text)\" is no decimal number of at most \(decimals) decimals")
    }
  }

  private func named<Value>(
    _ text: String, _ all: [Value], _ name: (Value) -> String, _ at: String
  ) throws(TestnetError) -> Value {
    guard let value = all.first(where: { name($0) == text }) else {
      throw .content(path: path, "\(at): \(text) is not one of \(all.map(name).joined(separator: ", "))")
    }
    return value
  }

  private func required<Value>(_ value: Value?, _ text: String) throws(TestnetError) -> Value {
    guard let value else { throw .content(path: path, text) }
    return value
  }
}
