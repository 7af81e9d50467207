import Trade

extension Assessor {
  /// The duty on a line, or why it has none. Nothing is allocated for explanations.
  package func assess(_ line: DeclarationLine) throws(AssessmentRejection) -> Assessment {
    var none: [AssessmentStep]?
    return try assess(line, &none)
  }

  /// The duty on a line with every step that led to it.
  package func explain(_ line: DeclarationLine) throws(AssessmentRejection) -> (Assessment, [AssessmentStep]) {
    var steps: [AssessmentStep]? = []
    let assessment = try assess(line, &steps)
    return (assessment, steps ?? [])
  }

  /// Steps D1 to D8 of Protocol/tariff.md, in that order: the first that fails names the rejection.
  private func assess(
    _ line: DeclarationLine, _ steps: inout [AssessmentStep]?
  ) throws(AssessmentRejection) -> Assessment {
    try checkFields(line)
    let date = line.date ?? basis.asOf
    let version = try version(on: date)
    let isHypothetical = basis.hypotheticalVersion != nil
    // A hypothetical table comes with the membership of its own time: its lines are older than the network.
    let deciding = isHypothetical ? max(version.head.effectiveAt, date.start) : endOf(date)
    let index = try item(of: line, at: deciding)
    let item = entries[index].item
    guard let row = version.rows[index] else { throw .noRow(item.id, version: version.head.version) }
    let origin = origin(line, at: deciding)
    let grade = try grade(of: line, item)
    let month = date.calendarMonth.previous
    let currency = basis.profile.currency.code
    guard let quotation = basis.rates.quotation(of: currency, for: month) else { throw .rateMissing(currency, month) }
    let rates = try rates(line, entries[index])
    steps?.append(.item(item.id, title: item.title, by: line.item == nil ? line.code : nil))
    steps?.append(.date(date, isStated: line.date != nil))
    steps?.append(
      .table(version: version.head.version, effectiveAt: version.head.effectiveAt, isHypothetical: isHypothetical))
    steps?.append(
      .row(
        floor: row.floor, mode: row.mode, docket: row.basisDocket, effectiveAt: row.effectiveAt,
        authority: row.authority))
    steps?.append(.origin(origin))
    steps?.append(.grade(grade, isStated: line.grade != nil))
    steps?.append(.rate(currency, wanted: month, quotation))
    let terms = terms(line, row.mode, origin, quotation.rate, rates)
    let (contained, levy) = try levy(
      DutyComponent(floor: row.floor, grade: grade, payable: .one, reference: item.grades.reference), terms, &steps)
    return Assessment(
      item: item.id, tableVersion: version.head.version, isHypothetical: isHypothetical, floor: row.floor,
      mode: row.mode, date: date, origin: origin, grade: grade, contained: contained, rate: quotation,
      bound: rates.bound, levy: levy)
  }

  private func checkFields(_ line: DeclarationLine) throws(AssessmentRejection) {
    guard line.currency == basis.profile.currency.code else {
      throw .currency(declared: line.currency, expected: basis.profile.currency.code)
    }
    guard line.declaredValue >= .zero else { throw .valueRange }
    guard line.netMass.grams > 0, line.netMass <= .limit else { throw .massRange(line.netMass) }
    if let moisture = line.moisture, !moisture.isFraction { throw .moistureRange(moisture) }
    guard line.declaredDuty >= .zero else { throw .dutyRange }
    if let freight = line.freightInsurance, freight < .zero { throw .freightRange }
    switch basis.profile.valuation {
    case .cif: break
    case .fob: guard line.freightInsurance != nil else { throw .freightMissing }
    }
  }

  /// The last millisecond of a day: what took effect on the day counts for the whole of it.
  private func endOf(_ date: CalendarDate) -> Instant {
    Instant(milliseconds: date.start.milliseconds + Instant.millisecondsPerDay - 1)
  }

  private func grade(of line: DeclarationLine, _ item: Item) throws(AssessmentRejection) -> PPM {
    guard let grade = line.grade else {
      guard !item.requiresGrade else { throw .gradeMissing(item.id) }
      return item.grades.reference
    }
    guard item.grades.contains(grade) else {
      throw .gradeOutsideWindow(item.id, declared: grade, low: item.grades.low, high: item.grades.high)
    }
    return grade
  }

  private func terms(
    _ line: DeclarationLine, _ mode: DutyMode, _ origin: OriginFinding, _ rate: ExchangeRate,
    _ rates: (ordinary: PPM, bound: PPM?)
  ) -> DutyTerms {
    let profile = basis.profile
    let isPreferential =
      switch origin {
      case .preferential: true
      case .memberNotProved, .thirdCountry, .unknown, .missing: false
      }
    return DutyTerms(
      netMass: line.netMass, moisture: line.moisture ?? .zero, rate: rate,
      minorPerMajor: profile.currency.minorPerMajor, rounding: profile.rounding, declaredValue: line.declaredValue,
      freightInsurance: line.freightInsurance ?? .zero, valuation: profile.valuation, ordinaryRate: rates.ordinary,
      netsOrdinary: profile.nets(.ordinary),
      otherNetted: profile.nets(.declared) && line.declaredDuty > .zero ? [line.declaredDuty] : [],
      isPreferential: isPreferential, mode: mode, bound: rates.bound, bandedMaximum: profile.bandedMaximum)
  }

  private func levy(
    _ component: DutyComponent, _ terms: DutyTerms, _ steps: inout [AssessmentStep]?
  ) throws(AssessmentRejection) -> (contained: Mass, levy: Levy) {
    var trace: [DutyStep]? = steps == nil ? nil : []
    let result: (contained: Mass, levy: Levy)
    do throws(DutyError) { result = try Duty.assess(component, terms, &trace) } catch { throw .duty(error) }
    for step in trace ?? [] { steps?.append(.duty(step)) }
    return result
  }
}
