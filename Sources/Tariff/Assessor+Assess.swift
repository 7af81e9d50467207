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
    let (number, effectiveAt) = (versions[version].head.version, versions[version].head.effectiveAt)
    let isHypothetical = basis.hypotheticalVersion != nil
    let isAfterProof = !isHypothetical && basis.provenUntil.map { $0 < date } ?? false
    // A hypothetical table comes with the membership of its own time: its lines are older than the network.
    let deciding = isHypothetical ? max(effectiveAt, date.start) : endOf(date)
    let index = try item(of: line, at: deciding)
    let id = entries[index].id
    guard let row = versions[version].rows[index] else { throw .noRow(id, version: number) }
    let origin = origin(line, at: deciding)
    let grade = try grade(of: line, index)
    let month = date.calendarMonth.previous
    let currency = basis.profile.currency.code
    guard let quotation = basis.rates.quotation(of: currency, for: month) else { throw .rateMissing(currency, month) }
    let rates = try rates(line, index)
    if steps != nil {
      steps = [
        .item(id, title: entries[index].title, by: line.item == nil ? line.code : nil),
        .date(date, isStated: line.date != nil),
        .table(version: number, effectiveAt: effectiveAt, isHypothetical: isHypothetical),
      ]
      if isAfterProof, let proven = basis.provenUntil { steps?.append(.afterProof(proven)) }
      steps? += [
        .row(
          floor: row.floor, mode: row.mode, docket: row.docket, effectiveAt: row.effectiveAt,
          authority: row.authority),
        .origin(origin),
        .grade(grade, isStated: line.grade != nil),
        .rate(currency, wanted: month, quotation),
      ]
    }
    let component = DutyComponent(
      floor: row.floor, grade: grade, payable: .one, reference: entries[index].grades.reference)
    let (contained, levy) = try levy(component, terms(line, row.mode, origin, quotation.rate, rates), &steps)
    return Assessment(
      item: id, tableVersion: number, isHypothetical: isHypothetical, floor: row.floor, docket: row.docket,
      mode: row.mode, date: date, origin: origin, grade: grade, contained: contained, rate: quotation,
      bound: rates.bound, levy: levy, isAfterProof: isAfterProof)
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

  private func grade(of line: DeclarationLine, _ index: Int) throws(AssessmentRejection) -> PPM {
    let window = entries[index].grades
    guard let grade = line.grade else {
      guard !entries[index].requiresGrade else { throw .gradeMissing(entries[index].id) }
      return window.reference
    }
    guard window.contains(grade) else {
      throw .gradeOutsideWindow(entries[index].id, declared: grade, low: window.low, high: window.high)
    }
    return grade
  }

  private func terms(
    _ line: DeclarationLine, _ mode: DutyMode, _ origin: OriginFinding, _ rate: ExchangeRate,
    _ rates: (ordinary: PPM, bound: PPM?)
  ) -> DutyTerms {
    let isPreferential =
      switch origin {
      case .preferential: true
      case .memberNotProved, .thirdCountry, .unknown, .missing: false
      }
    return DutyTerms(
      netMass: line.netMass, moisture: line.moisture ?? .zero, rate: rate,
      minorPerMajor: basis.profile.currency.minorPerMajor, rounding: basis.profile.rounding,
      declaredValue: line.declaredValue, freightInsurance: line.freightInsurance ?? .zero,
      valuation: basis.profile.valuation, ordinaryRate: rates.ordinary, netsOrdinary: basis.profile.nets(.ordinary),
      otherNetted: line.declaredDuty > .zero && basis.profile.nets(.declared) ? [line.declaredDuty] : [],
      isPreferential: isPreferential, mode: mode, bound: rates.bound, bandedMaximum: basis.profile.bandedMaximum)
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
